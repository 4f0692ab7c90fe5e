/** Explanations of answers: SHAP values by raw column, exact where the model allows it; summaries and plots. */
export { type BackgroundRows, backgroundFeeds, sampleEvenly } from './background.ts';
export { fewestCoalitions } from './coalitions.ts';
export { estimateImportances, type ImportanceRequest } from './estimated-importances.ts';
export { type Importance, importancesOf } from './importances.ts';
export { kernelShap } from './kernel-shap.ts';
export { fitLime } from './lime.ts';
export { mixedAnswers, type RawModel, takeRows } from './mixed-rows.ts';
export {
  createModelExplainer,
  type ExactMethod,
  type Feeds,
  type ModelExplainer,
} from './model-explainer.ts';
export { plotExplanation } from './plot.ts';
export { type Explanation, explainClass, sumByColumn, type Units, unitsOf } from './raw-columns.ts';
export { type SummaryContext, summarise } from './summary.ts';
export type { Attribution } from './types.ts';
