/** Finds columns that give the target away: each is judged alone, by rates learnt on one half and tested on the other. */
import { hashText } from '../core/index.ts';

/** What is to be predicted: class codes, or numbers. */
export type LeakageTarget =
  | { readonly kind: 'classes'; readonly codes: Int32Array; readonly classes: number }
  | { readonly kind: 'numbers'; readonly values: Float64Array };

/** A column to be judged: numbers (NaN is missing) or codes of texts (-1 is missing). */
export type LeakageFeature =
  | { readonly kind: 'numbers'; readonly values: Float64Array }
  | { readonly kind: 'codes'; readonly codes: Int32Array };

/** Why a column is suspected. */
export type Leak =
  | { readonly reason: 'separates'; readonly auc: number }
  | { readonly reason: 'explains'; readonly r2: number }
  | {
      readonly reason: 'marks';
      /** Rows in which the column is filled (present, or not zero), and the event's rate there and elsewhere. */
      readonly rows: number;
      readonly rate: number;
      readonly otherRate: number;
    };

/**
 * Above these a column knows more than honest columns do. The best honest one in the data sets of `examples/data`
 * separates two classes with an area of 0.976 (breast cancer) and explains 0.79 of a variance (ridership).
 */
const suspiciousAuc = 0.99;
const suspiciousR2 = 0.95;

/** A mark is a field filled in few rows that makes an event likely there: a cost, a claim, a date of death. */
const maxMarkedShare = 0.1;
const minMarkedRows = 20;
const minMarkedRate = 0.5;
/** Lower end of the 95 % interval of the odds ratio. Bird strikes' cost columns have 8.5 and more. */
const minMarkedOdds = 4;

const minClassRows = 20;
const maxEvents = 20;
const maxBins = 100;

/** Looks at one column after the other; what does not depend on the column is worked out once. */
export function leakageJudge(target: LeakageTarget): (feature: LeakageFeature) => Leak | null {
  const rows = (target.kind === 'numbers' ? target.values : target.codes).length;
  const halves = Uint8Array.from({ length: rows }, (_, row) => hashText(`${row}`) & 1);
  if (target.kind === 'numbers') return (feature) => judgeNumbers(feature, centred(target.values), halves);
  const events = eventsOf(target);
  return (feature) => judgeClasses(feature, events, halves);
}

function judgeNumbers(feature: LeakageFeature, values: Float64Array, halves: Uint8Array): Leak | null {
  const line = feature.kind === 'numbers' ? squaredCorrelation(feature.values, values) : 0;
  const r2 = Math.max(line, binnedR2(toCells(feature, halves), values));
  return r2 >= suspiciousR2 ? { reason: 'explains', r2 } : null;
}

function judgeClasses(
  feature: LeakageFeature,
  events: readonly Uint8Array[],
  halves: Uint8Array,
): Leak | null {
  const cells = toCells(feature, halves);
  const mark = markOf(feature);
  for (const event of events) {
    const auc = binnedAuc(cells, event);
    if (auc >= suspiciousAuc) return { reason: 'separates', auc };
    const leak = mark === null ? null : judgeMark(mark, event);
    if (leak !== null) return leak;
  }
  return null;
}

/**
 * Events, 1 where they happen: the largest class against all others, and each of the next classes with enough rows.
 */
function eventsOf({ codes, classes }: Extract<LeakageTarget, { kind: 'classes' }>): readonly Uint8Array[] {
  const counts = new Int32Array(classes);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  const order = [...counts.keys()].sort(
    (left, right) => (counts[right] as number) - (counts[left] as number),
  );
  const common = order.slice(1, maxEvents).filter((code) => (counts[code] as number) >= minClassRows);
  return [
    Uint8Array.from(codes, (code) => Number(code !== order[0])),
    ...(classes > 2 ? common : []).map((wanted) => Uint8Array.from(codes, (code) => Number(code === wanted))),
  ];
}

/** Rows by bin of the column and half of the rows: cell `2 * bin + half`. */
interface Cells {
  readonly of: Int32Array;
  readonly count: number;
}

function toCells(feature: LeakageFeature, halves: Uint8Array): Cells {
  const of = toBins(feature).map((bin, row) => 2 * bin + (halves[row] as number));
  return { of, count: of.reduce((most, cell) => Math.max(most, cell | 1), 0) + 1 };
}

/** Bin of each row: quantile bins for numbers, the code itself for texts; bin 0 is missing. */
function toBins(feature: LeakageFeature): Int32Array {
  if (feature.kind === 'codes') return feature.codes.map((code) => code + 1);
  const present = feature.values.filter((value) => !Number.isNaN(value)).sort();
  const edges: number[] = [];
  for (let bin = 1; bin <= maxBins; bin += 1) {
    const edge = present[Math.ceil((present.length * bin) / maxBins) - 1];
    if (edge !== undefined && edge !== edges.at(-1)) edges.push(edge);
  }
  return Int32Array.from(feature.values, (value) => (Number.isNaN(value) ? 0 : 1 + lowerBound(edges, value)));
}

