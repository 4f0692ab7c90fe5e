import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../lib/core/index.ts';
import type { Series } from '../../../lib/series/index.ts';
import { bestOffsets } from '../../../lib/train/series/conformal.ts';
import { answersAt, errorsAt } from '../../../lib/train/series/forecast-at.ts';
import { laggedLearner } from '../../../lib/train/series/lagged.ts';
import { cutSeries } from '../../../lib/train/series/origins.ts';
import { varies } from '../../../lib/train/series/scaled-window.ts';
import type { ForecastProblem, ForecastTask } from '../../../lib/train/series/types.ts';

const seriesOf = (values: ArrayLike<number>): Series => ({
  ...{ name: '', start: Date.UTC(2026, 0, 5), ahead: 0, known: new Float64Array(0) },
  values: Float64Array.from(values),
});

const problemOf = (values: ArrayLike<number>): ForecastProblem => ({
  spec: { dataset: 'd', target: 'y', series: { time: 't', horizon: 12 } },
  series: [seriesOf(values)],
  ...{ frequency: { unit: 'ms', size: 3_600_000 }, season: 24, horizon: 12, width: 0 },
  ...{ quantiles: [0.1, 0.5, 0.9], seed: 3 },
});

const boosting = laggedLearner('boosting');
const settings = { seed: 3, threads: 1 };

describe('boosting on lags', () => {
  it('learns how far outcomes spread at each hour, as their known distribution says', async () => {
    const random = createRandom(8);
    const spreadAt = (hour: number): number => (hour % 24 >= 8 && hour % 24 < 20 ? 3 : 0.5);
    const values = Float64Array.from({ length: 24 * 100 }, (_, hour) => {
      return 20 + 5 * Math.sin((2 * Math.PI * hour) / 24) + spreadAt(hour) * random.normal();
    });
    const problem = problemOf(values);
    const { heldOut, choosing, contextLimit } = cutSeries(problem);
    const task: ForecastTask = { ...problem, contextLimit, isScaled: false };
    const fits = [];
    for (const cut of [heldOut, choosing[0]!]) {
      const seen = [seriesOf(values.subarray(0, cut.ends[0]))];
      fits.push({
        cut,
        forecaster: await boosting.fit(seen, task, { ...settings, parameters: { trees: 40 } }),
      });
    }

    const offsets = bestOffsets(await errorsAt(problem, task, fits.slice(1)));
    const { actual, quantiles } = await answersAt(problem, heldOut, { ...fits[0]!, task, offsets });

    const hours = { calm: { inside: 0, width: 0, count: 0 }, busy: { inside: 0, width: 0, count: 0 } };
    for (const [place, truth] of actual.entries()) {
      const [origin, step] = [Math.floor(place / 12), place % 12];
      const [low, high] = [quantiles[origin * 36 + step]!, quantiles[origin * 36 + 24 + step]!];
      const into = spreadAt(heldOut.origins[origin]!.at + step) > 1 ? hours.busy : hours.calm;
      into.inside += Number(low <= truth && truth <= high);
      into.width += high - low;
      into.count += 1;
    }
    // Between the quantiles 0.1 and 0.9 of a normal distribution lie 2.563 standard deviations; the forecast's own error
    // comes on top. Of quantiles that know no hours the calm ones are 3.9 times as far apart, and hold every outcome.
    for (const [{ inside, width, count }, spread] of [
      [hours.calm, 0.5],
      [hours.busy, 3],
    ] as const) {
      expect(inside / count).toBeGreaterThan(0.7);
      expect(inside / count).toBeLessThan(0.92);
      expect(width / count / (2.563 * spread)).toBeGreaterThan(0.8);
      expect(width / count / (2.563 * spread)).toBeLessThan(1.9);
    }
  });

  it('learns nothing from windows of zeros, which have no scale', async () => {
    const random = createRandom(2);
    const values = Float64Array.from({ length: 24 * 40 }, (_, hour) =>
      hour < 24 * 20 ? 0 : 10 + 4 * Math.sin((2 * Math.PI * hour) / 24) + 0.2 * random.normal(),
    );
    const problem = problemOf(values);
    const task: ForecastTask = { ...problem, contextLimit: 240, isScaled: false };
    const ends = [24 * 36];

    const forecaster = await boosting.fit([seriesOf(values.subarray(0, ends[0]))], task, {
      ...settings,
      parameters: { trees: 50, loss: 'squared_error' },
    });

    const cut = {
      ends,
      origins: Array.from({ length: 40 }, (_, hour) => ({ series: 0, at: ends[0]! + hour })),
    };
    const { actual, values: forecasts } = await answersAt(problem, cut, { forecaster, task });
    const errors = actual.map((truth, place) => Math.abs(truth - forecasts[place]!));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(1.5);
  });

  it('bad call: a loss for counts, which values less their mean are not', async () => {
    const values = Float64Array.from({ length: 200 }, (_, hour) => hour % 24);
    const task: ForecastTask = { ...problemOf(values), contextLimit: 60, isScaled: false };

    const asked = boosting.fit([seriesOf(values)], task, { ...settings, parameters: { loss: 'poisson' } });

    await expect(asked).rejects.toMatchObject({ code: 'parameter_task', param: 'parameters.loss' });
  });
});

it.each([
  ['zeros, whose spread is the least that there is', 0, Math.fround(1e-12), false],
  ['nothing but rounding', 1_000, 1e-4, false],
  ['small values that vary', 2e-9, 1e-9, true],
  ['values around zero', 0, 1, true],
] as const)('tells whether a window is one to learn from: %s', (_title, mean, spread, wanted) => {
  expect(varies(mean, spread)).toBe(wanted);
});
