/** Support vector machines in the space of a kernel, for two classes and for numbers. */
import { spreadOf } from '../linear/index.ts';
import type { KernelTable } from './kernel.ts';
import { solveSmo } from './smo.ts';

/** How a kernel machine is fitted. */
export interface KernelSvmOptions {
  readonly C: number;
  readonly tolerance: number;
  readonly signal?: AbortSignal | undefined;
}

/** f(x) = sum over the rows learnt from (coefficient K(row, x)) + intercept. */
export interface KernelMachine {
  /** One a row learnt from; 0 for those that are no support vectors. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** Rows of a table that are learnt from, one entry a row. */
export interface KernelRowsOfClasses {
  readonly rows: Uint32Array;
  /** 1 for the positive class, -1 for the other. */
  readonly signs: Float64Array;
  readonly weights?: Float64Array | undefined;
}

/** C-support vector classification: positive for rows of sign 1 (the objective of scikit-learn's `SVC`). */
export async function fitKernelClasses(
  { rowOf, diagonal }: KernelTable,
  { rows, signs, weights }: KernelRowsOfClasses,
  { C, tolerance, signal }: KernelSvmOptions,
): Promise<KernelMachine> {
  const { multipliers, intercept } = await solveSmo(
    {
      signs: Int8Array.from(signs),
      linear: new Float64Array(rows.length).fill(-1),
      costs: Float64Array.from(signs, (_, at) => C * (weights?.[at] ?? 1)),
      diagonal: Float64Array.from(rows, (row) => diagonal[row]!),
      kernelRow: (at) => rowOf(rows[at]!),
      places: Int32Array.from(rows),
    },
    { tolerance, signal },
  );
  return { coefficients: multipliers.map((value, at) => value * signs[at]!), intercept };
}

/**
 * Epsilon-support vector regression on all rows (the objective of scikit-learn's `SVR`). The target is standardised
 * first, so that C and epsilon do not depend on its unit.
 *
 * @param epsilon errors below this do not count, in standard deviations of the target
 */
export async function fitKernelValues(
  { rowOf, diagonal }: KernelTable,
  values: Float64Array,
  epsilon: number,
  { C, tolerance, signal }: KernelSvmOptions,
): Promise<KernelMachine> {
  const { mean, spread } = spreadOf(values);
  const rows = values.length;
  // Each row has a multiplier for answers that are too low, and one for those that are too high.
  const twice = Array.from({ length: 2 * rows }, (_, at) => at);
  const { multipliers, intercept } = await solveSmo(
    {
      signs: Int8Array.from(twice, (at) => (at < rows ? 1 : -1)),
      linear: Float64Array.from(twice, (at) => {
        const value = (values[at % rows]! - mean) / spread;
        return at < rows ? epsilon - value : epsilon + value;
      }),
      costs: new Float64Array(2 * rows).fill(C),
      diagonal: Float64Array.from(twice, (at) => diagonal[at % rows]!),
      kernelRow: (at) => rowOf(at % rows),
      places: Int32Array.from(twice, (at) => at % rows),
    },
    { tolerance, signal },
  );
  return {
    coefficients: Float64Array.from(
      { length: rows },
      (_, row) => (multipliers[row]! - multipliers[row + rows]!) * spread,
    ),
    intercept: intercept * spread + mean,
  };
}

/** Decision values of other rows of the table. */
export function decideKernel(
  { rowOf }: KernelTable,
  { coefficients, intercept }: KernelMachine,
  { learnt, asked }: { readonly learnt: Uint32Array; readonly asked: Uint32Array },
): Float64Array {
  return Float64Array.from(asked, (row) => {
    const kernels = rowOf(row);
    return learnt.reduce((sum, other, at) => sum + coefficients[at]! * kernels[other]!, intercept);
  });
}
