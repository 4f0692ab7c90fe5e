/** Turns answers into parts (folds, or all rows at once) whose metrics can be resampled cheaply. */
import { invalidInput } from '../core/index.ts';
import { type Part, rowsOfParts, type Scores } from './bootstrap.ts';
import { answerScores, confusionMatrix } from './confusion.ts';
import { brierScores, checkProbabilities, logLosses, type Probabilities } from './probabilities.ts';
import { rankingScores, rankRows } from './ranking.ts';
import { valueScorer } from './value-errors.ts';

/** What a classifier answered. */
export interface ClassificationAnswers {
  /** Class number of each row. */
  readonly actual: ArrayLike<number>;
  /** Row-major [rows, classes]. */
  readonly probabilities: Probabilities;
  /** Answered class numbers; the most probable ones when left out. */
  readonly predicted?: ArrayLike<number> | undefined;
  /** Number of classes. */
  readonly classes: number;
  /** With two classes, the one that precision, recall, F1, AUC and average precision speak of; 1 by default. */
  readonly positive?: number | undefined;
  /** Fold number of each row: metrics are then the means over the folds. */
  readonly folds?: ArrayLike<number> | undefined;
}

/** What a regression answered. */
export interface RegressionAnswers {
  readonly actual: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  /** The share of rows that are to stay below the predicted values: adds `pinball`. */
  readonly quantile?: number | undefined;
  /** Fold number of each row: metrics are then the means over the folds. */
  readonly folds?: ArrayLike<number> | undefined;
}

/** @throws invalid_request when the answers do not fit each other */
export function classificationParts(answers: ClassificationAnswers): readonly Part[] {
  const { actual, probabilities, classes, positive = 1, folds } = answers;
  refuseUnevenRows(actual, folds);
  if (!(Number.isInteger(classes) && classes >= 2)) {
    throw invalidInput(`A classification has at least two classes, got ${classes}`);
  }
  if (!(Number.isInteger(positive) && positive >= 0 && positive < classes)) {
    throw invalidInput(`The positive class is ${positive}; class numbers are below ${classes}`);
  }
  checkProbabilities({ actual, probabilities, classes });
  const predicted = answers.predicted ?? mostProbable(probabilities, classes);
  // Once over all rows, so that a refusal names the row as the caller counts it.
  confusionMatrix({ actual, predicted, classes });
  return rowsOfParts(actual.length, folds).map((rows) => ({
    rows: rows.length,
    score: classScorer({
      actual: pick(actual, rows),
      predicted: pick(predicted, rows),
      probabilities: pickRows(probabilities, rows, classes),
      classes,
      positive,
    }),
  }));
}

/** @throws invalid_request when the answers do not fit each other */
export function regressionParts({ actual, predicted, quantile, folds }: RegressionAnswers): readonly Part[] {
  refuseUnevenRows(actual, folds);
  // Once over all rows, so that a refusal names the row as the caller counts it.
  valueScorer({ actual, predicted });
  return rowsOfParts(actual.length, folds).map((rows) => {
    const score = valueScorer({ actual: pick(actual, rows), predicted: pick(predicted, rows), quantile });
    return { rows: rows.length, score: (counts) => ({ ...score(counts) }) };
  });
}

/** Class with the highest probability of each row; the first of equal ones. */
export function mostProbable(probabilities: Probabilities, classes: number): Int32Array {
  const labels = new Int32Array(probabilities.length / classes);
  for (let row = 0; row < labels.length; row += 1) {
    let best = 0;
    for (let k = 1; k < classes; k += 1) {
      if (probabilities[row * classes + k]! > probabilities[row * classes + best]!) best = k;
    }
    labels[row] = best;
  }
  return labels;
}

interface FoldAnswers {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly probabilities: Probabilities;
  readonly classes: number;
  readonly positive: number;
}

/** Sorts once and takes the losses of the rows once; each call is then a few passes over the rows. */
function classScorer(answers: FoldAnswers): Part['score'] {
  const { actual, predicted, probabilities, classes, positive } = answers;
  const ranked = classes === 2 ? [positive] : Array.from({ length: classes }, (_, k) => k);
  const rankings = ranked.map((k) =>
    rankRows(
      actual.map((_, row) => probabilities[row * classes + k]!),
      actual.map((label) => (label === k ? 1 : 0)),
    ),
  );
  const losses = logLosses(answers);
  const squares = brierScores(answers);
  return (counts): Scores => {
    const matrix = confusionMatrix({ actual, predicted, classes, weights: counts });
    const areas = rankings.map((ranking) => rankingScores(ranking, counts));
    return {
      ...answerScores(matrix, positive),
      auc: meanOfDefined(areas.map(({ auc }) => auc)),
      average_precision: meanOfDefined(areas.map(({ averagePrecision }) => averagePrecision)),
      log_loss: weightedMean(losses, counts),
      brier: weightedMean(squares, counts),
    };
  };
}

function refuseUnevenRows(actual: ArrayLike<number>, folds?: ArrayLike<number>): void {
  if (actual.length === 0) throw invalidInput('There are no rows to evaluate');
  if (folds !== undefined && folds.length !== actual.length) {
    throw invalidInput(`There are ${actual.length} rows but ${folds.length} fold numbers`);
  }
}

const pick = (values: ArrayLike<number>, rows: Uint32Array): Float64Array =>
  Float64Array.from(rows, (row) => values[row]!);

function pickRows(values: Probabilities, rows: Uint32Array, columns: number): Probabilities {
  const picked =
    values instanceof Float32Array
      ? new Float32Array(rows.length * columns)
      : new Float64Array(rows.length * columns);
  rows.forEach((row, index) => {
    picked.set(values.subarray(row * columns, (row + 1) * columns), index * columns);
  });
  return picked;
}

function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

/** The mean; every value counts once unless it is said how often. */
export function weightedMean(values: Float64Array, counts?: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let row = 0; row < values.length; row += 1) {
    const count = counts ? counts[row]! : 1;
    sum += count * values[row]!;
    total += count;
  }
  return sum / total;
}
