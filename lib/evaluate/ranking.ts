/** Metrics of the order in which scores put positive and negative rows; ties count as scikit-learn counts them. */
import { invalidInput } from '../core/index.ts';

/** Scores of one class, sorted once so that many reweightings of the rows cost one pass each. */
export interface Ranking {
  /** Row numbers, highest score first. */
  readonly order: Uint32Array;
  /** By position in `order`: 1 for a positive row. */
  readonly positive: Uint8Array;
  /** By position in `order`: 1 when the next position has a lower score, so a threshold can lie there. */
  readonly last: Uint8Array;
}

/** Both ranking metrics; null where they are undefined. */
export interface RankingScores {
  /** Area under the ROC curve; null unless there are positive and negative rows. */
  readonly auc: number | null;
  /** Mean of the precisions weighted by the steps in recall; null without positive rows. */
  readonly averagePrecision: number | null;
}

/**
 * Sorts rows by score.
 *
 * @param isPositive 1 or true for positive rows
 * @throws invalid_request for a NaN, which has no place in any order
 */
export function rankRows(scores: ArrayLike<number>, isPositive: ArrayLike<number | boolean>): Ranking {
  if (scores.length !== isPositive.length) {
    throw invalidInput(`There are ${scores.length} scores but ${isPositive.length} actual values`);
  }
  const order = Uint32Array.from(scores, (score, row) => {
    if (Number.isNaN(score)) throw invalidInput(`The score of row ${row} is NaN`);
    return row;
  }).sort((left, right) => scores[right]! - scores[left]!);
  const positive = new Uint8Array(order.length);
  const last = new Uint8Array(order.length);
  for (let at = 0; at < order.length; at += 1) {
    const row = order[at]!;
    positive[at] = isPositive[row] ? 1 : 0;
    last[at] = at + 1 === order.length || scores[order[at + 1]!] !== scores[row] ? 1 : 0;
  }
  return { order, positive, last };
}

/**
 * AUC and average precision.
 *
 * @param weights how often each row counts; once when left out
 */
export function rankingScores(ranking: Ranking, weights?: ArrayLike<number>): RankingScores {
  const { order, positive, last } = ranking;
  let truePositives = 0;
  let falsePositives = 0;
  let tiedPositives = 0;
  let tiedNegatives = 0;
  let area = 0;
  let precisions = 0;
  for (let at = 0; at < order.length; at += 1) {
    const weight = weights ? weights[order[at]!]! : 1;
    if (positive[at] === 1) tiedPositives += weight;
    else tiedNegatives += weight;
    if (last[at] === 0 || tiedPositives + tiedNegatives === 0) continue;
    area += tiedNegatives * (truePositives + tiedPositives / 2);
    truePositives += tiedPositives;
    falsePositives += tiedNegatives;
    precisions += (tiedPositives * truePositives) / (truePositives + falsePositives);
    tiedPositives = 0;
    tiedNegatives = 0;
  }
  return {
    auc: truePositives > 0 && falsePositives > 0 ? area / (truePositives * falsePositives) : null,
    averagePrecision: truePositives > 0 ? precisions / truePositives : null,
  };
}

/** Area under the ROC curve (the Mann-Whitney statistic, ties count half); null with one class only. */
export function rocAuc(scores: ArrayLike<number>, isPositive: ArrayLike<number | boolean>): number | null {
  return rankingScores(rankRows(scores, isPositive)).auc;
}

/** Average precision without interpolation; null without a positive row. */
export function averagePrecision(
  scores: ArrayLike<number>,
  isPositive: ArrayLike<number | boolean>,
): number | null {
  return rankingScores(rankRows(scores, isPositive)).averagePrecision;
}
