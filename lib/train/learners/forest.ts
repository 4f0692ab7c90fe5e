/** Random forest: many deep trees on resampled rows, averaged; hard to get wrong. */
import { emitForest, fitForest } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { treeTarget } from './tree-target.ts';

/** Trees grown; more only smooths. */
const trees = 100;
/** Small leaves make probabilities of 0 and 1 that no evidence supports. */
const minSamplesLeaf = 3;
/** Leaves of a tree at most: with many rows, trees that part every row make files of hundreds of megabytes. */
const maxLeaves = 2_000;

/**
 * Breiman's random forest: 100 trees with at least three rows a leaf, more for many rows. A split looks at the square root of the columns
 * for classes and at a third of them for numbers, as Breiman advises (Breiman 2001, section 11).
 */
export const forestLearner: Learner = {
  name: 'forest',
  style: 'tree',
  fit: async (x, target, options) => {
    const share = target.task === 'regression' ? { maxFeatures: Math.max(1, Math.ceil(x.columns / 3)) } : {};
    const forest = await fitForest(x, treeTarget(target), {
      ...options,
      ...share,
      trees,
      minSamplesLeaf: Math.max(minSamplesLeaf, Math.ceil(x.rows / maxLeaves)),
    });
    return { emit: (builder, features) => emitForest(builder, features, forest) };
  },
};
