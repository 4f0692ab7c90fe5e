/** Learners that stand alone or in an ensemble, a family a file. */
import { linearLearners } from './linear.ts';
import { networkLearners } from './networks.ts';
import { simpleLearners } from './simple.ts';
import { svmLearners } from './svm.ts';
import { treeLearners } from './trees.ts';

export const memberLearners = {
  ...linearLearners,
  ...treeLearners,
  ...svmLearners,
  ...simpleLearners,
  ...networkLearners,
} as const;

/** Learners that may be joined. */
export type MemberName = keyof typeof memberLearners;
