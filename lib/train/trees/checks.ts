/** Refuses targets, weights and options that no tree can be fitted with. */
import { invalidInput, type Matrix } from '../../core/index.ts';
import { MISSING_BIN } from './bins.ts';
import type { BoostingLoss, TreeTarget } from './types.ts';

/** A target and weights that were found usable, by row. */
export interface CheckedTarget {
  /** Class numbers or values. */
  readonly target: Float64Array;
  readonly weights: Float64Array;
}

/** Checks a target and weights against the matrix they belong to. */
export function checkTarget(
  { rows, columns }: Matrix,
  target: TreeTarget,
  weights: ArrayLike<number> | undefined,
): CheckedTarget {
  if (rows < 1 || columns < 1) {
    throw invalidInput(`trees need a row and a column at least, got ${rows} x ${columns}`, { param: 'x' });
  }
  const values = Float64Array.from(target.task === 'regression' ? target.values : target.labels);
  if (values.length !== rows) {
    throw invalidInput(`the target has ${values.length} entries for ${rows} rows`, { param: 'target' });
  }
  if (target.task === 'regression') checkValues(values);
  else checkLabels(values, target.classes);
  return { target: values, weights: checkWeights(rows, weights) };
}

function checkValues(values: Float64Array): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw invalidInput(`the target of row ${bad} is ${values[bad]}; leave such rows out`, { param: 'target' });
}

function checkLabels(labels: Float64Array, classes: number): void {
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw invalidInput(`classification needs two classes at least, got ${classes}`, { param: 'classes' });
  }
  const bad = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (bad < 0) return;
  throw invalidInput(`the label of row ${bad} is ${labels[bad]}, not a class number below ${classes}`, {
    param: 'labels',
  });
}

function checkWeights(rows: number, weights: ArrayLike<number> | undefined): Float64Array {
  if (weights === undefined) return new Float64Array(rows).fill(1);
  if (weights.length !== rows) {
    throw invalidInput(`there are ${weights.length} weights for ${rows} rows`, { param: 'weights' });
  }
  const checked = Float64Array.from(weights);
  const bad = checked.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad >= 0) {
    throw invalidInput(`the weight of row ${bad} is ${checked[bad]}; weights are finite and not negative`, {
      param: 'weights',
    });
  }
  if (checked.every((weight) => weight === 0)) {
    throw invalidInput('all weights are 0; give one row at least a weight', { param: 'weights' });
  }
  return checked;
}

/** Refuses options below a smallest value, by name. */
export function checkAtLeast(smallest: number, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value >= smallest) continue;
    throw invalidInput(`${name} must be at least ${smallest}, got ${value}`, { param: name });
  }
}

/** Refuses options that are no whole number of at least a smallest value, by name. */
export function checkWhole(smallest: number, options: Readonly<Record<string, number>>): void {
  checkAtLeast(smallest, options);
  for (const [name, value] of Object.entries(options)) {
    if (Number.isInteger(value)) continue;
    throw invalidInput(`${name} must be a whole number, got ${value}`, { param: name });
  }
}

/** Refuses values that a loss cannot take. */
export function checkLoss(loss: BoostingLoss, { target, weights }: CheckedTarget): void {
  if (loss !== 'poisson') return;
  const bad = target.findIndex((value) => value < 0);
  if (bad >= 0) {
    throw invalidInput(
      `the target of row ${bad} is ${target[bad]}; the Poisson loss takes counts, which are not negative`,
      { param: 'loss' },
    );
  }
  if (target.some((value, row) => value > 0 && weights[row]! > 0)) return;
  throw invalidInput('every target is 0; the Poisson loss needs a value above it', { param: 'loss' });
}

/** Refuses what is no quantile. */
export function checkQuantile(quantile: number): number {
  if (quantile > 0 && quantile < 1) return quantile;
  throw invalidInput(`quantile must be between 0 and 1, got ${quantile}`, { param: 'quantile' });
}

/** Refuses columns of categories that are not there, and codes that no bin can hold. */
export function checkCategories(columns: readonly number[] | undefined, x: Matrix): readonly number[] {
  for (const column of columns ?? []) {
    if (!(Number.isInteger(column) && column >= 0 && column < x.columns)) {
      throw invalidInput(`categories names column ${column}, and there are ${x.columns}`, {
        param: 'categories',
      });
    }
    for (let row = 0; row < x.rows; row += 1) {
      const code = x.data[row * x.columns + column]!;
      if (Number.isNaN(code) || code === -1 || (Number.isInteger(code) && code >= 0 && code < MISSING_BIN))
        continue;
      throw invalidInput(
        `column ${column} of row ${row} is ${code}; codes of categories are whole numbers below ${MISSING_BIN}, or -1`,
        { param: 'categories' },
      );
    }
  }
  return columns ?? [];
}

/** Rules on how the answer may change, one sign a column; `null` if there are none. */
export function checkMonotone(
  signs: ArrayLike<number> | undefined,
  columns: number,
  outputs: number,
): Int8Array | null {
  if (signs === undefined) return null;
  if (signs.length !== columns) {
    throw invalidInput(`there are ${signs.length} signs for ${columns} columns`, { param: 'monotone' });
  }
  const checked = Array.from(signs);
  const bad = checked.find((sign) => sign !== 0 && sign !== 1 && sign !== -1);
  if (bad !== undefined) {
    throw invalidInput(`monotone takes 1, -1 and 0, got ${bad}`, { param: 'monotone' });
  }
  if (checked.every((sign) => sign === 0)) return null;
  if (outputs > 1) {
    throw invalidInput('rules on how the answer changes are for numbers and two classes', {
      param: 'monotone',
    });
  }
  return Int8Array.from(checked);
}
