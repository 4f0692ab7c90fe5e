/** An explanation in words. */
import type { Explanation, Units } from './raw-columns.ts';

/** What a summary speaks of besides the numbers. */
export interface SummaryContext {
  readonly units: Units;
  /** What the number is, if it belongs to no class, such as the target's name. */
  readonly target: string;
  /** The raw columns and the row's values in them; `null` is a missing one. */
  readonly columns: readonly { readonly name: string; readonly value: number | string | null }[];
}

/** Columns named in each direction. */
const named = 3;

/**
 * One or two sentences in plain English.
 *
 * @example 'The model puts the probability of "yes" at 0.82, above the usual 0.37. What raised it most: age 61 (+0.21).'
 */
export function summarise(explanation: Explanation, context: SummaryContext): string {
  const { values } = explanation;
  const order = [...values.keys()].sort((left, right) => Math.abs(values[right]!) - Math.abs(values[left]!));
  const list = (sign: number): string =>
    order
      .filter((column) => Math.sign(values[column]!) === sign && showable(values[column]!))
      .slice(0, named)
      .map((column) => `${columnText(context.columns[column]!)} (${signed(values[column]!)})`)
      .join(', ');
  const [up, down] = [list(1), list(-1)];
  const reasons = [
    ...(up === '' ? [] : [`What raised it most: ${up}.`]),
    ...(down === '' ? [] : [`What lowered it most: ${down}.`]),
  ];
  return [opening(explanation, context), ...(reasons.length > 0 ? reasons : ['No column moved it.'])].join(
    ' ',
  );
}

/** A column with its value, as in `age 61`. */
export const columnText = ({ name, value }: SummaryContext['columns'][number]): string =>
  value === null
    ? `${name} missing`
    : `${name} ${typeof value === 'number' ? shortNumber(value) : `"${value}"`}`;

/** Up to four digits, or as many as a whole number has. */
export function shortNumber(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return String(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

/** Two digits after a sign; what would be 0.00 is shown as what it is. */
export const signed = (value: number): string => {
  const text =
    Math.abs(value) >= 0.1 ? Math.abs(value).toFixed(2) : String(Number(Math.abs(value).toPrecision(2)));
  return `${value < 0 ? '-' : '+'}${text}`;
};

const showable = (value: number): boolean => Math.abs(value) >= 1e-9;

function opening({ label, base, prediction }: Explanation, { units, target }: SummaryContext): string {
  const what = label === undefined ? target : `"${label}"`;
  if (units === 'log_odds') {
    const [now, usual] = [probability(prediction), probability(base)];
    return `The model puts the probability of ${what} at ${now}, ${compared(prediction, base)} the usual ${usual}; in log-odds that is ${shortNumber(prediction)} against ${shortNumber(base)}.`;
  }
  if (units === 'log_value') {
    const [now, usual] = [shortNumber(Math.exp(prediction)), shortNumber(Math.exp(base))];
    return `The model predicts ${now} for ${what}, ${compared(prediction, base)} the usual ${usual}; as natural logarithms that is ${shortNumber(prediction)} against ${shortNumber(base)}.`;
  }
  const [now, usual] = [shortNumber(prediction), shortNumber(base)];
  if (units === 'probability') {
    return `The model puts the probability of ${what} at ${now}, ${compared(prediction, base)} the usual ${usual}.`;
  }
  const verb = units === 'logit' ? 'gives' : 'predicts';
  const number = units === 'logit' ? `${what} the score (logit) ${now}` : `${now} for ${what}`;
  return `The model ${verb} ${number}, ${compared(prediction, base)} the usual ${usual}.`;
}

const compared = (prediction: number, base: number): string =>
  prediction === base ? 'exactly' : prediction > base ? 'above' : 'below';

/** Two digits, and more towards 0 and 1. */
function probability(logOdds: number): string {
  const value = 1 / (1 + Math.exp(-logOdds));
  const rest = Math.min(value, 1 - value);
  if (rest >= 0.005) return value.toFixed(2);
  return value < 0.5 ? 'less than 0.01' : 'more than 0.99';
}
