/** Numeric columns: missing values filled or kept, indicators of what was missing, scaling. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import { isUsableNumber, largestNumber, numericColumn } from './pack-columns.ts';
import { emitScale, fitSpread, joinSpreads } from './scaling.ts';
import type { Settings } from './settings.ts';
import { meanOf, modeOf, quantileOf } from './statistics.ts';
import { emitFloat } from './to-float.ts';
import type { NumericPlan, OutputColumn } from './types.ts';

/** A raw column to fit and its position in the list of features. */
export interface ColumnToFit {
  readonly name: string;
  readonly index: number;
  readonly feature: number;
}

/**
 * The numbers of a column that are not missing, as the float32 in which the graph will see them.
 *
 * @param rows row numbers of the table
 */
export function presentNumbers(table: Table, name: string, rows: Uint32Array): Float64Array {
  const { values } = numericColumn(table, name);
  const present = new Float64Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = Math.fround(values[row]!);
    if (isUsableNumber(value)) present[count++] = value;
  }
  return present.subarray(0, count);
}

/**
 * Learns what stands in for a missing number and the scale of each column, the scale from the values after filling,
 * as in a scikit-learn pipeline of imputer and scaler.
 *
 * @param columns in the order of the tensor, at least one
 */
export function fitNumeric(
  table: Table,
  columns: readonly ColumnToFit[],
  rows: Uint32Array,
  settings: Settings,
): NumericPlan {
  const keepMissing = settings.numericMissing === 'keep';
  const fits = columns.map(({ name }) => {
    const present = presentNumbers(table, name, rows);
    const fill = chooseFill(present, settings);
    const filled = keepMissing ? present : fillUp(present, rows.length, fill);
    return { fill, spread: fitSpread(filled, settings.scaling), isMissing: present.length < rows.length };
  });
  const indicators = fits.flatMap(({ isMissing }, position) => (isMissing && !keepMissing ? [position] : []));
  return {
    fill: keepMissing ? null : fits.map(({ fill }) => fill),
    scale: joinSpreads(fits.map(({ spread }) => spread)),
    indicators,
    outputs: nameOutputs(columns, indicators),
  };
}

/** The stand-in for a missing value; 0 where the training rows have no value at all. */
function chooseFill(present: Float64Array, { numericMissing, numericConstant }: Settings): number {
  if (numericMissing === 'constant') return Math.fround(numericConstant);
  if (present.length === 0 || numericMissing === 'keep') return 0;
  if (numericMissing === 'mean') return Math.fround(meanOf(present));
  const sorted = present.slice().sort();
  return Math.fround(numericMissing === 'most_frequent' ? modeOf(sorted) : quantileOf(sorted, 0.5));
}

function fillUp(present: Float64Array, length: number, fill: number): Float64Array {
  const filled = new Float64Array(length).fill(fill, present.length);
  filled.set(present);
  return filled;
}

function nameOutputs(
  columns: readonly ColumnToFit[],
  indicators: readonly number[],
): readonly OutputColumn[] {
  return [
    ...columns.map(({ name, feature }) => ({ name, feature })),
    ...indicators.map((position) => {
      const { name, feature } = columns[position]!;
      return { name: `${name}:missing`, feature };
    }),
  ];
}

/**
 * Writes the numeric part of the encoding.
 *
 * @param input float32 [N, columns]; NaN, infinities and what is beyond 1e38 are missing
 * @returns blocks float32 [N, ...] whose columns are `plan.outputs` in order
 */
export function emitNumeric(builder: GraphBuilder, input: Value, plan: NumericPlan): readonly Value[] {
  // False for NaN as well, so that one comparison finds everything that is missing.
  const present = builder.op('LessOrEqual', [
    builder.op('Abs', [input]),
    builder.floats([largestNumber], []),
  ]);
  const standIn = plan.fill ? builder.floats(plan.fill, undefined, 'fill') : builder.floats([Number.NaN], []);
  const filled = builder.op('Where', [present, input, standIn]);
  const values = emitScale(builder, filled, plan.scale, { keepMissing: plan.fill === null });
  return [values, ...emitIndicators(builder, present, plan.indicators)];
}

/**
 * 1 where a value is missing, else 0, for some of the columns.
 *
 * @param present bool [N, columns]
 * @returns no block or one, float32 [N, positions.length]
 */
export function emitIndicators(
  builder: GraphBuilder,
  present: Value,
  positions: readonly number[],
): readonly Value[] {
  if (positions.length === 0) return [];
  const chosen = builder.op('Gather', [present, builder.integers(positions)], { axis: attr.int(1) });
  return [emitFloat(builder, builder.op('Not', [chosen]))];
}
