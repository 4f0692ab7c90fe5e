/** Forecasts whose training is paused, gone on with, or cancelled. */
import { describe, expect, it } from 'vitest';
import type { LearnerName } from '../../../lib/contracts/model-spec.ts';
import { createRandom, internal, silentLogger } from '../../../lib/core/index.ts';
import type { KeptWork } from '../../../lib/train/index.ts';
import { type ForecastJudge, trainForecast } from '../../../lib/train/series/train-forecast.ts';
import type { ForecastProblem } from '../../../lib/train/series/types.ts';

const random = createRandom(11);
const values = Float64Array.from(
  { length: 24 * 5 },
  (_, hour) => 20 + 5 * Math.sin((2 * Math.PI * hour) / 24) + random.normal(),
);

const problemOf = (learner: LearnerName, parameters: object): ForecastProblem => ({
  spec: {
    ...{ dataset: 'd', target: 'y', learner, parameters: { ...parameters } },
    series: { time: 't', horizon: 24 },
  },
  series: [{ name: '', start: 0, values, known: new Float64Array(0), ahead: 0 }],
  ...{ frequency: { unit: 'ms', size: 3_600_000 }, season: 24, horizon: 24, width: 0 },
  ...{ quantiles: [0.1, 0.9], seed: 5 },
});

const judge: ForecastJudge = {
  metric: 'mae',
  score: ({ actual, values: forecasts }) =>
    actual.reduce((sum, value, place) => sum + Math.abs(value - forecasts[place]!), 0) / actual.length,
};

const context = { threads: 1, logger: silentLogger };

function memory(): KeptWork & { readonly objects: Map<string, Uint8Array> } {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    worthMs: 0,
    load: async (name) => objects.get(name) ?? null,
    save: async (name, bytes) => {
      objects.set(name, bytes);
    },
  };
}

const noTime = internal('no time left', { code: 'training_paused' });

describe('a forecast whose training is paused', () => {
  it.each([
    ['recurrent', { cell: 'gru', units: [4], hidden: 8, window: 12, epochs: 40, patience: 0 }],
    ['attention', { patch: 6, width: 8, heads: 2, hidden: 8, window: 24, epochs: 40, patience: 0 }],
  ] as const)('goes on from its checkpoint to the same file: %s', async (learner, parameters) => {
    const problem = problemOf(learner, parameters);
    const whole = await trainForecast(problem, judge, context);
    const kept = memory();
    const pause = new AbortController();
    const paused = trainForecast(problem, judge, {
      ...{ ...context, kept, pause: pause.signal },
      onProgress: (_fraction, message) => {
        if (message.startsWith(`${learner}: cut 2 of 2, epoch`)) pause.abort(noTime);
      },
    });
    await expect(paused).rejects.toMatchObject({ code: 'training_paused' });
    const saved = [...kept.objects.keys()];
    const epochs: number[] = [];

    const resumed = await trainForecast(problem, judge, {
      ...{ ...context, kept },
      onProgress: (_fraction, message) => {
        const [, epoch] = /cut 2 of 2, epoch (\d+)/.exec(message) ?? [];
        if (epoch !== undefined) epochs.push(Number(epoch));
      },
    });

    expect(saved).toEqual([`${learner}/cut-2.state`]);
    expect(epochs[0]).toBeGreaterThan(1);
    expect(resumed.assemble({})).toEqual(whole.assemble({}));
    expect(resumed.rolling).toEqual(whole.rolling);
  });

  it('begins anew where the learner keeps nothing, and comes to the same file', async () => {
    const problem = problemOf('boosting', { trees: 3 });
    const whole = await trainForecast(problem, judge, context);
    const kept = memory();
    const pause = new AbortController();
    const paused = trainForecast(problem, judge, {
      ...{ ...context, kept, pause: pause.signal },
      onProgress: () => pause.abort(noTime),
    });
    await expect(paused).rejects.toBe(noTime);

    const again = await trainForecast(problem, judge, { ...context, kept });

    expect(kept.objects.size).toBe(0);
    expect(again.assemble({})).toEqual(whole.assemble({}));
  });
});

describe('a forecast whose training is cancelled', () => {
  it.each([
    ['recurrent', { units: [4], hidden: 8, window: 12, epochs: 4_000, patience: 0 }, 3],
    ['boosting', { trees: 2_000 }, 3],
    ['exponential_smoothing', {}, 1],
  ] as const)('ends in the midst of it: %s', async (learner, parameters, signs) => {
    const cancel = new AbortController();
    const messages: string[] = [];
    const reason = new Error('no longer wanted');

    const training = trainForecast(problemOf(learner, parameters), judge, {
      ...{ ...context, signal: cancel.signal },
      onProgress: (_fraction, message) => {
        messages.push(message);
        if (messages.length === signs) cancel.abort(reason);
      },
    });

    await expect(training).rejects.toBe(reason);
    expect(messages.length).toBeGreaterThanOrEqual(signs);
    expect(messages.every((message) => message.startsWith(`${learner}: cut 1 of 2`))).toBe(true);
  });
});
