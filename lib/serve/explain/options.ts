/** What a request asks of an explanation, and how much one request may ask for. */
import { type ExplainMethod, explainLimits, explainMethods } from '../../contracts/explain.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';

/** The options of a request, checked. */
export interface ExplainOptions {
  /** Absent: the exact method of the model, or kernel SHAP for a model that was brought along. */
  readonly method?: ExplainMethod;
  /** Rows the model may be asked about to explain one row; only of the estimating methods. */
  readonly budget?: number;
  readonly label?: string;
  readonly format: 'json' | 'svg';
}

type Query = Readonly<Record<string, string | undefined>>;

/**
 * Reads `method`, `budget`, `class` and `format` from the query; an `Accept` of SVG asks for it too.
 *
 * @throws invalid_request `invalid_field`
 */
export function explainOptions(query: Query, accept: string | undefined): ExplainOptions {
  const { method, budget, format, class: label } = query;
  if (method !== undefined && !explainMethods.includes(method as ExplainMethod)) {
    throw wrongOption('method', `one of ${explainMethods.join(', ')}`);
  }
  if (format !== undefined && format !== 'json' && format !== 'svg')
    throw wrongOption('format', '"json" or "svg"');
  const isEstimate = method === 'kernel' || method === 'lime';
  if (budget !== undefined && (!/^[1-9]\d{0,6}$/.test(budget) || Number(budget) > explainLimits.budget)) {
    throw wrongOption('budget', `a whole number from 1 to ${explainLimits.budget}`);
  }
  if (budget !== undefined && method !== undefined && !isEstimate) {
    throw invalidInput(`"budget" limits method=kernel and method=lime; method=${method} is exact.`, {
      code: 'invalid_field',
      param: 'budget',
    });
  }
  return {
    ...(method !== undefined && { method: method as ExplainMethod }),
    ...(budget !== undefined && { budget: Number(budget) }),
    ...(label !== undefined && { label }),
    format: format ?? (/^image\/svg\+xml\b/.test(accept ?? '') ? 'svg' : 'json'),
  };
}

/**
 * Refuses more rows than one request may have explained.
 *
 * @throws invalid_request `too_many_rows`
 */
export function limitRows(rows: number, limit: number, how: string): void {
  if (rows <= limit) return;
  throw invalidInput(
    `The request has ${rows} rows; ${how} explains at most ${limit} in one request. Send them in several requests.`,
    { code: 'too_many_rows', param: 'instances' },
  );
}

/**
 * The classes to explain: the one that is asked for, the positive one of two, or all.
 *
 * @throws invalid_request `unknown_class`
 */
export function askedClasses(
  classes: readonly string[],
  label: string | undefined,
  positive: string | undefined,
): readonly string[] {
  if (label === undefined) return classes.length === 2 ? [positive ?? classes[1]!] : classes;
  if (classes.includes(label)) return [label];
  const known = classes.map((one) => `"${one}"`).join(', ');
  throw invalidInput(
    classes.length === 0
      ? 'The model predicts numbers and has no classes; leave "class" out.'
      : `The model has no class "${label}"; it has ${known}.`,
    { code: 'unknown_class', param: 'class' },
  );
}

const wrongOption = (param: string, choices: string): OnrampError =>
  invalidInput(`"${param}" must be ${choices}.`, { code: 'invalid_field', param });
