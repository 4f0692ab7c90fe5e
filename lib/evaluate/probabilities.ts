/** Metrics of probabilities, row by row, so that any reweighting of the rows is a weighted mean. */
import { invalidInput } from '../core/index.ts';

/** Row-major [rows, classes]; float32 as models answer, or float64. */
export type Probabilities = Float32Array | Float64Array;

/** Probabilities of the same rows as the actual class numbers. */
export interface ProbableAnswers {
  readonly actual: ArrayLike<number>;
  readonly probabilities: Probabilities;
  readonly classes: number;
}

/**
 * -ln of the probability of the actual class of each row, clipped to [eps, 1 - eps] where eps is the machine
 * epsilon of the probabilities' type, as in scikit-learn.
 */
export function logLosses({ actual, probabilities, classes }: ProbableAnswers): Float64Array {
  checkProbabilities({ actual, probabilities, classes });
  const epsilon = probabilities instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
  return Float64Array.from(actual, (label, row) => {
    const probability = probabilities[row * classes + label]!;
    return -Math.log(Math.min(1 - epsilon, Math.max(epsilon, probability)));
  });
}

/**
 * Squared error of the probabilities of each row: of one class of two, or summed over more than two classes.
 * This is scikit-learn's `brier_score_loss`.
 */
export function brierScores({ actual, probabilities, classes }: ProbableAnswers): Float64Array {
  checkProbabilities({ actual, probabilities, classes });
  return Float64Array.from(actual, (label, row) => {
    let sum = 0;
    for (let k = 0; k < classes; k += 1) {
      const error = probabilities[row * classes + k]! - (k === label ? 1 : 0);
      sum += error * error;
    }
    return classes === 2 ? sum / 2 : sum;
  });
}

/** Mean of -ln of the probability of the actual class. */
export const logLoss = (answers: ProbableAnswers): number => mean(logLosses(answers));

/** Brier score, see `brierScores`. */
export const brierScore = (answers: ProbableAnswers): number => mean(brierScores(answers));

/** @throws invalid_request when the probabilities do not have the shape [rows, classes] or are not in [0, 1] */
export function checkProbabilities({ actual, probabilities, classes }: ProbableAnswers): void {
  if (probabilities.length !== actual.length * classes) {
    throw invalidInput(
      `${actual.length} rows of ${classes} classes need ${actual.length * classes} probabilities, got ${probabilities.length}`,
    );
  }
  const wrong = probabilities.findIndex((value) => !(value >= 0 && value <= 1));
  if (wrong >= 0) {
    throw invalidInput(`Row ${Math.floor(wrong / classes)} has the probability ${probabilities[wrong]}`);
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
