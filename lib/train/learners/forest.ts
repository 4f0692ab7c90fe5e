/** Random forest: many deep trees on resampled rows, averaged; hard to get wrong. */
import { emitForest, fitForest } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { treeTarget } from './tree-target.ts';

/** Trees grown; more only smooths. */
const trees = 200;
/** Small leaves make probabilities of 0 and 1 that no evidence supports. */
const minSamplesLeaf = 3;

/** Breiman's random forest, 200 trees with at least three rows a leaf. */
export const forestLearner: Learner = {
  name: 'forest',
  style: 'tree',
  fit: async (x, target, options) => {
    const forest = await fitForest(x, treeTarget(target), { ...options, trees, minSamplesLeaf });
    return { emit: (builder, features) => emitForest(builder, features, forest) };
  },
};
