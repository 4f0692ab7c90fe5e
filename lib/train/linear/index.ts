/** Linear and logistic regression: fitted here, answered by a few nodes of an ONNX graph. */
export { refuseNonFinite, spreadOf } from './columns.ts';
export { shrink } from './coordinate-descent.ts';
export { emitLinear } from './emit-linear.ts';
export { solveLeastSquares } from './least-squares.ts';
export { fitLinearRegression, type LinearRegressionOptions } from './linear-regression.ts';
export { fitLogisticRegression, type LogisticRegressionOptions } from './logistic-regression.ts';
export type { LinearModel, LinearRegressionModel, LogisticRegressionModel } from './model.ts';
export { fitPenalisedRegression, type PenalisedRegressionOptions } from './penalised-regression.ts';
