/** Every learner by name. */
import type { LearnerName } from '../../contracts/model-spec.ts';
import type { Learner } from '../types.ts';
import { boostingLearner } from './boosting.ts';
import { forestLearner } from './forest.ts';
import { linearLearner } from './linear.ts';

export const learners: Readonly<Record<LearnerName, Learner>> = {
  linear: linearLearner,
  forest: forestLearner,
  boosting: boostingLearner,
};
