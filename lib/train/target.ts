/** From the target column to what is learnt: which task, which classes, which rows count. */
import { quantileAsked, type TargetSpec } from '../contracts/model-spec.ts';
import { invalidInput } from '../core/index.ts';
import { type Column, type ColumnType, relabelText, type Table } from '../dataset/index.ts';
import type { ClassTarget, NumberTarget, Target } from './types.ts';

/** More classes than this are taken for a mistake: an identifier or free text as target. */
const maxClasses = 200;
/** A whole-number target with at most this many distinct values is taken for classes. */
const maxIntegerClasses = 20;
/** Fewer rows than this cannot be parted into five folds that say anything. */
const minRows = 20;
/** Answers are float32, which end at 3e38. */
const largestValue = 1e38;

/** The target and the rows that have one; `target` speaks of those rows, in their order. */
export interface TargetRows {
  readonly target: Target;
  /** Numbers of the table's rows that have a target value, ascending. */
  readonly rows: Uint32Array;
}

/**
 * Which task a target column calls for: classes for texts and for few whole numbers, numbers otherwise.
 *
 * @param texts the column as texts; `null` is missing
 * @param mostClasses distinct whole numbers that are taken for classes at most
 */
export function inferTask(
  texts: readonly (string | null)[],
  mostClasses: number = maxIntegerClasses,
): 'classification' | 'regression' {
  const distinct = new Set<string>();
  for (const text of texts) {
    if (text === null) continue;
    if (text.trim() === '' || !Number.isFinite(Number(text))) return 'classification';
    distinct.add(text);
  }
  const whole = [...distinct].every((text) => Number.isInteger(Number(text)));
  return whole && distinct.size <= mostClasses ? 'classification' : 'regression';
}

/**
 * Reads the target as the spec wants it.
 *
 * @param table a table whose target column holds texts exactly as in the data
 * @param inferred the type the column was found to have; in a numeric one, a text that is no number is missing
 * @throws invalid_request when the column is unknown, empty, constant or does not fit the task
 */
export function readTarget(table: Table, spec: TargetSpec, inferred: ColumnType): TargetRows {
  const texts = targetTexts(table, spec, inferred);
  const task =
    spec.task ??
    (saysClasses(spec) ? 'classification' : inferTask(texts, asksForNumbers(spec) ? 0 : maxIntegerClasses));
  const present = new Uint32Array(texts.length);
  let count = 0;
  for (let row = 0; row < texts.length; row += 1) if (texts[row] !== null) present[count++] = row;
  const rows = present.slice(0, count);
  refuseTooFew(spec, table.rows, rows.length);
  const target = task === 'classification' ? readClasses(texts, rows, spec) : readNumbers(texts, rows, spec);
  return { target, rows };
}

/** New names, or a type imposed on the column, say that its values are names, even if they look like numbers. */
function saysClasses({ target, relabel, features: { types = {} } = {} }: TargetSpec): boolean {
  if (relabel) return true;
  return Object.hasOwn(types, target) && (types[target] === 'category' || types[target] === 'boolean');
}

/** Learners and losses that know nothing but numbers. */
const ofNumbers: ReadonlySet<unknown> = new Set([
  ...['ridge', 'lasso', 'elastic_net', 'squared_error', 'absolute_error', 'huber', 'poisson', 'quantile'],
  ...['epsilon_insensitive', 'squared_epsilon_insensitive'],
]);

/** Whether few whole numbers are no classes but numbers, such as counts, as nothing else can be learnt as is asked. */
const asksForNumbers = ({ learner, parameters }: TargetSpec): boolean =>
  ofNumbers.has(learner) || ofNumbers.has(parameters?.loss);

function targetTexts(table: Table, spec: TargetSpec, inferred: ColumnType): readonly (string | null)[] {
  const column = table.columns.find(({ name }) => name === spec.target);
  if (!column) {
    const names = table.columns.map(({ name }) => `"${name}"`);
    const shown = names.length > 20 ? `${names.slice(0, 20).join(', ')}, ...` : names.join(', ');
    throw invalidInput(`The target column "${spec.target}" is not in the data. Its columns are ${shown}.`, {
      code: 'unknown_target',
      param: 'target',
    });
  }
  if (column.type === 'numeric' || column.type === 'image') {
    throw new TypeError('The target column must be loaded as text.');
  }
  const { relabel } = spec;
  const isToken = (text: string): boolean => inferred === 'numeric' && Number.isNaN(Number(text));
  return column.values.map((text) => {
    if (text === null || isToken(text)) return null;
    return relabel ? relabelText(text, relabel) : text;
  });
}

function refuseTooFew(spec: TargetSpec, rows: number, withTarget: number): void {
  if (withTarget === 0) {
    throw invalidInput(
      `Every value of the target column "${spec.target}" is missing. Fill the column in or name another target.`,
      { code: 'target_missing', param: 'target' },
    );
  }
  if (withTarget >= minRows) return;
  const found =
    withTarget === rows ? `${rows}` : `${withTarget} of ${rows} rows with a value in "${spec.target}"`;
  throw invalidInput(`The data have ${found} rows; at least ${minRows} are needed to learn and to test.`, {
    code: 'too_few_rows',
    param: 'target',
  });
}

