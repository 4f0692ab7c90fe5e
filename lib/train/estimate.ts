/** What a training will need, estimated from the size of its data before a row is read. */
import { learnerParameters, type MemberName } from '../contracts/learner-parameters.ts';
import type { TableLearnerName } from '../contracts/model-spec.ts';
import { splitFolds } from '../dataset/index.ts';
import { furtherClasses, type Needs, needsOf, type TrainingSize } from './learner-needs.ts';
import { finalOf } from './learners/ensembles.ts';
import { learners } from './learners/index.ts';
import { refuseTooManyRows } from './row-limits.ts';

/** What a training is expected to need. */
export interface TrainingEstimate {
  /** Time of one processor; reading, all folds, scoring and explaining included. */
  readonly processorSeconds: number;
  /** Of it, the longest part that a pause would have begun anew: what keeps how far it is has none. */
  readonly longestPartSeconds: number;
  readonly memoryBytes: number;
}

/** A learner and how many times over it is fitted, compared with a training of it alone. */
interface Share {
  readonly name: MemberName;
  readonly size: TrainingSize;
  readonly times: number;
}

/** Four more fits, each on three quarters of the rows, tell what a stacking learns from. */
const timesOf = { average: 1, stacking: 4 } as const;

function sharesOf(name: TableLearnerName, size: TrainingSize): readonly Share[] {
  if (name !== 'average' && name !== 'stacking') return [{ name, size, times: 1 }];
  const joined = learnerParameters[name].parse(size.parameters ?? {}).learners;
  const shares = joined.map(({ learner, parameters = {}, columns }) => ({
    name: learner,
    size: { ...((columns && size.ofColumns?.(columns)) ?? size), parameters },
    times: timesOf[name],
  }));
  return name === 'average' ? shares : [...shares, shareOfFinal(size, joined.length)];
}

/** The last learner of a stacking, which gets so many answers as columns. */
function shareOfFinal({ rows, classes, parameters = {} }: TrainingSize, members: number): Share {
  const columns = members * (classes > 2 ? classes : 1);
  const { learner, ...own } = finalOf(learnerParameters.stacking.parse(parameters), classes > 1);
  return {
    name: learner,
    size: { rows, classes, columns, encodedColumns: columns, learners: [], parameters: own.parameters },
    times: 1,
  };
}

/** A pixel, and what a term weighs in a text, is a number of the matrix that is copied to part the rows and to train. */
const numberBytes = 20;

/** An ensemble holds what all its learners look at, and once more what one of them does. */
const sharedCellBytes = 8;

/**
 * The needs of one learner after the other: their times add up, their memory does not.
 *
 * @throws invalid_request `too_many_rows_for_learner` for what no machine ends in reasonable time
 */
export function estimateTraining(size: TrainingSize): TrainingEstimate {
  const shares = size.learners.flatMap((name) => sharesOf(name, size));
  for (const { name } of shares) refuseTooManyRows(name, size.rows);
  const isShared = shares.length > size.learners.length;
  const cells = shares.reduce((sum, share) => sum + share.size.encodedColumns, 0) * size.rows;
  const seconds = shares.map((share) => needsOf[share.name].seconds(share.size));
  return {
    processorSeconds: shares.reduce((sum, { times }, at) => sum + times * seconds[at]!, 0),
    // Folds are kept, and so is the state of what is resumable.
    longestPartSeconds: Math.max(
      0,
      ...shares.map(({ name }, at) => (learners[name].resumable ? 0 : seconds[at]! / splitFolds)),
    ),
    memoryBytes: Math.ceil(
      Math.max(0, ...shares.map((share) => bytesOf(needsOf[share.name], share.size))) +
        (isShared ? sharedCellBytes * cells : 0),
    ),
  };
}

function bytesOf({ baseMb, cellBytes, classMb, ownBytes }: Needs, size: TrainingSize): number {
  const { pictures = [], texts = [] } = size.reads ?? {};
  const pixels = pictures.reduce((sum, [height, width, channels]) => sum + height * width * channels, 0);
  const numbers = texts.reduce((sum, { terms }) => sum + terms, pixels);
  return (
    (baseMb + classMb * furtherClasses(size)) * 1_048_576 +
    size.rows * (cellBytes * (size.columns - numbers + texts.length) + numberBytes * numbers) +
    (ownBytes?.(size) ?? 0)
  );
}
