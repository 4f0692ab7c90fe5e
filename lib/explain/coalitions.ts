/** Chooses the coalitions that kernel SHAP evaluates: the sizes that weigh most in full, the others by sampling. */
import type { Random } from '../core/index.ts';

/** Samples are dealt out to so many groups, whose differences tell the standard error. */
export const groups = 10;

/** Coalitions as masks, each with its weight in the regression. */
export interface Coalitions {
  /** Row-major [count, players]: 1 for members. */
  readonly masks: Uint8Array;
  readonly weights: Float64Array;
  /** The group of a sampled coalition; -1 if all of its size are there. */
  readonly group: Int8Array;
}

/** The fewest coalitions that determine every value with a standard error: single players, all but one, some samples. */
export const fewestCoalitions = (players: number): number =>
  Math.min(2 ** players - 2, 2 * players + 4 * groups);

/**
 * Coalitions with the Shapley kernel's weights (Lundberg and Lee 2017, theorem 2). Sizes are taken in full from the
 * smallest and largest inwards as long as they fit; what is left of the budget is drawn from the other sizes, each
 * coalition with its complement, which halves the noise (Covert and Lee 2021, "Improving KernelSHAP").
 *
 * @param players at least two
 * @param budget coalitions at most, at least `fewestCoalitions(players)`
 */
export function chooseCoalitions(players: number, budget: number, random: Random): Coalitions {
  const members: Uint8Array[] = [];
  const weights: number[] = [];
  const group: number[] = [];
  const add = (mask: Uint8Array, weight: number, of: number): void => {
    members.push(mask);
    weights.push(weight);
    group.push(of);
  };
  const open: number[] = [];
  let left = budget;
  for (let size = 1; size <= players / 2; size += 1) {
    const both = size * 2 === players ? 1 : 2;
    const all = subsets(players, size);
    if (open.length > 0 || all * both > left) {
      open.push(size);
      continue;
    }
    left -= all * both;
    for (const mask of everySubset(players, size)) {
      add(mask, sizeWeight(players, size) / all, -1);
      if (both === 2) add(complement(mask), sizeWeight(players, size) / all, -1);
    }
  }
  const pairs = open.length > 0 ? Math.floor(left / 2) : 0;
  const shares = open.map((size) => sizeWeight(players, size) * (size * 2 === players ? 1 : 2));
  const total = shares.reduce((sum, share) => sum + share, 0);
  for (let pair = 0; pair < pairs; pair += 1) {
    const mask = randomSubset(players, pick(open, shares, random.uniform() * total), random);
    add(mask, total / (2 * pairs), pair % groups);
    add(complement(mask), total / (2 * pairs), pair % groups);
  }
  const masks = new Uint8Array(members.length * players);
  for (const [index, mask] of members.entries()) masks.set(mask, index * players);
  return { masks, weights: Float64Array.from(weights), group: Int8Array.from(group) };
}

/** What all coalitions of a size weigh together. */
const sizeWeight = (players: number, size: number): number => (players - 1) / (size * (players - size));

function subsets(players: number, size: number): number {
  let count = 1;
  for (let index = 0; index < size; index += 1) count = (count * (players - index)) / (index + 1);
  return Math.round(count);
}

const complement = (mask: Uint8Array): Uint8Array => mask.map((member) => 1 - member);

/** Every mask with `size` members, in lexicographic order of the members. */
function* everySubset(players: number, size: number): Generator<Uint8Array> {
  const chosen = Array.from({ length: size }, (_, index) => index);
  for (;;) {
    const mask = new Uint8Array(players);
    for (const player of chosen) mask[player] = 1;
    yield mask;
    let last = size - 1;
    while (last >= 0 && chosen[last] === players - size + last) last -= 1;
    if (last < 0) return;
    chosen[last]! += 1;
    for (let index = last + 1; index < size; index += 1) chosen[index] = chosen[index - 1]! + 1;
  }
}

function randomSubset(players: number, size: number, random: Random): Uint8Array {
  const mask = new Uint8Array(players);
  for (let chosen = 0; chosen < size; ) {
    const player = random.integer(players);
    if (mask[player] === 1) continue;
    mask[player] = 1;
    chosen += 1;
  }
  return mask;
}

function pick(sizes: readonly number[], shares: readonly number[], place: number): number {
  let rest = place;
  for (const [index, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return sizes[index]!;
  }
  return sizes.at(-1)!;
}