function readClasses(texts: readonly (string | null)[], rows: Uint32Array, spec: TargetSpec): ClassTarget {
  const present = new Set<string>();
  for (const row of rows) present.add(texts[row]!);
  const classes = [...present].sort(compareLabels);
  refuseClasses(classes, spec);
  const codeOf = new Map(classes.map((label, code) => [label, code]));
  const codes = Int32Array.from(rows, (row) => codeOf.get(texts[row]!)!);
  return { task: 'classification', classes, codes };
}

function refuseClasses(classes: readonly string[], spec: TargetSpec): void {
  if (classes.length === 1) {
    throw invalidInput(
      `The target column "${spec.target}" has the one value "${classes[0]}" in every row: there is nothing to tell apart. Upload data with at least two classes.`,
      { code: 'one_class', param: 'target' },
    );
  }
  if (classes.length > maxClasses) {
    throw invalidInput(
      `The target column "${spec.target}" has ${classes.length} different values, more than ${maxClasses} classes. Name another target, group the values with "relabel", or set "task": "regression" if they are numbers.`,
      { code: 'too_many_classes', param: 'target' },
    );
  }
  if (spec.positive !== undefined && !classes.includes(spec.positive)) {
    const known = classes.map((label) => `"${label}"`).join(', ');
    throw invalidInput(
      `The positive class "${spec.positive}" is not in the data; the classes are ${known}.`,
      {
        code: 'unknown_positive',
        param: 'positive',
      },
    );
  }
}

function readNumbers(texts: readonly (string | null)[], rows: Uint32Array, spec: TargetSpec): NumberTarget {
  const values = Float64Array.from(rows, (row) => {
    const value = Number(texts[row]);
    if (Math.abs(value) <= largestValue) return value;
    if (Number.isFinite(value)) {
      throw invalidInput(
        `Row ${row + 1} of the target column "${spec.target}" is ${value}; at most ${largestValue} can be answered. Give the target in a larger unit.`,
        { code: 'target_too_large', param: 'target' },
      );
    }
    throw invalidInput(
      `Row ${row + 1} of the target column "${spec.target}" is "${String(texts[row]).slice(0, 60)}", which is not a finite number. Mend it or set "task": "classification".`,
      { code: 'target_not_numeric', param: 'target' },
    );
  });
  if (values.every((value) => value === values[0])) {
    throw invalidInput(
      `The target column "${spec.target}" is ${values[0]} in every row: there is nothing to learn. Name another target.`,
      { code: 'constant_target', param: 'target' },
    );
  }
  const quantile = quantileAsked(spec);
  return { task: 'regression', values, ...(quantile !== undefined && { quantile }) };
}

/** Numbers by size, then texts by code unit: one order, whatever the machine's language and the order of the rows. */
function compareLabels(left: string, right: string): number {
  const [first, second] = [Number(left), Number(right)];
  const isNumber = Number.isFinite(first);
  if (isNumber !== Number.isFinite(second)) return isNumber ? -1 : 1;
  if (isNumber && first !== second) return first - second;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The given rows (positions in the target, not in the table) of a target. */
export function takeTarget(target: Target, positions: ArrayLike<number>): Target {
  if (target.task === 'classification') {
    return { ...target, codes: Int32Array.from(positions, (position) => target.codes[position]!) };
  }
  return { ...target, values: Float64Array.from(positions, (position) => target.values[position]!) };
}

/** A table of the given rows only, in the given order. */
export function takeTableRows({ columns }: Table, rows: Uint32Array): Table {
  return {
    rows: rows.length,
    columns: columns.map((column) => takeRows(column, rows)),
  };
}

function takeRows(column: Column, rows: Uint32Array): Column {
  if (column.type === 'numeric') {
    return { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) };
  }
  const values = Array.from(rows, (row) => column.values[row] ?? null);
  if (column.type !== 'image') return { ...column, values };
  const { width, height, channels } = column.layout;
  const size = width * height * channels;
  const pixels = new Uint8Array(rows.length * size);
  for (const [at, row] of rows.entries()) {
    pixels.set(column.pixels.subarray(row * size, (row + 1) * size), at * size);
  }
  return { ...column, values, pixels };
}

/**
 * Weights that let each class count the same, n / (K n_c), as scikit-learn's "balanced".
 *
 * @returns one weight a row
 */
export function balancedWeights({ codes, classes }: ClassTarget): Float64Array {
  const counts = new Float64Array(classes.length);
  for (const code of codes) counts[code]! += 1;
  const present = counts.filter((count) => count > 0).length;
  return Float64Array.from(codes, (code) => codes.length / (present * counts[code]!));
}
