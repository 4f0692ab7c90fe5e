/** Naive Bayes over numbers, categories and words. */
export { emitBayes } from './emit-bayes.ts';
export { type BayesOptions, fitBayes } from './fit-bayes.ts';
export type { NaiveBayes } from './types.ts';
