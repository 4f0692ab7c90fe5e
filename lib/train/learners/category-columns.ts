/** Finds the columns that trees may split by sets of categories. */
import type { Matrix } from '../../core/index.ts';
import type { FeatureBlock } from '../../preprocess/index.ts';
import { maxCategories } from '../trees/index.ts';

/** Columns of codes, but for those with more categories than trees tell apart, whose codes are taken as numbers. */
export function categoryColumns(x: Matrix, layout: readonly FeatureBlock[] = []): readonly number[] {
  return layout
    .filter(({ kind }) => kind === 'categories')
    .flatMap(({ start, size }) => Array.from({ length: size }, (_, place) => start + place))
    .filter((column) => highestCode(x, column) < maxCategories);
}

function highestCode({ rows, columns, data }: Matrix, column: number): number {
  let highest = -1;
  for (let row = 0; row < rows; row += 1) highest = Math.max(highest, data[row * columns + column]!);
  return highest;
}
