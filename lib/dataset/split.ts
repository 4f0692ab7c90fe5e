/** Seeded splits of rows into folds, as scikit-learn makes them: for cross-validation of one table. */
import { createRandom, invalidInput } from '../core/index.ts';
import type { Fold } from './types.ts';

/** How many folds, and the seed of the shuffle. */
export interface FoldOptions {
  /** At least 2. */
  readonly folds: number;
  readonly seed: number;
}

/**
 * Shuffled folds whose sizes differ by at most one.
 *
 * @throws invalid_request `too_few_rows` when there are fewer rows than folds
 */
export function randomFolds(rows: number, options: FoldOptions): Fold[] {
  requireRows(rows, options.folds, 'rows');
  const order = createRandom(options.seed).shuffle(Uint32Array.from({ length: rows }, (_, row) => row));
  const foldOf = new Uint32Array(rows);
  for (const [place, row] of order.entries()) foldOf[row] = place % options.folds;
  return foldsFrom(foldOf, options.folds);
}

/**
 * Shuffled folds in which each class has the same share, to within one row; fold sizes too differ by at most one.
 *
 * @param labels class of each row; `null` counts as a class of its own
 */
export function stratifiedFolds(labels: readonly (string | null)[], options: FoldOptions): Fold[] {
  requireRows(labels.length, options.folds, 'rows');
  const random = createRandom(options.seed);
  const foldOf = new Uint32Array(labels.length);
  let place = 0;
  for (const rows of groupRows(labels).values()) {
    // Dealing goes on where the last class ended, so that small classes do not all land in the first fold.
    for (const row of random.shuffle(rows)) {
      foldOf[row] = place % options.folds;
      place += 1;
    }
  }
  return foldsFrom(foldOf, options.folds);
}

/**
 * Folds in which no group is split: the largest group first, each into the fold with the fewest rows.
 *
 * @param groups group of each row; `null` counts as one group
 * @throws invalid_request `too_few_groups` when there are fewer groups than folds
 */
export function groupedFolds(groups: readonly (string | null)[], options: FoldOptions): Fold[] {
  const members = [...groupRows(groups).values()];
  requireRows(members.length, options.folds, 'groups');
  createRandom(options.seed).shuffle(members);
  members.sort((left, right) => right.length - left.length);
  const sizes = new Uint32Array(options.folds);
  const foldOf = new Uint32Array(groups.length);
  for (const rows of members) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    sizes[smallest] = (sizes[smallest] as number) + rows.length;
    for (const row of rows) foldOf[row] = smallest;
  }
  return foldsFrom(foldOf, options.folds);
}

/**
 * Folds that test on what comes later, learning from all that came before: scikit-learn's `TimeSeriesSplit`.
 * Each test part has floor(rows / (folds + 1)) rows; the last ends with the newest row.
 *
 * @param times time of each row, comparable as text (canonical date-times) or as numbers; equal times keep file order
 * @throws invalid_request `missing_time`, or `too_few_rows`
 */
export function timeOrderedFolds(times: readonly (string | null)[] | Float64Array, folds: number): Fold[] {
  requireRows(times.length, folds + 1, 'rows');
  const order = orderByTime(times);
  const testRows = Math.floor(times.length / (folds + 1));
  return Array.from({ length: folds }, (_, fold) => {
    const start = times.length - (folds - fold) * testRows;
    return { train: order.slice(0, start), test: order.slice(start, start + testRows) };
  });
}

/**
 * Blocks of consecutive time, each tested by what is learnt from all others: scikit-learn's `KFold` without shuffling,
 * over rows in order of time. Unlike `timeOrderedFolds` every row is tested once, and only the last block is a forecast.
 *
 * @param times as for `timeOrderedFolds`
 * @throws invalid_request `missing_time`, or `too_few_rows`
 */
export function timeBlockFolds(times: readonly (string | null)[] | Float64Array, folds: number): Fold[] {
  requireRows(times.length, folds, 'rows');
  const order = orderByTime(times);
  // The first `length % folds` blocks have one row more.
  const startOf = (fold: number): number =>
    fold * Math.floor(times.length / folds) + Math.min(fold, times.length % folds);
  return Array.from({ length: folds }, (_, fold) => {
    const [start, end] = [startOf(fold), startOf(fold + 1)];
    const train = new Uint32Array(times.length - (end - start));
    train.set(order.subarray(0, start));
    train.set(order.subarray(end), start);
    return { train, test: order.slice(start, end) };
  });
}

/** Row numbers by time; rows of the same time stay in the order of the file. */
function orderByTime(times: readonly (string | null)[] | Float64Array): Uint32Array {
  for (const [row, time] of times.entries()) {
    if (time !== null && !Number.isNaN(time)) continue;
    throw invalidInput(
      `Row ${row + 1} has no time, so the rows cannot be put in order. Fill it in or leave the row out.`,
      { code: 'missing_time' },
    );
  }
  return Uint32Array.from({ length: times.length }, (_, row) => row).sort(
    (left, right) => compare(times[left] as string | number, times[right] as string | number) || left - right,
  );
}

/** Folds from the number of the fold in which each row is tested; rows in the order of the table. */
export function foldsFrom(foldOf: ArrayLike<number>, folds: number): Fold[] {
  return Array.from({ length: folds }, (_, fold) => {
    const test: number[] = [];
    const train: number[] = [];
    for (let row = 0; row < foldOf.length; row += 1) (foldOf[row] === fold ? test : train).push(row);
    return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
  });
}

/** Rows of each value, in order of first appearance. */
export function groupRows<T>(values: readonly T[]): Map<T, number[]> {
  const rows = new Map<T, number[]>();
  for (const [row, value] of values.entries()) {
    const members = rows.get(value);
    if (members === undefined) rows.set(value, [row]);
    else members.push(row);
  }
  return rows;
}

const compare = (left: string | number, right: string | number): number =>
  left < right ? -1 : left > right ? 1 : 0;

function requireRows(count: number, needed: number, what: 'rows' | 'groups'): void {
  if (count >= needed) return;
  throw invalidInput(
    `The split needs at least ${needed} ${what}; there are ${count}. Add data or use fewer folds.`,
    {
      code: `too_few_${what}`,
    },
  );
}
