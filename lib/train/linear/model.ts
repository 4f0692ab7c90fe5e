/** What a fitted linear model is: float64 coefficients on the features as they were given. */

/** Value = features . coefficients + intercept. */
export interface LinearRegressionModel {
  readonly task: 'regression';
  /** One a feature. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/**
 * Two classes: one row of coefficients, the log-odds of class 1. More: one row a class, the softmax's logits.
 */
export interface LogisticRegressionModel {
  readonly task: 'classification';
  readonly classes: number;
  readonly features: number;
  /** Row-major [outputs, features]; `outputs` is 1 for two classes, else `classes`. */
  readonly coefficients: Float64Array;
  /** One an output. */
  readonly intercepts: Float64Array;
  readonly iterations: number;
  /** False when the iterations ran out first; the model is usable but not the optimum. */
  readonly converged: boolean;
}

/** Any model of this folder. */
export type LinearModel = LinearRegressionModel | LogisticRegressionModel;
