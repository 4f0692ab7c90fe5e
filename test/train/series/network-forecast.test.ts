import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { trainNetwork } from '../../../lib/autodiff/index.ts';
import type { LearnerParameters } from '../../../lib/contracts/learner-parameters.ts';
import { createSession, decodeModel, floatTensor } from '../../../lib/onnx/index.ts';
import type { Series } from '../../../lib/series/index.ts';
import { trainingOf } from '../../../lib/train/networks/training.ts';
import { assembleForecast } from '../../../lib/train/series/assemble-forecast.ts';
import {
  attentionReader,
  forecastNetwork,
  recurrentReader,
} from '../../../lib/train/series/forecast-network.ts';
import { networkLearner } from '../../../lib/train/series/network-forecast.ts';
import type { ForecastTask } from '../../../lib/train/series/types.ts';
import { windowFeeds } from '../../../lib/train/series/windows.ts';

/** What `test/oracle/forecast-curves.py` writes. */
interface Curve {
  readonly title: string;
  readonly learner: 'recurrent' | 'attention';
  readonly parameters: LearnerParameters<'recurrent'> & LearnerParameters<'attention'>;
  readonly levels: readonly number[];
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly number[];
}
const curves: readonly Curve[] = JSON.parse(
  readFileSync(new URL('./fixtures/network-curves.json', import.meta.url), 'utf8'),
);
const [rows, context, horizon, places] = [24, 12, 5, 2] as const;

/** Numbers from -1 to 1 without an order that one can see. */
const pattern = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, index) => (((index * 7919 + seed * 613) % 10007) / 10007) * 2 - 1);

function startOf(name: string, shape: readonly number[]) {
  const seed = [...name].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0);
  const scale = shape.length === 1 ? 0.1 : Math.sqrt(3 / shape[0]!);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = pattern(count, seed).map((value) =>
    name.endsWith('scale') ? 1 + 0.1 * value : value * scale,
  );
  return floatTensor(values, shape);
}

it.each(curves)('$title learn step by step as in PyTorch', async (curve) => {
  const { learner, parameters, levels, shapes, losses } = curve;
  const reader = learner === 'recurrent' ? recurrentReader(parameters) : attentionReader(context, parameters);
  const network = forecastNetwork(reader, { context, horizon, places, levels }, parameters);
  const start = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, startOf(name, shape)]),
  );
  const inputs = {
    window: floatTensor(pattern(rows * context, 1), [rows, context]),
    ahead: floatTensor(pattern(rows * horizon * places, 2), [rows, horizon, places]),
  };
  const target = floatTensor(pattern(rows * horizon, 3), [rows, horizon]);
  const training = trainingOf({ optimizer: 'adam', learning_rate: 0.004, epochs: losses.length }, rows);

  const { history } = await trainNetwork(
    { network, loss: { kind: 'quantile', quantiles: levels }, inputs, target },
    { ...training, batchSize: rows, seed: 1, start },
  );

  expect(Object.keys(network.parameters).sort()).toEqual(Object.keys(shapes).sort());
  expect(losses).toHaveLength(100);
  const differences = history.map(({ loss }, step) => Math.abs(loss - losses[step]!));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
});

const hourMs = 3_600_000;

/** Two waves of a day, one a thousand times larger; a known input lifts both by a quarter where it is 1. */
function waves(hours: number): readonly Series[] {
  let state = 3;
  const known = Float64Array.from({ length: hours + 24 }, (_, hour) => Number(hour % 31 < 5));
  return [1, 1_000].map((size) => {
    const values = Float64Array.from({ length: hours }, (_, hour) => {
      state = (state * 16_807) % 2_147_483_647;
      const noise = 0.4 * (state / 2_147_483_647 - 0.5);
      return size * (20 + 4 * Math.sin((2 * Math.PI * hour) / 24) + 5 * known[hour]! + noise);
    });
    return { name: `${size}`, start: 0, values, known, ahead: 24 };
  });
}

const task: ForecastTask = {
  ...{ frequency: { unit: 'ms', size: hourMs }, season: 24, horizon: 12, width: 1 },
  ...{ contextLimit: 96, isScaled: true, quantiles: [0.1, 0.9] },
};

describe.each([
  [
    'recurrent',
    networkLearner('recurrent'),
    { cell: 'gru', units: [16], hidden: 16, epochs: 12, learning_rate: 0.01 },
    'GRU',
  ],
  [
    'attention',
    networkLearner('attention'),
    { patch: 6, width: 16, epochs: 12, learning_rate: 0.01 },
    'Softmax',
  ],
] as const)('%s', (name, learner, parameters, operator) => {
  it('forecasts series of all sizes with what is known ahead, its quantiles in order', async () => {
    const series = waves(24 * 40);
    const seen = series.map((one) => ({ ...one, values: one.values.subarray(0, 24 * 30) }));

    const forecaster = await learner.fit(seen, task, { seed: 1, threads: 1, parameters });
    const file = assembleForecast({ forecaster, task });

    const origins = [0, 1].flatMap((number) =>
      Array.from({ length: 9 }, (_, step) => ({ series: number, at: 24 * 30 + step * 24 + step })),
    );
    const session = await createSession(file);
    const { values, quantiles } = await session.run(windowFeeds(series, origins, { ...task, ...forecaster }));
    await session.release();
    const [forecasts, levels] = [values!.data as Float32Array, quantiles!.data as Float32Array];
    const errors = [...forecasts].map((value, place) => {
      const { series: number, at } = origins[Math.floor(place / 12)]!;
      return Math.abs(value / series[number]!.values[at + (place % 12)]! - 1);
    });
    const inside = [...forecasts].filter((_, place) => {
      const [origin, step] = [Math.floor(place / 12), place % 12];
      const { series: number, at } = origins[origin]!;
      const truth = series[number]!.values[at + step]!;
      return levels[origin * 24 + step]! <= truth && truth <= levels[origin * 24 + 12 + step]!;
    });
    // Without the known input the mean error is beyond a tenth wherever it is 1.
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(0.05);
    expect(inside.length / forecasts.length).toBeGreaterThan(0.4);
    for (let place = 0; place < forecasts.length; place += 1) {
      const low = Math.floor(place / 12) * 24 + (place % 12);
      expect(levels[low]!).toBeLessThanOrEqual(forecasts[place]!);
      expect(forecasts[place]!).toBeLessThanOrEqual(levels[low + 12]!);
    }
    expect(decodeModel(file).graph.nodes.map(({ opType }) => opType)).toContain(operator);
    expect(forecaster).toMatchObject({ usesTime: true });
    expect(name).toBe(learner.name);
  }, 60_000);

  it('bad call: a window that is longer than the history allows', async () => {
    const asked = async () =>
      learner.fit(waves(200), task, { seed: 1, threads: 1, parameters: { window: 97 } });

    await expect(asked).rejects.toMatchObject({
      code: 'history_too_short',
      param: 'parameters.window',
      message: expect.stringContaining('at most 96'),
    });
  });
});
