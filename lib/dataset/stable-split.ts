/**
 * The platform's split: a row's fold follows from its own content, so that it stays where it is in every later
 * version of the data set, and what was once held out is never learnt from.
 */
import { hashText, invalidInput } from '../core/index.ts';
import { foldsFrom, groupRows, timeBlockFolds } from './split.ts';
import type { Column, Fold, Table } from './types.ts';

/** Folds of the platform's split. */
export const splitFolds = 5;

/** What decides the fold of a row. */
export type SplitPlan =
  | { readonly kind: 'random'; readonly seed: number }
  /** As `random`, but each class is brought into every fold if it has rows enough. */
  | { readonly kind: 'stratified'; readonly target: string; readonly seed: number }
  /** Rows with the same value in `group` stay together. */
  | { readonly kind: 'grouped'; readonly group: string; readonly seed: number }
  /** Blocks of consecutive time; the newest is held out. */
  | { readonly kind: 'time'; readonly time: string };

/** Five folds, and the part on which versions are compared: fold 0, or of ordered rows the newest. */
export interface Split {
  readonly kind: SplitPlan['kind'];
  readonly folds: readonly Fold[];
  readonly heldOut: Fold;
}

/**
 * Splits a table.
 *
 * The fold is a hash of the seed and the row's values by column name (for `grouped`: of the group's value), so equal
 * rows are always together and neither the order of rows nor of columns counts. Sizes are therefore equal only on
 * average: with n rows a fold has n/5 give or take sqrt(4n)/5 of them.
 *
 * @param table all columns of the data set, or at least always the same ones: they make up a row's identity
 * @throws invalid_request `unknown_column`, `too_few_rows`, `missing_time`, or `empty_fold`
 * @example splitTable(table, { kind: 'stratified', target: 'diagnosis', seed: 7 }).heldOut.test
 */
export function splitTable(table: Table, plan: SplitPlan): Split {
  if (plan.kind === 'time') {
    const folds = timeBlockFolds(columnOf(table, plan.time).values, splitFolds);
    return { kind: plan.kind, folds, heldOut: folds[splitFolds - 1] as Fold };
  }
  const hashes =
    plan.kind === 'grouped' ? hashValues(columnOf(table, plan.group), plan.seed) : hashRows(table, plan.seed);
  const foldOf = Uint8Array.from(hashes, foldOfHash);
  if (plan.kind === 'stratified') mendClasses(foldOf, hashes, textsOf(columnOf(table, plan.target)));
  const folds = foldsFrom(foldOf, splitFolds);
  const empty = folds.findIndex(({ test }) => test.length === 0);
  if (empty >= 0) {
    throw invalidInput(
      `The data set is too small to be split into ${splitFolds} parts${plan.kind === 'grouped' ? ` by "${plan.group}"` : ''}: part ${empty} is empty. Add rows${plan.kind === 'grouped' ? ' with other groups' : ''}.`,
      { code: 'empty_fold' },
    );
  }
  return { kind: plan.kind, folds, heldOut: folds[0] as Fold };
}

/** Multiplying takes the high bits, which depend on the whole text. */
const foldOfHash = (hash: number): number => Math.floor((hash / 2 ** 32) * splitFolds);

/**
 * Hash of each row's values. A number is hashed by its shortest text, so `1` and `1.0` are one value; a missing
 * value differs from every text.
 */
function hashRows({ rows, columns }: Table, seed: number): Uint32Array {
  const ordered = columns.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const hashes = new Uint32Array(rows).fill(hashText(`${seed}`));
  for (const column of ordered) {
    const name = hashText(column.name);
    for (let row = 0; row < rows; row += 1) {
      hashes[row] = hashText(valueText(column, row), ((hashes[row] as number) ^ name) >>> 0);
    }
  }
  return hashes;
}

function hashValues(column: Column, seed: number): Uint32Array {
  return Uint32Array.from({ length: column.values.length }, (_, row) =>
    hashText(valueText(column, row), seed),
  );
}

/** U+0000 cannot stand in a text of the data, so it can mark what is missing. */
function valueText(column: Column, row: number): string {
  if (column.type === 'numeric') return String(column.values[row]);
  return column.values[row] ?? '\0';
}

function textsOf(column: Column): readonly (string | null)[] {
  return column.type === 'numeric' ? Array.from(column.values, String) : column.values;
}

/**
 * Brings a class that a fold lacks into it: the row with the smallest hash in the fold that has most of the class
 * moves, with all rows equal to it. Fold 0 is filled first. A class with fewer different rows than folds stays where it
 * is where nothing can be spared.
 */
function mendClasses(foldOf: Uint8Array, hashes: Uint32Array, labels: readonly (string | null)[]): void {
  for (const [label, rows] of groupRows(labels)) {
    if (label === null) continue;
    for (let fold = 0; fold < splitFolds; fold += 1) {
      if (rows.some((row) => foldOf[row] === fold)) continue;
      const donor = fullestFold(rows, foldOf, hashes);
      if (donor === null) break;
      const smallest = rows.reduce(
        (least, row) => (foldOf[row] === donor ? Math.min(least, hashes[row] as number) : least),
        2 ** 32,
      );
      for (const row of rows) if (hashes[row] === smallest && foldOf[row] === donor) foldOf[row] = fold;
    }
  }
}

/** The fold with most different rows among the given, if it can spare one. */
function fullestFold(rows: readonly number[], foldOf: Uint8Array, hashes: Uint32Array): number | null {
  const different = Array.from({ length: splitFolds }, () => new Set<number>());
  for (const row of rows) different[foldOf[row] as number]?.add(hashes[row] as number);
  const sizes = different.map(({ size }) => size);
  const most = Math.max(...sizes);
  return most > 1 ? sizes.indexOf(most) : null;
}

function columnOf(table: Table, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw invalidInput(`There is no column "${name}" to split by.`, { code: 'unknown_column', param: name });
}
