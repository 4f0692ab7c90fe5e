/** Lists the bins that hold rows of a node: most nodes of a deep tree have far fewer rows than there are bins. */
import { BINS, MISSING_BIN } from './bins.ts';
import type { NodeRows } from './node-rows.ts';

const WORDS = BINS / 32;
const marks = new Int32Array(WORDS);

/** Writes the value bins of a node's rows in a column, ascending, into `occupied`; returns how many there are. */
export function listOccupied(
  column: number,
  { block: { bins }, range: { rows, start, end } }: NodeRows,
  occupied: Uint8Array,
): number {
  const { bytes, stride } = bins;
  const offset = bins.offsets[column]!;
  marks.fill(0);
  for (let index = start; index < end; index += 1) {
    const bin = bytes[rows[index]! * stride + offset]!;
    marks[bin >>> 5]! |= 1 << (bin & 31);
  }
  marks[WORDS - 1]! &= ~(1 << (MISSING_BIN & 31));
  let count = 0;
  for (let word = 0; word < WORDS; word += 1) {
    for (let bits = marks[word]!; bits !== 0; bits &= bits - 1) {
      occupied[count] = 32 * word + 31 - Math.clz32(bits & -bits);
      count += 1;
    }
  }
  return count;
}

/** The same from a histogram with `width` places a bin, for nodes with more rows than bins. */
export function listFilled(
  sums: Float64Array,
  { width, lastBin }: { width: number; lastBin: number },
  occupied: Uint8Array,
): number {
  let count = 0;
  for (let bin = 0; bin <= lastBin; bin += 1) {
    let largest = 0;
    for (let place = bin * width; place < (bin + 1) * width; place += 1) {
      largest = Math.max(largest, sums[place]!);
    }
    occupied[count] = bin;
    count += largest > 0 ? 1 : 0;
  }
  return count;
}
