/** Copies the rows of small nodes close together. */
import { type Bins, COLUMNS_A_GROUP } from './bins.ts';
import type { NodeRows, RowBlock } from './node-rows.ts';

/** Bytes of bins in a copy; with the statistics they stay in a core's second-level cache. */
const COPY_BYTES = 1 << 17;
const MAX_COPY_ROWS = 4096;
const WORDS_A_GROUP = COLUMNS_A_GROUP / 4;

/** Copies the rows of a small node, so that the subtree below it does not jump about in far memory. */
export interface RowCopier {
  /** Whether a node of so many rows fits. */
  fits(rows: number): boolean;
  /** Copies the rows and renumbers them from 0 in `range.rows`; the last copy is overwritten. */
  copy(node: NodeRows): RowBlock;
}

/** Prepares room for one copy at a time. */
export function createRowCopier(bins: Bins): RowCopier {
  const stride = COLUMNS_A_GROUP * Math.ceil(bins.columns / COLUMNS_A_GROUP);
  const maxRows = Math.min(MAX_COPY_ROWS, Math.floor(COPY_BYTES / stride));
  const bytes = new Uint8Array(maxRows * stride);
  const offsets = Array.from({ length: bins.columns }, (_, column) => column);
  const near: RowBlock = {
    bins: { ...bins, bytes, offsets, stride, rows: maxRows },
    statistics: new Float64Array(2 * maxRows),
  };
  const words = new Uint32Array(bytes.buffer);
  const farWords = new Uint32Array(bins.bytes.buffer);
  const farGroups = bins.offsets
    .filter((_, column) => column % COLUMNS_A_GROUP === 0)
    .map((offset) => offset / 4);
  return {
    fits: (rows) => rows <= maxRows,
    copy: ({ block: { statistics }, range: { rows, start, end } }) => {
      for (let index = start; index < end; index += 1) {
        const from = rows[index]!;
        const to = index - start;
        near.statistics[2 * to] = statistics[2 * from]!;
        near.statistics[2 * to + 1] = statistics[2 * from + 1]!;
        rows[index] = to;
        for (let group = 0; group < farGroups.length; group += 1) {
          const source = farGroups[group]! + (from * bins.stride) / 4;
          const target = (to * stride) / 4 + group * WORDS_A_GROUP;
          for (let word = 0; word < WORDS_A_GROUP; word += 1) words[target + word] = farWords[source + word]!;
        }
      }
      return near;
    },
  };
}