/** Place of the first edge that is not below the value. */
function lowerBound(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Rows of each cell, and the sum of the values there. */
function tally({ of, count }: Cells, values: ArrayLike<number>): { rows: Float64Array; sums: Float64Array } {
  const rows = new Float64Array(count);
  const sums = new Float64Array(count);
  for (let row = 0; row < of.length; row += 1) {
    const cell = of[row] as number;
    rows[cell] = (rows[cell] as number) + 1;
    sums[cell] = (sums[cell] as number) + (values[row] as number);
  }
  return { rows, sums };
}

/** For each cell the mean over the other half's rows in the same bin; the overall mean where there are none. */
function crossFitted(rows: Float64Array, sums: Float64Array): Float64Array {
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
  const overall = total(sums) / total(rows);
  return rows.map((_, cell) => {
    const other = cell ^ 1;
    return rows[other] === 0 ? overall : (sums[other] as number) / (rows[other] as number);
  });
}

/** Area under the ROC curve (the Mann-Whitney statistic, ties counted half) of the cross-fitted rates. */
function binnedAuc(cells: Cells, event: Uint8Array): number {
  const { rows, sums } = tally(cells, event);
  const scores = crossFitted(rows, sums);
  const order = [...scores.keys()].sort(
    (left, right) => (scores[left] as number) - (scores[right] as number),
  );
  let [positives, negatives, area] = [0, 0, 0];
  for (let start = 0; start < order.length; ) {
    const score = scores[order[start] as number];
    let [tiedPositives, tiedNegatives] = [0, 0];
    for (; start < order.length && scores[order[start] as number] === score; start += 1) {
      const cell = order[start] as number;
      tiedPositives += sums[cell] as number;
      tiedNegatives += (rows[cell] as number) - (sums[cell] as number);
    }
    area += tiedPositives * (negatives + tiedNegatives / 2);
    positives += tiedPositives;
    negatives += tiedNegatives;
  }
  if (positives < minClassRows || negatives < minClassRows) return 0;
  return area / (positives * negatives);
}

/** Share of the variance of centred values that the cross-fitted means explain. */
function binnedR2(cells: Cells, values: Float64Array): number {
  const { rows, sums } = tally(cells, values);
  const fitted = crossFitted(rows, sums);
  let residual = 0;
  let total = 0;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] as number;
    residual += (value - (fitted[cells.of[row] as number] as number)) ** 2;
    total += value ** 2;
  }
  return total > 0 ? 1 - residual / total : 0;
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Square of Pearson's correlation over the rows in which the column is present; 0 when many are not. */
function squaredCorrelation(feature: Float64Array, values: Float64Array): number {
  const rows = [...feature.keys()].filter((row) => !Number.isNaN(feature[row]));
  if (rows.length < values.length / 2) return 0;
  const meanOf = (column: Float64Array): number =>
    rows.reduce((sum, row) => sum + (column[row] as number), 0) / rows.length;
  const [meanX, meanY] = [meanOf(feature), meanOf(values)];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const row of rows) {
    const x = (feature[row] as number) - meanX;
    const y = (values[row] as number) - meanY;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return xx > 0 && yy > 0 ? (xy * xy) / (xx * yy) : 0;
}

/** Rows in which the column is filled, if these are few: present, and for numbers not zero. */
function markOf(feature: LeakageFeature): Uint8Array | null {
  const marked =
    feature.kind === 'numbers'
      ? Uint8Array.from(feature.values, (value) => Number(!Number.isNaN(value) && value !== 0))
      : Uint8Array.from(feature.codes, (code) => Number(code >= 0));
  const rows = marked.reduce((sum, value) => sum + value, 0);
  return rows >= minMarkedRows && rows <= maxMarkedShare * marked.length ? marked : null;
}

/** Odds ratio with Haldane's correction (0.5 in each cell) and its normal interval on the log scale. */
function judgeMark(mark: Uint8Array, event: Uint8Array): Leak | null {
  const cells = [0, 0, 0, 0];
  for (const [row, marked] of mark.entries()) {
    const cell = 2 * marked + (event[row] as number);
    cells[cell] = (cells[cell] as number) + 1;
  }
  const [otherNo, otherYes, markedNo, markedYes] = cells as [number, number, number, number];
  const rows = markedNo + markedYes;
  const rate = markedYes / rows;
  const otherRate = otherYes / (otherNo + otherYes);
  const logOdds = Math.log(((markedYes + 0.5) * (otherNo + 0.5)) / ((markedNo + 0.5) * (otherYes + 0.5)));
  const error = Math.sqrt(cells.reduce((sum, count) => sum + 1 / (count + 0.5), 0));
  const isMark =
    rate >= minMarkedRate && otherRate < minMarkedRate && Math.exp(logOdds - 1.96 * error) >= minMarkedOdds;
  return isMark ? { reason: 'marks', rows, rate, otherRate } : null;
}
