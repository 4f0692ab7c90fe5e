import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { chooseCoalitions, fewestCoalitions } from '../../lib/explain/coalitions.ts';
import { type Feeds, fitLime, kernelShap, mixedAnswers, type RawModel } from '../../lib/explain/index.ts';
import { floatTensor } from '../../lib/onnx/index.ts';
import { shapleyValues } from './ensembles.ts';

/**
 * Two outputs: products of three neighbours and a sine, as coalitions in pairs are exact for products of two; and a
 * plain weighted sum.
 */
function modelOf(players: number): RawModel {
  return {
    columns: Array.from({ length: players }, (_, index) => ({ input: 'x', index })),
    outputs: 2,
    run: async ({ x }: Feeds, rows) => {
      const data = x!.data as Float32Array;
      return Float64Array.from({ length: rows * 2 }, (_, place) => {
        const row = data.subarray(Math.floor(place / 2) * players, (Math.floor(place / 2) + 1) * players);
        const terms = Array.from(row, (value, column) =>
          place % 2 === 0
            ? value * row[(column + 1) % players]! * row[(column + 2) % players]! + Math.sin(value)
            : (column + 1) * value,
        );
        return terms.reduce((sum, term) => sum + term, 0);
      });
    },
  };
}

const feeds = (rows: number, players: number, seed: number): Feeds => {
  const random = createRandom(seed);
  return {
    x: floatTensor(
      Float32Array.from({ length: rows * players }, () => random.normal()),
      [rows, players],
    ),
  };
};

const samples = 8;

async function estimate(players: number, coalitions: number, seed = 3) {
  const model = modelOf(players);
  const answer = mixedAnswers(model, feeds(1, players, 1), feeds(samples, players, 2));
  return kernelShap(answer, { players, outputs: 2, samples, coalitions, random: createRandom(seed) });
}

/** Shapley values of both outputs by their definition. */
async function exactValues(players: number): Promise<number[]> {
  const model = modelOf(players);
  const answer = mixedAnswers(model, feeds(1, players, 1), feeds(samples, players, 2));
  const sets = 2 ** players;
  const masks = Uint8Array.from({ length: sets * samples * players }, (_, place) => {
    const set = Math.floor(place / (samples * players));
    return (set >> (place % players)) & 1;
  });
  const partners = Int32Array.from({ length: sets * samples }, (_, index) => index % samples);
  const answers = await answer(masks, partners);
  return [0, 1].flatMap((output) =>
    shapleyValues(players, (isIn) => {
      const set = Array.from({ length: players }, (_, player) => (isIn(player) ? 2 ** player : 0)).reduce(
        (sum, bit) => sum + bit,
      );
      let sum = 0;
      for (let sample = 0; sample < samples; sample += 1)
        sum += answers[(set * samples + sample) * 2 + output]!;
      return sum / samples;
    }),
  );
}

describe('kernel SHAP', () => {
  it.each([2, 3, 6])(
    'equals the definition when all coalitions of %i columns fit the budget',
    async (players) => {
      const { values, errors } = await estimate(players, 2 ** players - 2);

      const exact = await exactValues(players);
      for (const [index, value] of exact.entries()) expect(values[index]).toBeCloseTo(value, 8);
      expect([...errors]).toEqual(exact.map(() => 0));
    },
  );

  it('gives one column the whole difference', async () => {
    const { base, prediction, values } = await estimate(1, 0);

    expect(values[1]).toBeCloseTo(prediction[1]! - base[1]!, 12);
  });

  it('estimates within its own standard errors and adds up exactly when coalitions are sampled', async () => {
    const players = 11;
    const { base, prediction, values, errors } = await estimate(players, 300);

    const exact = await exactValues(players);
    const ratios = exact.map((value, index) => Math.abs(values[index]! - value) / errors[index]!);
    expect(Math.min(...errors.subarray(0, players))).toBeGreaterThan(0);
    expect(Math.max(...ratios.slice(0, players))).toBeLessThan(4);
    // The plain sum is linear in the coalitions: there is nothing to be wrong about.
    for (let player = 0; player < players; player += 1) {
      expect(values[players + player]).toBeCloseTo(exact[players + player]!, 8);
    }
    for (const output of [0, 1]) {
      const total = values
        .subarray(output * players, (output + 1) * players)
        .reduce((sum, value) => sum + value);
      expect(base[output]! + total).toBeCloseTo(prediction[output]!, 9);
    }
  });

  it('states standard errors that shrink with the budget', async () => {
    const sumOf = (errors: Float64Array): number =>
      errors.subarray(0, 14).reduce((sum, error) => sum + error);

    const [few, many] = [await estimate(14, 200), await estimate(14, 3200)];

    expect(sumOf(many.errors)).toBeLessThan(sumOf(few.errors) / 2);
  });

  it('answers the same for the same seed', async () => {
    expect(await estimate(12, 100)).toEqual(await estimate(12, 100));
  });

  it('determines every value with the fewest coalitions it asks for', async () => {
    const { errors } = await estimate(16, fewestCoalitions(16));

    expect(errors.every((error) => Number.isFinite(error))).toBe(true);
  });
});

describe('chooseCoalitions', () => {
  it('takes outer sizes in full, samples the rest in pairs, and weighs all as the kernel does', () => {
    const { masks, weights, group } = chooseCoalitions(12, 400, createRandom(1));

    const sizes = Array.from(weights, (_, index) =>
      masks.subarray(index * 12, (index + 1) * 12).reduce((sum, member) => sum + member, 0),
    );
    const full = sizes.filter((_, index) => group[index] === -1);
    // 12 and 66 subsets of one and two players, and their complements.
    expect(full.length).toBe(2 * (12 + 66));
    expect(weights.length).toBe(400);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const kernel = Array.from({ length: 11 }, (_, index) => 11 / ((index + 1) * (11 - index)));
    expect(total).toBeCloseTo(
      kernel.reduce((sum, weight) => sum + weight, 0),
      9,
    );
  });
});

describe('LIME', () => {
  const players = 5;
  const answer = mixedAnswers(modelOf(players), feeds(1, players, 1), feeds(1, players, 2));
  const options = { players, outputs: 2, samples: 1, evaluations: 4000, random: createRandom(3) };

  it('finds a weighted sum and says that it fits, but not a sum with products', async () => {
    const [own, other] = [feeds(1, players, 1).x!.data, feeds(1, players, 2).x!.data] as Float32Array[];

    const { values, intercept, prediction, r2 } = await fitLime(answer, options);

    for (let player = 0; player < players; player += 1) {
      const difference = (player + 1) * (own![player]! - other![player]!);
      expect(Math.abs(values[players + player]! - difference)).toBeLessThan(
        0.01 * Math.max(1, Math.abs(difference)),
      );
    }
    expect(r2[1]).toBeGreaterThan(0.999);
    expect(r2[0]).toBeLessThan(0.999);
    const local = values.subarray(players).reduce((sum, value) => sum + value, intercept[1]!);
    expect(Math.abs(local - prediction[1]!)).toBeLessThan(0.05);
  });
});
