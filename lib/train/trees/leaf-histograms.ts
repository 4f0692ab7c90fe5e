/** The histograms of the leaves of a growing tree, for one member's columns. */
import { BINS, type Bins } from './bins.ts';
import { addHalfWordPairs, addWordPairs, PAIR_PLACES } from './histogram.ts';
import type { RowRange } from './node-rows.ts';
import type { PairTotals } from './packing.ts';

/** Makes and combines histograms of pairs; a histogram holds all columns of the member, one after the other. */
export interface LeafHistograms {
  /** Adds up the rows of a leaf; a slot's memory is used again when its number comes again. */
  build(slot: number, range: RowRange): Float64Array;
  /** Takes one child away from the parent; what is left is the other child. */
  subtract(parent: Float64Array, child: Float64Array): void;
  /** The part of a histogram that is one column's. */
  column(histogram: Float64Array, column: number): Float64Array;
  /** Sums over all rows. */
  totals(histogram: Float64Array): PairTotals;
}

/** Histograms over columns `first` to `last - 1`, of which there must be one at least. */
export function createLeafHistograms(
  { bins, pairs }: { bins: Bins; pairs: Float64Array },
  [first, last]: readonly [number, number],
): LeafHistograms {
  const slots: Float64Array[] = [];
  const words: Uint32Array[] = [];
  for (let column = first; column < last; column += 4) {
    words.push(new Uint32Array(bins.bytes.buffer, bins.offsets[column]!, bins.rows));
  }
  return {
    build: (slot, range) => {
      slots[slot] ??= new Float64Array(4 * words.length * PAIR_PLACES);
      const histogram = slots[slot].fill(0);
      for (const [group, word] of words.entries()) {
        const used = last - first - 4 * group;
        const add = used > 2 ? addWordPairs : addHalfWordPairs;
        add(histogram.subarray(4 * group * PAIR_PLACES), word, pairs, range);
      }
      return histogram;
    },
    subtract: (parent, child) => {
      for (let place = 0; place < parent.length; place += 1) parent[place]! -= child[place]!;
    },
    column: (histogram, column) =>
      histogram.subarray((column - first) * PAIR_PLACES, (column - first + 1) * PAIR_PLACES),
    totals: (histogram) => {
      let gradient = 0;
      let packed = 0;
      for (let bin = 0; bin < BINS; bin += 1) {
        gradient += histogram[2 * bin]!;
        packed += histogram[2 * bin + 1]!;
      }
      return { gradient, packed };
    },
  };
}
