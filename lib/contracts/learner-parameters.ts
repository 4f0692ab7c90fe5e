/** Every learner by name, with what may be set of it; a family a file in `learners/`. */
import type * as z from 'zod';
import { linearLearners } from './learners/linear.ts';
import { networkLearners } from './learners/networks.ts';
import { seriesLearners } from './learners/series.ts';
import { simpleLearners } from './learners/simple.ts';
import { svmLearners } from './learners/svm.ts';
import { treeLearners } from './learners/trees.ts';

/** The `parameters` of a spec, by learner; each schema takes `{}` and refuses what it does not know. */
export const learnerParameters = {
  ...linearLearners,
  ...treeLearners,
  ...svmLearners,
  ...simpleLearners,
  ...networkLearners,
  ...seriesLearners,
} as const;

export type LearnerName = keyof typeof learnerParameters;

/** Learners that only forecast, and those that take tables; the latter forecast too where the target is a number. */
export type SeriesLearnerName = keyof typeof seriesLearners;
export type TableLearnerName = Exclude<LearnerName, SeriesLearnerName>;

/** What one learner can be told. */
export type LearnerParameters<Name extends LearnerName> = z.infer<(typeof learnerParameters)[Name]>;

export const learnerNames = Object.keys(learnerParameters) as [LearnerName, ...LearnerName[]];
