/** What a training without a target will need, estimated from the size of its data before a row is read. */
import type { UnsupervisedSpec } from '../../contracts/model-spec.ts';
import { splitFolds } from '../../dataset/index.ts';
import type { TrainingEstimate } from '../estimate.ts';

/** How large a problem is. */
export interface UnsupervisedSize {
  readonly rows: number;
  readonly columns: number;
  /** Columns once categories are coded one-hot. */
  readonly encodedColumns: number;
}

/** Rounds that a search from one start takes, as a rule. */
const usualRounds = 30;
/** Where the number of groups is chosen, it is ten at most. */
const usualClusters = 10;

/** K-means compares each row with each centre in every round; of a forest only the scores grow with the rows. */
export function estimateUnsupervised(
  { task, parameters = {} }: Pick<UnsupervisedSpec, 'task' | 'parameters'>,
  { rows, columns, encodedColumns }: UnsupervisedSize,
): TrainingEstimate {
  const setting = (name: string, usual: number): number => {
    const value = parameters[name];
    return typeof value === 'number' ? value : usual;
  };
  const seconds =
    task === 'clustering'
      ? 2e-9 *
        rows *
        encodedColumns *
        setting('clusters', usualClusters) *
        setting('starts', 10) *
        usualRounds
      : 1e-8 * setting('trees', 100) * (rows + 20 * setting('samples', 256));
  const processorSeconds = 4 + splitFolds * seconds + 6e-5 * rows;
  return {
    processorSeconds,
    // Nothing of it is kept.
    longestPartSeconds: processorSeconds,
    memoryBytes: 300 * 1_048_576 + 130 * rows * columns + 8 * rows * encodedColumns,
  };
}
