/**
 * LIME: a weighted ridge regression around one row (Ribeiro, Singh and Guestrin 2016). A column that is "off" takes
 * its value from a background row drawn at random; coefficients tell what each column's own value adds nearby.
 */
import type { Random } from '../core/index.ts';
import { solveNormalEquations } from './cholesky.ts';
import type { MixedAnswers } from './mixed-rows.ts';

/** What is fitted, and on how many samples. */
export interface LimeOptions {
  readonly players: number;
  readonly outputs: number;
  /** Rows of the background. */
  readonly samples: number;
  /** Rows the model is asked about. */
  readonly evaluations: number;
  readonly random: Random;
}

/** The local model of each output. */
export interface LimeFit {
  /** What the local model says with every column off. */
  readonly intercept: Float64Array;
  /** What the model itself says of the row. */
  readonly prediction: Float64Array;
  /** [outputs, players] */
  readonly values: Float64Array;
  /** Share of the (weighted) variance that the local model explains; how far it can be trusted. */
  readonly r2: Float64Array;
}

/** Penalty on squared coefficients, as in the authors' own implementation. */
const ridge = 1;
/** Width of the kernel in units of the largest distance, as there. */
const kernelWidth = 0.75;

/** Fits the local model of one row. */
export async function fitLime(answer: MixedAnswers, options: LimeOptions): Promise<LimeFit> {
  const { players, outputs } = options;
  const { masks, partners, weights } = drawSamples(options);
  const answers = await answer(masks, partners);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const meanOf = (of: (sample: number) => number): number =>
    weights.reduce((sum, weight, sample) => sum + weight * of(sample), 0) / total;
  const centers = Float64Array.from({ length: players }, (_, player) =>
    meanOf((sample) => masks[sample * players + player]!),
  );
  const means = Float64Array.from({ length: outputs }, (_, output) =>
    meanOf((sample) => answers[sample * outputs + output]!),
  );
  const matrix = new Float64Array(players * players);
  const sides = new Float64Array(players * outputs);
  for (let sample = 0; sample < weights.length; sample += 1) {
    for (let player = 0; player < players; player += 1) {
      const weighted = weights[sample]! * (masks[sample * players + player]! - centers[player]!);
      for (let other = 0; other <= player; other += 1) {
        matrix[player * players + other]! += weighted * (masks[sample * players + other]! - centers[other]!);
      }
      for (let output = 0; output < outputs; output += 1) {
        sides[player * outputs + output]! +=
          weighted * (answers[sample * outputs + output]! - means[output]!);
      }
    }
  }
  for (let player = 0; player < players; player += 1) matrix[player * players + player]! += ridge;
  const solved = solveNormalEquations(matrix, sides, { size: players, count: outputs });
  const values = solved.map((_, place) => solved[(place % players) * outputs + Math.floor(place / players)]!);
  const intercept = means.map((mean, output) =>
    centers.reduce((rest, center, player) => rest - center * values[output * players + player]!, mean),
  );
  const localAnswer = (sample: number, output: number): number => {
    let sum = intercept[output]!;
    for (let player = 0; player < players; player += 1) {
      if (masks[sample * players + player] === 1) sum += values[output * players + player]!;
    }
    return sum;
  };
  const r2 = means.map((mean, output) => {
    const spread = meanOf((sample) => (answers[sample * outputs + output]! - mean) ** 2);
    const left = meanOf((sample) => (answers[sample * outputs + output]! - localAnswer(sample, output)) ** 2);
    return spread === 0 ? 1 : 1 - left / spread;
  });
  return { intercept, prediction: answers.slice(0, outputs), values, r2 };
}

/** The row itself first; then rows with one column off to all, by an exponential kernel of how many. */
function drawSamples({ players, samples, evaluations, random }: LimeOptions): {
  readonly masks: Uint8Array;
  readonly partners: Int32Array;
  readonly weights: Float64Array;
} {
  const masks = new Uint8Array(evaluations * players).fill(1);
  const partners = Int32Array.from({ length: evaluations }, () => random.integer(samples));
  const weights = new Float64Array(evaluations).fill(1);
  const order = Int32Array.from({ length: players }, (_, player) => player);
  for (let sample = 1; sample < evaluations; sample += 1) {
    const off = 1 + random.integer(players);
    random.shuffle(order);
    for (let index = 0; index < off; index += 1) masks[sample * players + order[index]!] = 0;
    weights[sample] = Math.exp(-off / (kernelWidth * kernelWidth * players));
  }
  return { masks, partners, weights };
}
