/** Every learner by name, with what may be set of it; a family a file in `learners/`. */
import type * as z from 'zod';
import { ensembleLearners } from './learners/ensembles.ts';
import { type MemberName, memberLearners } from './learners/members.ts';
import { seriesLearners } from './learners/series.ts';
import { type anomalyLearners, type clusterLearners, unsupervisedLearners } from './learners/unsupervised.ts';

/** The `parameters` of a spec, by learner; each schema takes `{}` and refuses what it does not know. */
export const learnerParameters = {
  ...memberLearners,
  ...ensembleLearners,
  ...seriesLearners,
  ...unsupervisedLearners,
} as const;

export type LearnerName = keyof typeof learnerParameters;

/** Learners that only forecast, and those that take tables with a target; the latter forecast too where the target is a number. */
export type SeriesLearnerName = keyof typeof seriesLearners;
export type TableLearnerName = Exclude<LearnerName, SeriesLearnerName | UnsupervisedLearnerName>;

/** Learners that need no target. */
export type ClusterLearnerName = keyof typeof clusterLearners;
export type AnomalyLearnerName = keyof typeof anomalyLearners;
export type UnsupervisedLearnerName = ClusterLearnerName | AnomalyLearnerName;

/** Learners that join others; the others are `MemberName`. */
export type EnsembleName = keyof typeof ensembleLearners;
export type { MemberName };

/** What one learner can be told. */
export type LearnerParameters<Name extends LearnerName> = z.infer<(typeof learnerParameters)[Name]>;

export const learnerNames = Object.keys(learnerParameters) as [LearnerName, ...LearnerName[]];
