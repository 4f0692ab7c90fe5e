/** Where the columns of a matrix lie and how wide they spread: the coordinates in which the solvers work. */
import { invalidInput, type Matrix } from '../../core/index.ts';

/** A shift and a factor for each column: `(value - centre) * scale` is near 0 and of spread near 1. */
export interface ColumnScales {
  /** float32, so that subtracting it from float32 values loses nothing. */
  readonly centre: Float32Array;
  readonly scale: Float32Array;
}

/** Rows that are looked at; the fitted model does not depend on the coordinates, only the road to it does. */
const sampleRows = 10_000;

/** A column whose mean and spread are within these bounds is taken as it is. */
const nearZero = 0.5;
const nearOne = 2;

/**
 * Means and inverse standard deviations over evenly spaced rows.
 * The scale is 1 for a column that is constant there. Columns that are standardised already keep their values, which
 * saves the solvers a copy.
 */
export function columnScales({ rows, columns, data }: Matrix): ColumnScales {
  const stride = Math.ceil(rows / sampleRows);
  const sampled = Math.ceil(rows / stride);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row += stride) {
    for (let column = 0; column < columns; column += 1) sums[column]! += data[row * columns + column]!;
  }
  const centre = Float32Array.from(sums, (sum) => sum / sampled);
  const squares = new Float64Array(columns);
  for (let row = 0; row < rows; row += stride) {
    for (let column = 0; column < columns; column += 1) {
      const deviation = data[row * columns + column]! - centre[column]!;
      squares[column]! += deviation * deviation;
    }
  }
  const scale = Float32Array.from(squares, (sum) => (sum > 0 ? Math.sqrt(sampled / sum) : 1));
  for (let column = 0; column < columns; column += 1) {
    const spread = 1 / scale[column]!;
    if (Math.abs(centre[column]!) > nearZero || spread > nearOne || spread * nearOne < 1) continue;
    centre[column] = 0;
    scale[column] = 1;
  }
  return { centre, scale };
}

/** Mean and standard deviation of a target; 1 for one that is constant. */
export function spreadOf(values: Float64Array): { readonly mean: number; readonly spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, spread: variance > 0 ? Math.sqrt(variance) : 1 };
}

/**
 * Refuses features that are not finite.
 *
 * @param learner begins the message
 * @throws invalid_request naming the first row and column
 */
export function refuseNonFinite({ columns, data }: Matrix, learner = 'A linear model'): void {
  // A finite number times 0 is 0, anything else is NaN: several times faster than a test of each value. Four sums
  // that do not wait for each other are faster again.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = data.length - (data.length % 4);
  for (let index = 0; index < whole; index += 4) {
    first += data[index]! * 0;
    second += data[index + 1]! * 0;
    third += data[index + 2]! * 0;
    fourth += data[index + 3]! * 0;
  }
  for (let index = whole; index < data.length; index += 1) first += data[index]! * 0;
  if (first + second + third + fourth === 0) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  const place = `row ${Math.floor(at / columns)}, feature column ${at % columns}`;
  throw invalidInput(`${learner} cannot learn from ${data[at]} (${place}); fill missing values first`);
}
