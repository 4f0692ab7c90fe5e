/** Tree learners: random forests and gradient boosting, and their ONNX form. */
export { MISSING_BIN as maxCategories } from './bins.ts';
export { emitBoosting, emitForest, emitIsolationForest } from './emit.ts';
export { fitBoosting } from './fit-boosting.ts';
export { fitForest } from './fit-forest.ts';
export { fitIsolationForest, type IsolationOptions, isolationScores } from './fit-isolation-forest.ts';
export { boostingScores, predictForest } from './predict.ts';
export type {
  Boosting,
  BoostingLoss,
  BoostingOptions,
  FitOptions,
  Forest,
  ForestOptions,
  IsolationForest,
  NumberLoss,
  Tree,
  TreeTarget,
} from './types.ts';
export { closeTreeWorkers } from './workers.ts';
