import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LearnerName } from '../../lib/contracts/model-spec.ts';
import { createRandom } from '../../lib/core/index.ts';
import { createSession, type TensorData } from '../../lib/onnx/index.ts';
import type { Series } from '../../lib/series/index.ts';
import { assembleForecast } from '../../lib/train/series/assemble-forecast.ts';
import type { QuantileOffsets } from '../../lib/train/series/conformal.ts';
import { forecastLearner } from '../../lib/train/series/learners.ts';
import type { ForecastTask } from '../../lib/train/series/types.ts';
import { windowFeeds } from '../../lib/train/series/windows.ts';
import { runPython } from './python.ts';

const cases = {
  seasonal_naive: ['seasonal_naive', {}],
  exponential_smoothing: ['exponential_smoothing', { trend: 'damped', seasonal: 'additive' }],
  autoregression: ['autoregression', { order: 30 }],
  boosting: ['boosting', { trees: 20 }],
  linear: ['linear', {}],
  lstm: ['recurrent', { cell: 'lstm', units: [8, 6], epochs: 2 }],
  gru: ['recurrent', { cell: 'gru', units: [8], epochs: 2 }],
  rnn: ['recurrent', { cell: 'rnn', units: [8], epochs: 2 }],
  attention: ['attention', { patch: 4, width: 8, heads: 2, blocks: 2, epochs: 2 }],
} as const satisfies Record<string, readonly [LearnerName, object]>;

const levels = [0.1, 0.5, 0.9];
const task: ForecastTask = {
  ...{ frequency: { unit: 'ms', size: 3_600_000 }, season: 24, horizon: 6, width: 2 },
  ...{ contextLimit: 72, isScaled: true, quantiles: levels },
};
const hours = 24 * 30;

/** Two series of other sizes with two known inputs. */
function makeSeries(): readonly Series[] {
  const random = createRandom(5);
  return [10, 3_000].map((size, index) => {
    const known = Float64Array.from({ length: 2 * hours }, () => random.normal());
    const values = Float64Array.from({ length: hours }, (_, hour) => {
      const signal = 2 + Math.sin((2 * Math.PI * hour) / 24) + 0.3 * known[2 * hour]!;
      return size * (signal + 0.1 * random.normal());
    });
    return { name: `${index}`, start: Date.parse('2026-02-20T00:00:00Z'), values, known, ahead: 0 };
  });
}

const listed = (data: TensorData['data']): readonly number[] =>
  Array.from(data as ArrayLike<number | bigint>, Number);

async function exportCase(folder: string, name: keyof typeof cases): Promise<void> {
  const [learner, parameters] = cases[name];
  const series = makeSeries();
  const forecaster = await forecastLearner(learner).fit(series, task, { seed: 1, threads: 1, parameters });
  // Offsets so large that learnt quantiles cross, and have to be put in order.
  const offsets: QuantileOffsets = {
    unit: learner === 'boosting' || learner === 'linear' ? 'expected_error' : 'window_size',
    levels,
    offsets: Float64Array.from({ length: 18 }, (_, place) => ((place * 7) % 5) / 10),
  };
  const file = assembleForecast({ forecaster, task, offsets });
  const origins = [0, 1].flatMap((one) => [100, 333, 700].map((at) => ({ series: one, at })));
  const feeds = windowFeeds(series, origins, { ...task, ...forecaster });
  const session = await createSession(file);
  const outputs = await session.run(feeds);
  await session.release();
  const plain = (tensors: Readonly<Record<string, TensorData>>) =>
    Object.entries(tensors).map(([key, { type, dims, data }]) => [key, { type, dims, data: listed(data) }]);
  const answers = Object.entries(outputs).map(([key, { data }]) => [key, listed(data)]);
  await writeFile(join(folder, `${name}.onnx`), file);
  await writeFile(join(folder, `${name}-feeds.json`), JSON.stringify(Object.fromEntries(plain(feeds))));
  await writeFile(join(folder, `${name}-answers.json`), JSON.stringify(Object.fromEntries(answers)));
}

interface Result {
  readonly name: string;
  readonly outputs: readonly string[];
  readonly onnxruntime: number;
  readonly reference: number;
}

let folder: string;
let results: readonly Result[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onramp-forecasts-'));
  const names = Object.keys(cases) as (keyof typeof cases)[];
  for (const name of names) await exportCase(folder, name);
  await writeFile(join(folder, 'work.json'), JSON.stringify(names));
  results = JSON.parse(await runPython('forecast-answers.py', [folder]));
}, 300_000);
afterAll(() => rm(folder, { recursive: true }));

it.each(Object.keys(cases))('the file of %s is valid ONNX and forecasts the same in Python', (name) => {
  const result = results.find((one) => one.name === name)!;

  expect(result.outputs).toEqual(['values', 'quantiles']);
  expect(result.onnxruntime).toBeLessThan(1e-5);
  expect(result.reference).toBeLessThan(1e-4);
});
