/** Random forest: many deep trees on resampled rows, averaged; hard to get wrong. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { emitForest, fitForest } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { defaultMaxFeatures, defaultMinSamplesLeaf, growthOf } from './growth.ts';
import { treeTarget } from './tree-target.ts';

/** Trees grown; more only smooths. */
const defaultTrees = 100;

/**
 * Breiman's random forest: 100 trees with at least three rows a leaf, more for many rows. A split looks at the square root of the columns
 * for classes and at a third of them for numbers, as Breiman advises (Breiman 2001, section 11).
 */
export const forestLearner: Learner = {
  name: 'forest',
  style: 'tree',
  fit: async (x, target, options) => {
    const {
      trees = defaultTrees,
      bootstrap = true,
      ...growth
    } = learnerParameters.forest.parse(options.parameters ?? {});
    const forest = await fitForest(x, treeTarget(target), {
      ...options,
      maxFeatures: defaultMaxFeatures(x, target),
      minSamplesLeaf: defaultMinSamplesLeaf(x),
      ...growthOf(growth, x),
      trees,
      bootstrap,
    });
    return { emit: (builder, features) => emitForest(builder, features, forest) };
  },
};
