/** Extremely randomised trees: a forest whose thresholds are drawn, quicker to smooth out what is noise. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { emitForest, fitForest } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { defaultMaxFeatures, defaultMinSamplesLeaf, growthOf } from './growth.ts';
import { treeTarget } from './tree-target.ts';

const defaultTrees = 100;

/** Geurts, Ernst and Wehenkel 2006: every tree sees all rows, and one drawn threshold of each column tried. */
export const extraTreesLearner: Learner = {
  name: 'extra_trees',
  style: 'tree',
  fit: async (x, target, options) => {
    const {
      trees = defaultTrees,
      bootstrap = false,
      ...growth
    } = learnerParameters.extra_trees.parse(options.parameters ?? {});
    const forest = await fitForest(x, treeTarget(target), {
      ...options,
      maxFeatures: defaultMaxFeatures(x, target),
      minSamplesLeaf: defaultMinSamplesLeaf(x),
      ...growthOf(growth, x),
      trees,
      bootstrap,
      thresholds: 'random',
    });
    return { emit: (builder, features) => emitForest(builder, features, forest) };
  },
};
