/** What the steps of an epoch work on: which rows, with which shares, and which random numbers; all of it by seed, epoch and step alone. */
import { createRandom, type Random } from '../../core/index.ts';

/** How rows are dealt out. */
export interface BatchPlan {
  readonly rows: number;
  readonly batch: number;
  readonly seed: number;
  /** One a row, 1 on average; all ones when absent. */
  readonly weights?: Float32Array | undefined;
}

/** Steps `from` to `to` of an epoch. */
export interface Steps {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** Deals out the rows of a training, epoch by epoch. */
export interface Batches {
  readonly stepsPerEpoch: number;
  /** Rows that a step really has; the last one of an epoch may have fewer than the others. */
  rowsIn(step: number): number;
  /** Row numbers [steps, batch]. */
  rowNumbers(steps: Steps): Int32Array;
  /** What each of these rows adds to its step's mean loss [steps, batch]; 0 for those that only fill up the last step. */
  shares(steps: Steps): Float32Array;
  /** `count` numbers a step, uniform in [0, 1). */
  noise(steps: Steps, count: number): Float32Array;
}

/**
 * Every row comes once an epoch, in an order of the epoch's own. A last batch that is not full is filled up with the
 * epoch's first rows, with shares of 0: all steps have one shape, the mean is over the rows that belong there, and
 * batch statistics are never those of one or two rows.
 */
export function dealBatches({ rows, batch, seed, weights }: BatchPlan): Batches {
  const random = createRandom(seed);
  const stepsPerEpoch = Math.ceil(rows / batch);
  const rowsIn = (step: number): number => Math.min(batch, rows - step * batch);
  const orderOf = rememberLast((epoch) => shuffledRows(rows, random.fork(`order ${epoch}`)));
  const rowAt = (order: Int32Array, place: number): number => order[place % rows]!;
  return {
    stepsPerEpoch,
    rowsIn,
    rowNumbers: ({ epoch, from, to }) => {
      const order = orderOf(epoch);
      if (to * batch <= rows) return order.slice(from * batch, to * batch);
      return Int32Array.from({ length: (to - from) * batch }, (_, index) =>
        rowAt(order, from * batch + index),
      );
    },
    shares: ({ epoch, from, to }) => {
      const shares = new Float32Array((to - from) * batch);
      const order = weights && orderOf(epoch);
      for (let step = from; step < to; step += 1) {
        const start = (step - from) * batch;
        const count = rowsIn(step);
        shares.fill(1 / count, start, start + count);
        if (!order) continue;
        for (let index = 0; index < count; index += 1) {
          shares[start + index]! *= weights[order[step * batch + index]!]!;
        }
      }
      return shares;
    },
    noise: ({ epoch, from, to }, count) => {
      const numbers = new Float32Array((to - from) * count);
      for (let step = from; step < to; step += 1) {
        const part = numbers.subarray((step - from) * count, (step - from + 1) * count);
        random.fork(`noise ${epoch} ${step}`).fill(part);
      }
      return numbers;
    },
  };
}

function shuffledRows(rows: number, random: Random): Int32Array {
  return random.shuffle(Int32Array.from({ length: rows }, (_, row) => row));
}

/** Computes again only when asked for another number than last time. */
function rememberLast<Value>(compute: (key: number) => Value): (key: number) => Value {
  let last: { readonly key: number; readonly value: Value } | undefined;
  return (key) => {
    if (last?.key !== key) last = { key, value: compute(key) };
    return last.value;
  };
}
