/** Support vector machines in the space of a kernel, for two classes and for numbers. */
import type { Matrix } from '../../core/index.ts';
import type { LabelledRows } from './cross-fit.ts';
import { cachedRows, type Kernel, kernelDiagonal, kernelRows } from './kernel.ts';
import { spreadOf } from './linear-svm.ts';
import { solveSmo } from './smo.ts';

/** How a kernel machine is fitted. */
export interface KernelSvmOptions {
  readonly C: number;
  readonly kernel: Kernel;
  readonly tolerance: number;
  readonly signal?: AbortSignal | undefined;
}

/** f(x) = sum over rows (coefficient K(row, x)) + intercept. */
export interface KernelMachine {
  /** One a training row; 0 for those that are no support vectors. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/** C-support vector classification: positive for rows of sign 1 (the objective of scikit-learn's `SVC`). */
export async function fitKernelClasses(
  { x, signs, weights }: LabelledRows,
  { C, kernel, tolerance, signal }: KernelSvmOptions,
): Promise<KernelMachine> {
  const { multipliers, intercept } = await solveSmo(
    {
      signs: Int8Array.from(signs),
      linear: new Float64Array(x.rows).fill(-1),
      costs: Float64Array.from(signs, (_, row) => C * (weights?.[row] ?? 1)),
      diagonal: kernelDiagonal(x, kernel),
      kernelRow: cachedRows(kernelRows(x, x, kernel), x.rows),
      places: Int32Array.from(signs, (_, row) => row),
    },
    { tolerance, signal },
  );
  return { coefficients: multipliers.map((value, row) => value * signs[row]!), intercept };
}

/**
 * Epsilon-support vector regression (the objective of scikit-learn's `SVR`). The target is standardised first, so that
 * C and epsilon do not depend on its unit.
 *
 * @param epsilon errors below this do not count, in standard deviations of the target
 */
export async function fitKernelValues(
  x: Matrix,
  values: Float64Array,
  epsilon: number,
  { C, kernel, tolerance, signal }: KernelSvmOptions,
): Promise<KernelMachine> {
  const { mean, spread } = spreadOf(values);
  const { rows } = x;
  const cached = cachedRows(kernelRows(x, x, kernel), rows);
  const diagonal = kernelDiagonal(x, kernel);
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
      kernelRow: (at) => cached(at % rows),
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

/** Decision values of other rows. */
export function decideKernel(
  train: Matrix,
  test: Matrix,
  { coefficients, intercept }: KernelMachine,
  kernel: Kernel,
): Float64Array {
  const rowOf = kernelRows(test, train, kernel);
  return Float64Array.from({ length: test.rows }, (_, row) =>
    rowOf(row).reduce((sum, value, at) => sum + coefficients[at]! * value, intercept),
  );
}
