/** One decision tree: less exact than many, and small enough to be drawn and read. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { emitForest, fitForest } from '../trees/index.ts';
import type { Learner } from '../types.ts';
import { growthOf } from './growth.ts';
import { treeTarget } from './tree-target.ts';

/** Deeper trees learn single rows by heart. */
const defaultMaxDepth = 8;
const defaultMinSamplesLeaf = 10;

/** CART (Breiman, Friedman, Olshen and Stone 1984): Gini impurity for classes, squared error for numbers. */
export const treeLearner: Learner = {
  name: 'tree',
  style: 'tree',
  fit: async (x, target, options) => {
    const forest = await fitForest(x, treeTarget(target), {
      ...options,
      maxDepth: defaultMaxDepth,
      minSamplesLeaf: defaultMinSamplesLeaf,
      maxFeatures: x.columns,
      ...growthOf(learnerParameters.tree.parse(options.parameters ?? {}), x),
      trees: 1,
      bootstrap: false,
    });
    return { emit: (builder, features) => emitForest(builder, features, forest) };
  },
};
