/** From scores shared out among encoded features to class scores shared out among raw columns. */
import type { ModelEncoding, ScoreUnits } from '../contracts/encoding.ts';
import type { Attribution } from './types.ts';

/** In what an explanation counts; `logit` is a class's score before the softmax over three classes and more. */
export type Units = ScoreUnits | 'logit';

/** One number of one row shared out among the raw columns: `prediction` is `base` plus the sum of `values`. */
export interface Explanation {
  /** The class whose score this is; absent for regression. */
  readonly label?: string;
  readonly base: number;
  readonly prediction: number;
  /** One a raw column, in the order of the columns. */
  readonly values: Float64Array;
  /** Of estimates: the standard error of each value. */
  readonly errors?: Float64Array;
}

/** The units of a model's explanations. */
export function unitsOf({ units }: ModelEncoding, classes: readonly string[] = []): Units {
  return units === 'log_odds' && classes.length > 2 ? 'logit' : units;
}

/** Values [rows, targets, raw columns]: what was made of one raw column is added up. */
export function sumByColumn(
  attribution: Attribution,
  encoding: ModelEncoding,
  columns: readonly string[],
): Attribution {
  const places = new Map(columns.map((name, index) => [name, index]));
  const owners = Int32Array.from(encoding.columns, (name) => places.get(name)!);
  const width = columns.length;
  const values = new Float64Array(attribution.rows * attribution.targets * width);
  for (let index = 0; index < attribution.values.length; index += 1) {
    const place = Math.floor(index / owners.length);
    values[place * width + owners[index % owners.length]!]! += attribution.values[index]!;
  }
  return { ...attribution, columns: width, values };
}

/**
 * The explanation of one row for one class.
 *
 * With two classes a model has one score, that of the second class, or one each whose difference are the log-odds.
 *
 * @param classes labels in the order of the scores; empty for regression
 * @param label one of them; ignored for regression
 */
export function explainClass(
  attribution: Attribution,
  row: number,
  {
    classes,
    label,
    units,
  }: { readonly classes: readonly string[]; readonly label?: string; readonly units: Units },
): Explanation {
  const { base, scores, values, targets, columns } = attribution;
  const own = (target: number): Explanation => ({
    base: base[target]!,
    prediction: scores[row * targets + target]!,
    values: values.subarray((row * targets + target) * columns, (row * targets + target + 1) * columns),
  });
  if (label === undefined || classes.length === 0) return own(0);
  const index = classes.indexOf(label);
  if (classes.length > 2) return { label, ...own(index) };
  if (targets === 1) return { label, ...(index === 1 ? own(0) : ofOtherClass(own(0), units)) };
  const [mine, other] = [own(index), own(1 - index)];
  return {
    label,
    base: mine.base - other.base,
    prediction: mine.prediction - other.prediction,
    values: mine.values.map((value, column) => value - other.values[column]!),
  };
}

/** The first of two classes: the rest of a probability, or the negative log-odds. */
function ofOtherClass({ base, prediction, values }: Explanation, units: Units): Explanation {
  const rest = (score: number): number => (units === 'probability' ? 1 - score : -score);
  return { base: rest(base), prediction: rest(prediction), values: values.map((value) => -value) };
}
