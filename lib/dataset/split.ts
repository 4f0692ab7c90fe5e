/** What splits are made of: blocks of time, rows by value, and folds from the number of each row's fold. */
import { invalidInput } from '../core/index.ts';
import type { Fold } from './types.ts';

/**
 * Blocks of consecutive time, each tested by what is learnt from all others: scikit-learn's `KFold` without shuffling,
 * over rows in order of time. Every row is tested once, and only the last block is a forecast.
 *
 * @param times time of each row, comparable as text (canonical date-times) or as numbers; equal times keep file order
 * @throws invalid_request `missing_time`, or `too_few_rows`
 */
export function timeBlockFolds(times: readonly (string | null)[] | Float64Array, folds: number): Fold[] {
  requireRows(times.length, folds);
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

function requireRows(count: number, needed: number): void {
  if (count >= needed) return;
  throw invalidInput(
    `The split needs at least ${needed} rows; there are ${count}. Add data or use fewer folds.`,
    { code: 'too_few_rows' },
  );
}
