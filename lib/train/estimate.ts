/** What a training will need, estimated from the size of its data before a row is read. */
import type { LearnerName } from '../contracts/model-spec.ts';

/** How large a problem is. */
export interface TrainingSize {
  readonly rows: number;
  readonly columns: number;
  /** Columns once categories are coded one-hot, as linear learners take them. */
  readonly encodedColumns: number;
  /** 1 for numbers. */
  readonly classes: number;
  readonly learners: readonly LearnerName[];
}

/** What a training is expected to need. */
export interface TrainingEstimate {
  /** Time of one processor; reading, all folds, scoring and explaining included. */
  readonly processorSeconds: number;
  readonly memoryBytes: number;
}

/** What one learner needs; the numbers are those that `bench/training-needs.ts` found. */
interface Needs {
  readonly seconds: (size: TrainingSize) => number;
  /** Memory without any data, per cell of the data, and per class beyond the second. */
  readonly baseMb: number;
  readonly cellBytes: number;
  readonly classMb: number;
}

const furtherClasses = ({ classes }: TrainingSize): number => Math.max(0, classes - 2);

/**
 * Fitted by hand to 21 trainings of 20,000 to 250,000 rows with 14 and 40 columns (22 November 2026, Node 24, one
 * x86-64 server processor). Within a factor of two they hold; how soon boosting stops by itself depends on the data.
 */
const needsOf: Readonly<Record<LearnerName, Needs>> = {
  linear: {
    seconds: (size) =>
      1.5 + size.rows * (6e-5 + 1.5e-6 * size.encodedColumns * (1 + 0.3 * furtherClasses(size))),
    baseMb: 200,
    cellBytes: 130,
    classMb: 0,
  },
  // A split looks at the square root of the columns for classes and at a third of them for numbers.
  forest: {
    seconds: (size) => {
      const looked = size.classes === 1 ? size.columns / 3 : Math.sqrt(size.columns);
      return 9 + 1.1e-4 * size.rows * looked * (1 + 0.2 * furtherClasses(size));
    },
    baseMb: 600,
    cellBytes: 100,
    classMb: 20,
  },
  // With more than two classes there is a tree for each.
  boosting: {
    seconds: (size) => (6 + 2e-5 * size.rows * size.columns) * (size.classes > 2 ? 0.85 * size.classes : 1),
    baseMb: 300,
    cellBytes: 130,
    classMb: 25,
  },
};

/** The needs of one learner after the other: their times add up, their memory does not. */
export function estimateTraining(size: TrainingSize): TrainingEstimate {
  const needs = size.learners.map((name) => needsOf[name]);
  const seconds = needs.map((learner) => learner.seconds(size));
  const bytes = needs.map(
    ({ baseMb, cellBytes, classMb }) =>
      (baseMb + classMb * furtherClasses(size)) * 1_048_576 + cellBytes * size.rows * size.columns,
  );
  return {
    processorSeconds: seconds.reduce((sum, value) => sum + value, 0),
    memoryBytes: Math.ceil(Math.max(0, ...bytes)),
  };
}
