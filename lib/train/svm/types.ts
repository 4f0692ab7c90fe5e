/** The rows and the problem that the solvers of linear support vector machines share. */
import type { Matrix } from '../../core/index.ts';

/** Labelled rows. */
export interface LabelledRows {
  readonly x: Matrix;
  /** 1 for the positive class, -1 for the other; one a row. */
  readonly signs: Float64Array;
  readonly weights?: Float64Array | undefined;
}

/** The machine that is sought: |w|^2 / 2 + C sum(errors) is least. */
export interface LinearProblem {
  /** Weight of the errors, times the row's own. */
  readonly C: number;
  /** Errors count by their square instead of their size. */
  readonly squared: boolean;
  /** Errors below this do not count: 0 for classes. */
  readonly epsilon: number;
  /** `classes`: errors are 1 - y f, y is -1 or 1; `values`: errors are |y - f|. */
  readonly kind: 'classes' | 'values';
  readonly weights?: Float64Array | undefined;
  readonly tolerance: number;
  readonly signal?: AbortSignal | undefined;
}

/** Weights of the columns and, last, of the constant 1. */
export type Plane = Float64Array;
