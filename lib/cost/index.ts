/** What serving a model costs on AWS, in one dated table and a few formulas. */
export { type CallTime, callCost } from './call-cost.ts';
export { type Comparison, compareServing, type ServingOption } from './compare.ts';
export { firstCheaper } from './crossing.ts';
export { hostingMonth, hostingPrice, usdPerMillionTokens } from './hosting.ts';
export { type Deployment, defaultDeployment, modelCost } from './model-cost.ts';
export { monthlyCost, type Plan } from './plan.ts';
export { findRegion, type Instance, priceTable, type RegionPrices, regionNames } from './prices.ts';
export type { ServingChoices } from './serving-plans.ts';
export { fullCoreMs, type MeasuredTime, mbOfOneProcessor, scaledMs } from './serving-time.ts';
