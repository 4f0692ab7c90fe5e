/** How far trees of forests grow: what the spec says, and what is usual. */
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import type { Matrix } from '../../core/index.ts';
import { emitForest, type ForestOptions, fitForest } from '../trees/index.ts';
import type { Learner, Target } from '../types.ts';
import { treeTarget } from './tree-target.ts';

/** Trees grown; more only smooths. */
const defaultTrees = 100;

/** Small leaves make probabilities of 0 and 1 that no evidence supports. */
const minSamplesLeaf = 3;
/** Leaves of a tree at most: with many rows, trees that part every row make files of hundreds of megabytes. */
const maxLeaves = 2_000;

/** Rows in a leaf at least where the spec says nothing. */
const defaultMinSamplesLeaf = ({ rows }: Matrix): number =>
  Math.max(minSamplesLeaf, Math.ceil(rows / maxLeaves));

/** Columns that a split looks at: the square root for classes, a third for numbers (Breiman 2001, section 11). */
const defaultMaxFeatures = ({ columns }: Matrix, { task }: Pick<Target, 'task'>): number =>
  Math.max(1, task === 'classification' ? Math.floor(Math.sqrt(columns)) : Math.ceil(columns / 3));

/** What the spec says, in the words of the tree learners; nothing for what it leaves open. */
export function growthOf(
  { max_depth, min_samples_leaf, max_features }: LearnerParameters<'tree'>,
  { columns }: Matrix,
): Pick<ForestOptions, 'maxDepth' | 'minSamplesLeaf' | 'maxFeatures'> {
  return {
    ...(max_depth !== undefined && { maxDepth: max_depth }),
    ...(min_samples_leaf !== undefined && { minSamplesLeaf: min_samples_leaf }),
    ...(max_features !== undefined && { maxFeatures: columnsOf(max_features, columns) }),
  };
}

function columnsOf(wish: number | 'sqrt' | 'all', columns: number): number {
  if (wish === 'all') return columns;
  return wish === 'sqrt' ? Math.max(1, Math.floor(Math.sqrt(columns))) : wish;
}

/** A learner of many trees whose answers are averaged; `usual` is what the spec may change or leave. */
export function averagedTrees(
  name: 'forest' | 'extra_trees',
  usual: Required<Pick<ForestOptions, 'bootstrap' | 'thresholds'>>,
): Learner {
  return {
    name,
    style: 'tree',
    fit: async (x, target, options) => {
      const {
        trees = defaultTrees,
        bootstrap = usual.bootstrap,
        ...growth
      } = learnerParameters[name].parse(options.parameters ?? {});
      const forest = await fitForest(x, treeTarget(target), {
        ...options,
        maxFeatures: defaultMaxFeatures(x, target),
        minSamplesLeaf: defaultMinSamplesLeaf(x),
        ...growthOf(growth, x),
        ...{ trees, bootstrap, thresholds: usual.thresholds },
      });
      return { emit: (builder, features) => emitForest(builder, features, forest) };
    },
  };
}
