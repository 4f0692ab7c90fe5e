/** Counts and moments within each class: all that naive Bayes learns. */
import { invalidInput, type Matrix } from '../../core/index.ts';
import type { FeatureBlock } from '../../preprocess/types.ts';
import type {
  BayesPart,
  BayesRows,
  CategoryPart,
  ColumnRange,
  GaussianPart,
  NaiveBayes,
  TermPart,
} from './types.ts';

/** How counts and variances are smoothed. */
export interface BayesOptions {
  /** Rows added to the count of each category or word. */
  readonly alpha: number;
  /** Share of the largest variance that is added to all of them. */
  readonly varSmoothing: number;
  readonly weights?: Float64Array;
  /** What the columns are; all numbers when left out. */
  readonly layout?: readonly FeatureBlock[];
}

/** So small that it changes nothing, and so large that what is divided by it stays finite for every float32. */
const leastVariance = 1e-200;
/** Stands for the share of a class without rows. */
const leastShare = 1e-9;

/**
 * Numbers and pixels as normal within a class, as scikit-learn's `GaussianNB`; categories by their shares, as
 * `CategoricalNB`; words by theirs, as `MultinomialNB`. A missing number (NaN) and an unknown category (-1) say nothing
 * and count nothing.
 *
 * @param labels class number of each row
 * @throws invalid_request for blocks that naive Bayes has no distribution for, and for negative weights of words
 */
export function fitBayes(
  x: Matrix,
  labels: Int32Array,
  classes: number,
  { weights, layout, ...smoothing }: BayesOptions,
): NaiveBayes {
  const rows: BayesRows = { labels, classes, weightOf: (row) => weights?.[row] ?? 1 };
  const totals = new Float64Array(classes);
  for (const [row, label] of labels.entries()) totals[label]! += rows.weightOf(row);
  const all = totals.reduce((sum, total) => sum + total, 0);
  const blocks = layout ?? [{ kind: 'numbers', start: 0, size: x.columns, shape: [x.columns] } as const];
  return {
    classes,
    logPriors: totals.map((total) => Math.log(Math.max(leastShare, total / all))),
    parts: smoothVariances(
      blocks.map((block) => fitPart(x, rows, block, smoothing.alpha)),
      smoothing.varSmoothing,
    ),
  };
}

function fitPart(x: Matrix, rows: BayesRows, { kind, start, size }: FeatureBlock, alpha: number): Part {
  const range = { start, size };
  if (kind === 'numbers' || kind === 'pixels') return fitGaussian(x, rows, range);
  if (kind === 'categories') return { part: fitCategories(x, rows, range, alpha) };
  if (kind === 'terms') return { part: fitTerms(x, rows, range, alpha) };
  throw invalidInput('Naive Bayes cannot learn from sequences of words; count them as terms instead.', {
    code: 'learner_input',
    param: 'learner',
  });
}

/** A part, and of numbers the largest variance of a column over all classes. */
interface Part {
  readonly part: BayesPart;
  readonly largestVariance?: number;
}

/** Weighted means and variances in one pass (West 1979). */
function fitGaussian(
  x: Matrix,
  { labels, classes, weightOf }: BayesRows,
  { start, size }: ColumnRange,
): Part {
  // Behind the classes all rows together, for the scale of the smoothing.
  const groups = classes + 1;
  const [counts, means, squares] = [0, 0, 0].map(() => new Float64Array(size * groups)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < x.rows; row += 1) {
    const weight = weightOf(row);
    if (weight === 0) continue;
    for (let column = 0; column < size; column += 1) {
      const value = x.data[row * x.columns + start + column]!;
      if (Number.isNaN(value)) continue;
      for (const group of [labels[row]!, classes]) {
        const at = column * groups + group;
        counts[at]! += weight;
        const deviation = value - means[at]!;
        means[at]! += (deviation * weight) / counts[at]!;
        squares[at]! += weight * deviation * (value - means[at]!);
      }
    }
  }
  const variances = squares.map((sum, at) => (counts[at]! > 0 ? sum / counts[at]! : 0));
  const overall = variances.filter((_, at) => at % groups === classes);
  const ofClass = (values: Float64Array, empty: (column: number) => number): Float64Array =>
    Float64Array.from({ length: size * classes }, (_, at) => {
      const from = Math.floor(at / classes) * groups + (at % classes);
      return counts[from]! > 0 ? values[from]! : empty(Math.floor(at / classes));
    });
  const part: GaussianPart = {
    ...{ kind: 'gaussian', start, size },
    // A class without a value here is as all rows are.
    means: ofClass(means, (column) => means[column * groups + classes]!),
    variances: ofClass(variances, (column) => overall[column]!),
  };
  return { part, largestVariance: overall.reduce((most, value) => Math.max(most, value), 0) };
}

function smoothVariances(parts: readonly Part[], share: number): readonly BayesPart[] {
  const largest = Math.max(0, ...parts.map(({ largestVariance = 0 }) => largestVariance));
  const added = Math.max(share * largest, leastVariance);
  return parts.map(({ part }) =>
    part.kind === 'gaussian' ? { ...part, variances: part.variances.map((value) => value + added) } : part,
  );
}

function fitCategories(
  x: Matrix,
  { labels, classes, weightOf }: BayesRows,
  { start, size }: ColumnRange,
  alpha: number,
): CategoryPart {
  const codes = Array.from({ length: size }, (_, column) => {
    let highest = 0;
    for (let row = 0; row < x.rows; row += 1) {
      highest = Math.max(highest, x.data[row * x.columns + start + column]!);
    }
    return highest + 1;
  });
  const logShares: number[] = [];
  for (const [column, count] of codes.entries()) {
    const counts = new Float64Array(count * classes).fill(alpha);
    const totals = new Float64Array(classes).fill(alpha * count);
    for (let row = 0; row < x.rows; row += 1) {
      const code = x.data[row * x.columns + start + column]!;
      if (!(code >= 0)) continue;
      counts[code * classes + labels[row]!]! += weightOf(row);
      totals[labels[row]!]! += weightOf(row);
    }
    for (const [at, value] of counts.entries()) logShares.push(Math.log(value / totals[at % classes]!));
  }
  return { kind: 'categories', start, size, codes, logShares: Float64Array.from(logShares) };
}

function fitTerms(
  x: Matrix,
  { labels, classes, weightOf }: BayesRows,
  { start, size }: ColumnRange,
  alpha: number,
): TermPart {
  const sums = new Float64Array(size * classes).fill(alpha);
  const totals = new Float64Array(classes).fill(alpha * size);
  for (let row = 0; row < x.rows; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const value = x.data[row * x.columns + start + column]!;
      if (value === 0) continue;
      if (!(value > 0))
        throw invalidInput(`Naive Bayes counts words, and row ${row} has the weight ${value}.`);
      sums[column * classes + labels[row]!]! += weightOf(row) * value;
      totals[labels[row]!]! += weightOf(row) * value;
    }
  }
  return {
    kind: 'terms',
    start,
    size,
    logShares: sums.map((sum, at) => Math.log(sum / totals[at % classes]!)),
  };
}
