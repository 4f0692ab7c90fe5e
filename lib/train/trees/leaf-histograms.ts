/** The histograms of the leaves of a growing tree, for one member's columns. */
import { BINS, type Bins } from './bins.ts';
import { PAIR_PLACES } from './histogram.ts';
import type { Kernels } from './kernels.ts';
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

/** Rows gathered at a time, so that their pairs are still near when the last columns are added up. */
const CHUNK = 1024;

/** Bytes of one column's histogram. */
const PAIR_BYTES = PAIR_PLACES * Float64Array.BYTES_PER_ELEMENT;

const wordsFor = (columns: number): number => Math.ceil(columns / 4);

/** float64 places a member needs to add up histograms of its columns. */
export const scratchPlaces = (columns: number): number => 2 * CHUNK + 4 * wordsFor(columns) * PAIR_PLACES;

/** What a member's histograms are made from; all of it in the memory of the kernels. */
export interface HistogramSource {
  readonly bins: Bins;
  readonly pairs: Float64Array;
  /** At least `scratchPlaces` of the member's own. */
  readonly scratch: Float64Array;
  /** The member's columns: from the first to before the second, at least one. */
  readonly columns: readonly [number, number];
}

/** Histograms of a member's columns. */
export function createLeafHistograms(kernels: Kernels, source: HistogramSource): LeafHistograms {
  const [first, last] = source.columns;
  const slots: Float64Array[] = [];
  const sums = source.scratch.subarray(2 * CHUNK, scratchPlaces(last - first));
  return {
    build: (slot, range) => {
      addUp(kernels, source, { sums, range });
      slots[slot] ??= new Float64Array(sums.length);
      slots[slot].set(sums);
      return slots[slot];
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

/** Fills in the sums of a leaf's rows; four columns share a word, so each load of bins serves four. */
function addUp(
  kernels: Kernels,
  { bins, pairs, scratch, columns: [first, last] }: HistogramSource,
  { sums, range: { rows, start, end } }: { sums: Float64Array; range: RowRange },
): void {
  const address = (row: number): number => rows.byteOffset + row * rows.BYTES_PER_ELEMENT;
  sums.fill(0);
  for (let from = start; from < end; from += CHUNK) {
    const to = Math.min(end, from + CHUNK);
    kernels.gather(scratch.byteOffset, pairs.byteOffset, address(from), address(to));
    for (let column = first; column < last; column += 4) {
      const histogram = sums.byteOffset + (column - first) * PAIR_BYTES;
      const words = bins.bytes.byteOffset + bins.offsets[column]!;
      const add = last - column > 2 ? kernels.addFour : kernels.addTwo;
      add(histogram, words, scratch.byteOffset, address(from), address(to));
    }
  }
}
