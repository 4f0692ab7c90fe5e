/** Extremely randomised trees: a forest whose thresholds are drawn, quicker to smooth out what is noise. */
import type { Learner } from '../types.ts';
import { averagedTrees } from './growth.ts';

/** Geurts, Ernst and Wehenkel 2006: every tree sees all rows, and one drawn threshold of each column tried. */
export const extraTreesLearner: Learner = averagedTrees('extra_trees', {
  bootstrap: false,
  thresholds: 'random',
});
