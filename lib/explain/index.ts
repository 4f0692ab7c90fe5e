/** Explanations of answers: SHAP values by raw column, exact where the model allows it; summaries and plots. */
export { type BackgroundRows, backgroundFeeds, sampleEvenly } from './background.ts';
export { type Importance, importancesOf } from './importances.ts';
export {
  createModelExplainer,
  type ExactMethod,
  type Feeds,
  type ModelExplainer,
} from './model-explainer.ts';
export { type Explanation, explainClass, sumByColumn, type Units, unitsOf } from './raw-columns.ts';
export type { Attribution } from './types.ts';
