/**
 * Kernel SHAP: Shapley values of any model by weighted least squares over coalitions of raw columns, constrained to
 * add up (Lundberg and Lee 2017); columns outside a coalition take the values of every background row in turn.
 */
import type { Random } from '../core/index.ts';
import { solveNormalEquations } from './cholesky.ts';
import { type Coalitions, chooseCoalitions, groups } from './coalitions.ts';
import type { MixedAnswers } from './mixed-rows.ts';

/** The game that is played, and what may be spent on it. */
export interface KernelOptions {
  /** Raw columns. */
  readonly players: number;
  readonly outputs: number;
  /** Rows of the background. */
  readonly samples: number;
  /** Coalitions at most; each costs as many evaluations as the background has rows. */
  readonly coalitions: number;
  readonly random: Random;
}

/** Estimates for each output. */
export interface KernelEstimate {
  readonly base: Float64Array;
  readonly prediction: Float64Array;
  /** [outputs, players] */
  readonly values: Float64Array;
  /** Standard errors [outputs, players]; zero where every coalition was evaluated. */
  readonly errors: Float64Array;
}

/** Estimates the Shapley values of one row. */
export async function kernelShap(answer: MixedAnswers, options: KernelOptions): Promise<KernelEstimate> {
  const { players, outputs, coalitions, random } = options;
  const ends = new Uint8Array(2 * players).fill(1, players);
  const worths = await coalitionWorths(answer, ends, options);
  const [base, prediction] = [worths.slice(0, outputs), worths.slice(outputs)];
  if (players === 1) {
    const values = prediction.map((worth, output) => worth - base[output]!);
    return { base, prediction, values, errors: new Float64Array(outputs) };
  }
  const chosen = chooseCoalitions(players, coalitions, random);
  const gains = await coalitionWorths(answer, chosen.masks, options);
  for (let index = 0; index < gains.length; index += 1) gains[index]! -= base[index % outputs]!;
  const total = prediction.map((worth, output) => worth - base[output]!);
  const sums = sumByGroup(chosen, gains, { players, outputs, total });
  const solve = (parts: readonly GroupSums[]): Float64Array => solveParts(parts, { players, outputs, total });
  const values = solve(sums.map((sum) => ({ ...sum, scale: 1 })));
  const errors = sums.length > 1 ? jackknife(sums, solve) : new Float64Array(values.length);
  return { base, prediction, values, errors };
}

/** The mean answer of each coalition over the background; [coalitions, outputs]. */
async function coalitionWorths(
  answer: MixedAnswers,
  masks: Uint8Array,
  { players, outputs, samples }: KernelOptions,
): Promise<Float64Array> {
  const count = masks.length / players;
  const worths = new Float64Array(count * outputs);
  const partners = Int32Array.from({ length: samples }, (_, sample) => sample);
  // A few coalitions at a time: their rows would fill the memory otherwise.
  const together = Math.max(1, Math.floor(4096 / samples));
  for (let start = 0; start < count; start += together) {
    const end = Math.min(count, start + together);
    const mixed = new Uint8Array((end - start) * samples * players);
    const all = new Int32Array((end - start) * samples);
    for (let index = 0; index < all.length; index += 1) {
      const coalition = start + Math.floor(index / samples);
      mixed.set(masks.subarray(coalition * players, (coalition + 1) * players), index * players);
      all[index] = partners[index % samples]!;
    }
    const answers = await answer(mixed, all);
    for (let index = 0; index < answers.length; index += 1) {
      const row = Math.floor(index / outputs);
      worths[(start + Math.floor(row / samples)) * outputs + (index % outputs)]! += answers[index]! / samples;
    }
  }
  return worths;
}

/** Sums of the normal equations over some coalitions, in the players but the last. */
interface GroupSums {
  readonly matrix: Float64Array;
  readonly sides: Float64Array;
  readonly scale: number;
}

interface Game {
  readonly players: number;
  readonly outputs: number;
  /** Prediction minus base, which the values must add up to; one an output. */
  readonly total: Float64Array;
}

/** The coalitions taken in full first, then the groups of sampled ones, if any. */
function sumByGroup({ masks, weights, group }: Coalitions, gains: Float64Array, game: Game): GroupSums[] {
  const { players, outputs, total } = game;
  const size = players - 1;
  const count = group.some((of) => of >= 0) ? groups + 1 : 1;
  const sums = Array.from({ length: count }, () => ({
    matrix: new Float64Array(size * size),
    sides: new Float64Array(size * outputs),
    scale: 1,
  }));
  const row = new Float64Array(size);
  for (let index = 0; index < weights.length; index += 1) {
    const last = masks[index * players + size]!;
    for (let player = 0; player < size; player += 1) row[player] = masks[index * players + player]! - last;
    const { matrix, sides } = sums[group[index]! + 1]!;
    for (let player = 0; player < size; player += 1) {
      const weighted = weights[index]! * row[player]!;
      if (weighted === 0) continue;
      for (let other = 0; other <= player; other += 1)
        matrix[player * size + other]! += weighted * row[other]!;
      for (let output = 0; output < outputs; output += 1) {
        sides[player * outputs + output]! +=
          weighted * (gains[index * outputs + output]! - last * total[output]!);
      }
    }
  }
  return sums;
}

/** The values [outputs, players]; the last player gets what is missing to the total. */
function solveParts(parts: readonly GroupSums[], { players, outputs, total }: Game): Float64Array {
  const size = players - 1;
  const matrix = new Float64Array(size * size);
  const sides = new Float64Array(size * outputs);
  for (const part of parts) {
    for (let index = 0; index < matrix.length; index += 1) matrix[index]! += part.scale * part.matrix[index]!;
    for (let index = 0; index < sides.length; index += 1) sides[index]! += part.scale * part.sides[index]!;
  }
  const solved = solveNormalEquations(matrix, sides, { size, count: outputs });
  const values = new Float64Array(outputs * players);
  for (let output = 0; output < outputs; output += 1) {
    let rest = total[output]!;
    for (let player = 0; player < size; player += 1) {
      const value = solved[player * outputs + output]!;
      values[output * players + player] = value;
      rest -= value;
    }
    values[output * players + size] = rest;
  }
  return values;
}

/** Standard errors by leaving out one group of samples at a time (the delete-a-group jackknife). */
function jackknife(
  [full, ...sampled]: readonly GroupSums[],
  solve: (parts: readonly GroupSums[]) => Float64Array,
): Float64Array {
  const count = sampled.length;
  const scale = count / (count - 1);
  const replicates = sampled.map((left) =>
    solve([full!, ...sampled.filter((group) => group !== left).map((group) => ({ ...group, scale }))]),
  );
  return replicates[0]!.map((_, index) => {
    const mean = replicates.reduce((sum, values) => sum + values[index]!, 0) / count;
    const squares = replicates.reduce((sum, values) => sum + (values[index]! - mean) ** 2, 0);
    return Math.sqrt(((count - 1) / count) * squares);
  });
}
