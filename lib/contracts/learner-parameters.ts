/** Every learner by name, with what may be set of it; a family a file in `learners/`. */
import type * as z from 'zod';
import { linearLearners } from './learners/linear.ts';
import { simpleLearners } from './learners/simple.ts';
import { svmLearners } from './learners/svm.ts';
import { treeLearners } from './learners/trees.ts';

/** The `parameters` of a spec, by learner; each schema takes `{}` and refuses what it does not know. */
export const learnerParameters = {
  ...linearLearners,
  ...treeLearners,
  ...svmLearners,
  ...simpleLearners,
} as const;

export type LearnerName = keyof typeof learnerParameters;

/** What one learner can be told. */
export type LearnerParameters<Name extends LearnerName> = z.infer<(typeof learnerParameters)[Name]>;

export const learnerNames = Object.keys(learnerParameters) as [LearnerName, ...LearnerName[]];
