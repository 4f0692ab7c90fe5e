/** What each learner needs to train, measured. */
import type { LearnerParameters, MemberName } from '../contracts/learner-parameters.ts';
import type { TableLearnerName } from '../contracts/model-spec.ts';
import { expectedFolds } from './folds-to-test.ts';
import { estimateNetwork, type NetworkName, type NetworkReads } from './networks/index.ts';

/** How large a problem is. */
export interface TrainingSize {
  readonly rows: number;
  readonly columns: number;
  /** Columns once categories are coded one-hot, as linear learners take them. */
  readonly encodedColumns: number;
  /** 1 for numbers. */
  readonly classes: number;
  readonly learners: readonly TableLearnerName[];
  /** The settings of the one learner, where there are any. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** What networks read otherwise than column by column; the encoded columns count it too. */
  readonly reads?: NetworkReads;
  /** The same with some of the raw columns only, as a learner of an ensemble may have them. */
  readonly ofColumns?: (columns: readonly string[]) => TrainingSize;
}

/** What one learner needs; the numbers are those that `bench/training-needs.ts` found. */
export interface Needs {
  readonly seconds: (size: TrainingSize) => number;
  /** Beside what the data take. */
  readonly ownBytes?: (size: TrainingSize) => number;
  /** Memory without any data, per cell of the data, and per class beyond the second. */
  readonly baseMb: number;
  readonly cellBytes: number;
  readonly classMb: number;
}

/** Classes beyond the second. */
export const furtherClasses = ({ classes }: TrainingSize): number => Math.max(0, classes - 2);

/** A linear regression with a penalty: all of its path is tried on cross-products, of which each inner fold has some. */
const leastSquares: Needs = {
  seconds: ({ rows, encodedColumns }) =>
    2 + rows * (6e-5 + 1e-6 * encodedColumns) + 5e-8 * encodedColumns ** 3,
  ownBytes: ({ encodedColumns }) => 100 * encodedColumns ** 2,
  baseMb: 200,
  cellBytes: 130,
  classMb: 0,
};

/** Settings that all who grow trees have in common. */
type Growth = Pick<LearnerParameters<'forest'>, 'trees' | 'max_depth' | 'max_features'>;

/** Usual ones, as many as take as long: where depth is bounded, a tree takes as long as it is deep. */
function treesOf({ rows, parameters = {} }: TrainingSize): number {
  const { trees = usualTrees, max_depth: depth = Number.POSITIVE_INFINITY } = parameters as Growth;
  return trees * Math.min(1, depth / Math.log2(Math.max(4, rows)));
}

const usualTrees = 100;

/** Columns that a split of a forest looks at: the square root for classes and a third for numbers. */
function lookedAt({ columns, classes, parameters = {} }: TrainingSize): number {
  const { max_features: asked = classes === 1 ? columns / 3 : 'sqrt' } = parameters as Growth;
  const looked = asked === 'all' ? columns : asked === 'sqrt' ? Math.sqrt(columns) : asked;
  return Math.min(columns, looked) * (1 + 0.2 * Math.max(0, classes - 2));
}

/** What the workers of a forest take; more trees are grown by the same workers. */
const forestBytes = (size: TrainingSize): number => 350 * 1_048_576 * Math.min(1, treesOf(size) / usualTrees);

/** A network tells itself what it costs; of texts and tables every cell is a text at first, of pictures a byte. */
function networkNeeds(learner: NetworkName): Needs {
  const ofFit = (size: TrainingSize) =>
    estimateNetwork({ ...size, learner, parameters: size.parameters ?? {}, columns: size.encodedColumns });
  return {
    seconds: (size) => 4 + expectedFolds(size.rows) * ofFit(size).seconds,
    ownBytes: (size) => ofFit(size).memoryBytes,
    baseMb: 300,
    cellBytes: 130,
    classMb: 0,
  };
}

/**
 * Fitted by hand to 21 trainings of 20,000 to 250,000 rows with 14 and 40 columns (22 November 2026, Node 24, one
 * x86-64 server processor). Within a factor of two they hold; how soon boosting stops by itself depends on the data.
 */
export const needsOf: Readonly<Record<MemberName, Needs>> = {
  linear: {
    seconds: (size) =>
      1.5 + size.rows * (6e-5 + 1.5e-6 * size.encodedColumns * (1 + 0.3 * furtherClasses(size))),
    baseMb: 200,
    cellBytes: 130,
    classMb: 0,
  },
  ridge: leastSquares,
  lasso: leastSquares,
  elastic_net: leastSquares,
  // Five more machines for the probabilities, and a machine for each of many classes.
  svm: {
    seconds: ({ rows, encodedColumns, classes }) => {
      const machines = 6 * (classes > 2 ? classes : 1);
      return 2 + 1e-6 * rows * machines * (10 + encodedColumns) * (1 + encodedColumns / 40);
    },
    baseMb: 250,
    cellBytes: 130,
    classMb: 5,
  },
  // Time grows with the square of the rows, as each is compared with all others.
  kernel_svm: {
    seconds: ({ rows, encodedColumns, classes }) => {
      // A pair of many classes has few of the rows, and there are many pairs.
      const work = classes > 2 ? 2 - 2 / classes : 1;
      return 3 + 2.8e-8 * rows * rows * work * (20 + encodedColumns);
    },
    baseMb: 600,
    cellBytes: 130,
    classMb: 5,
  },
  // Nothing is fitted; each row tested is compared with all that are kept.
  nearest_neighbours: {
    seconds: ({ rows, encodedColumns, parameters = {} }) => {
      const { max_rows: kept = 20_000 } = parameters as Partial<LearnerParameters<'nearest_neighbours'>>;
      return 2 + 6e-5 * rows + 1e-9 * rows * Math.min(rows, kept) * (5 + encodedColumns / 4);
    },
    baseMb: 400,
    cellBytes: 130,
    classMb: 1,
  },
  naive_bayes: {
    seconds: ({ rows, columns }) => 1.5 + rows * (2e-5 + 4e-7 * columns),
    baseMb: 200,
    cellBytes: 100,
    classMb: 1,
  },
  network: networkNeeds('network'),
  convolution: networkNeeds('convolution'),
  text_network: networkNeeds('text_network'),
  forest: {
    seconds: (size) => 2 + treesOf(size) * (0.07 + 1.1e-6 * size.rows * lookedAt(size)),
    ownBytes: forestBytes,
    baseMb: 250,
    cellBytes: 100,
    classMb: 20,
  },
  // One tree that looks at every column, as deep as a few levels.
  tree: {
    seconds: (size) => 1.5 + 1e-5 * size.rows + 2e-6 * size.rows * size.columns,
    baseMb: 300,
    cellBytes: 100,
    classMb: 2,
  },
  // Drawn thresholds part rows less well, so trees grow deeper than those of a forest.
  extra_trees: {
    seconds: (size) => 2 + treesOf(size) * (0.07 + 1.4e-6 * size.rows * lookedAt(size)),
    ownBytes: forestBytes,
    baseMb: 250,
    cellBytes: 100,
    classMb: 20,
  },
  // With more than two classes there is a tree for each.
  boosting: {
    seconds: (size) =>
      2 +
      treesOf(size) * (0.04 + 2e-7 * size.rows * size.columns) * (size.classes > 2 ? 0.85 * size.classes : 1),
    baseMb: 300,
    cellBytes: 130,
    classMb: 25,
  },
};
