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
const maxBins = 100;

/** Judges one column; `null` when it is not suspicious. */
export function findLeak(target: LeakageTarget, feature: LeakageFeature): Leak | null {
  const bins = toBins(feature);
  if (target.kind === 'numbers') {
    const r2 = Math.max(
      binnedR2(bins, target.values),
      feature.kind === 'numbers' ? squaredCorrelation(feature.values, target.values) : 0,
    );
    return r2 >= suspiciousR2 ? { reason: 'explains', r2 } : null;
  }
  const mark = markOf(feature);
  for (const event of eventsOf(target)) {
    const auc = binnedAuc(bins, event);
    if (auc >= suspiciousAuc) return { reason: 'separates', auc };
    const leak = mark === null ? null : judgeMark(mark, event);
    if (leak !== null) return leak;
  }
  return null;
}

/** One class against the others, for each class with enough rows, and the largest class against all others. */
function* eventsOf({ codes, classes }: Extract<LeakageTarget, { kind: 'classes' }>): Generator<Uint8Array> {
  const counts = new Int32Array(classes);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const order = [...counts.keys()].sort(
    (left, right) => (counts[right] as number) - (counts[left] as number),
  );
  const largest = order[0] ?? 0;
  yield Uint8Array.from(codes, (code) => Number(code !== largest));
  for (const wanted of order.slice(1, 20)) {
    if ((counts[wanted] as number) < minClassRows) return;
    yield Uint8Array.from(codes, (code) => Number(code === wanted));
  }
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

/** For each row the mean of `values` over the other half's rows in the same bin; the overall mean in an unseen bin. */
function crossFitted(bins: Int32Array, values: ArrayLike<number>): Float64Array {
  const size = bins.reduce((most, bin) => Math.max(most, bin), 0) + 1;
  const sums = [new Float64Array(size), new Float64Array(size)] as const;
  const counts = [new Float64Array(size), new Float64Array(size)] as const;
  let total = 0;
  const halves = Uint8Array.from(bins, (_, row) => hashText(`${row}`) & 1);
  for (const [row, bin] of bins.entries()) {
    const half = halves[row] as 0 | 1;
    sums[half][bin] = (sums[half][bin] as number) + (values[row] as number);
    counts[half][bin] = (counts[half][bin] as number) + 1;
    total += values[row] as number;
  }
  const overall = total / bins.length;
  return Float64Array.from(bins, (bin, row) => {
    const other = (1 - (halves[row] as number)) as 0 | 1;
    const count = counts[other][bin] as number;
    return count === 0 ? overall : (sums[other][bin] as number) / count;
  });
}

/** Area under the ROC curve (the Mann-Whitney statistic, ties counted half) of the cross-fitted rates. */
function binnedAuc(bins: Int32Array, event: Uint8Array): number {
  const scores = crossFitted(bins, event);
  const order = Uint32Array.from(scores.keys()).sort(
    (left, right) => (scores[left] as number) - (scores[right] as number),
  );
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let tied = 0;
    while (end < order.length && scores[order[end] as number] === scores[order[start] as number]) {
      tied += event[order[end] as number] as number;
      end += 1;
    }
    rankSum += tied * ((start + end + 1) / 2);
    positives += tied;
    start = end;
  }
  const negatives = order.length - positives;
  if (positives < minClassRows || negatives < minClassRows) return 0;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Share of the variance that the cross-fitted means explain. */
function binnedR2(bins: Int32Array, values: Float64Array): number {
  const fitted = crossFitted(bins, values);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let residual = 0;
  let total = 0;
  for (const [row, value] of values.entries()) {
    residual += (value - (fitted[row] as number)) ** 2;
    total += (value - mean) ** 2;
  }
  return total > 0 ? 1 - residual / total : 0;
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
