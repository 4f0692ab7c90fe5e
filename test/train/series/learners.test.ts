import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSession } from '../../../lib/onnx/index.ts';
import type { Series } from '../../../lib/series/index.ts';
import { assembleForecast } from '../../../lib/train/series/assemble-forecast.ts';
import {
  autoregressionLearner,
  chooseOrder,
  fitAutoregression,
} from '../../../lib/train/series/autoregression.ts';
import { fitSmoothing, smoothingForecast } from '../../../lib/train/series/exponential-smoothing.ts';
import { linearForecaster } from '../../../lib/train/series/linear-forecast.ts';
import { beginSmoothing, follow } from '../../../lib/train/series/smoothing.ts';
import type { Forecaster, ForecastTask } from '../../../lib/train/series/types.ts';

/** Made with statsmodels by make_series.py. */
interface Fixture {
  readonly values: number[];
  readonly autoregressions: { order: number; parameters: number[]; forecast: number[] }[];
  readonly with_input: {
    order: number;
    values: number[];
    known: number[];
    parameters: number[];
    forecast: number[];
  };
  readonly orders: Record<'aic' | 'bic', number>;
  readonly smoothings: FittedSmoothing[];
  readonly trap: FittedSmoothing & { readonly values: number[] };
}
interface FittedSmoothing {
  readonly trend: 'none' | 'additive' | 'damped';
  readonly season: number;
  readonly squares: number;
  readonly forecast: number[];
  readonly best_squares: number;
}
const fixture: Fixture = JSON.parse(readFileSync(new URL('./fixtures/series.json', import.meta.url), 'utf8'));

const seriesOf = (values: readonly number[], known: readonly number[] = []): Series => ({
  ...{ name: '', start: 0, ahead: Math.max(0, known.length - values.length) },
  values: Float64Array.from(values),
  known: Float64Array.from(known),
});

const task = (change: Partial<ForecastTask> = {}): ForecastTask => ({
  ...{ frequency: { unit: 'ms', size: 3_600_000 }, season: 12, horizon: 18, width: 0 },
  ...{ contextLimit: 120, isScaled: false, quantiles: [0.1, 0.9] },
  ...change,
});

/** What the file of a forecaster says after a window. */
async function forecastBy(
  forecaster: Forecaster,
  values: readonly number[],
  known: readonly number[] = [],
): Promise<readonly number[]> {
  const width = known.length > 0 ? 1 : 0;
  const session = await createSession(assembleForecast({ forecaster, task: task({ width }) }));
  const history = Float32Array.from(values.slice(-forecaster.context));
  const outputs = await session.run({
    history: { type: 'float32', dims: [1, forecaster.context], data: history },
    ...(width > 0 && { known: { type: 'float32', dims: [1, 18, 1], data: Float32Array.from(known) } }),
  });
  await session.release();
  return [...(outputs.values!.data as Float32Array)];
}

function expectClose(found: ArrayLike<number>, wanted: readonly number[], relative: number): void {
  expect(found).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) {
    expect(Math.abs(found[index]! - value)).toBeLessThan(relative * Math.max(1, Math.abs(value)));
  }
}

describe('autoregression', () => {
  const series = [seriesOf(fixture.values)];
  const options = { width: 0, isScaled: false };

  it.each(fixture.autoregressions)('has the weights of statsmodels for order $order', async (wanted) => {
    const { order, parameters, forecast } = wanted;

    const { intercept, coefficients } = await fitAutoregression(series, order, options);
    const forecaster = await autoregressionLearner.fit(series, task(), {
      ...{ seed: 1, threads: 1 },
      parameters: { order },
    });

    expectClose([intercept, ...coefficients], parameters, 1e-8);
    expectClose(await forecastBy(forecaster, fixture.values), forecast, 1e-6);
    expect(forecaster.context).toBe(order);
  });

  it('takes what is known of the future in, as statsmodels does', async () => {
    const { order, values, known, parameters, forecast } = fixture.with_input;

    const forecaster = await autoregressionLearner.fit([seriesOf(values, known)], task({ width: 1 }), {
      ...{ seed: 1, threads: 1 },
      parameters: { order },
    });

    const { intercept, coefficients, effects } = forecaster.found as Record<string, number[]>;
    expectClose([intercept as unknown as number, ...coefficients!, ...effects!], parameters, 1e-8);
    expectClose(await forecastBy(forecaster, values, known.slice(values.length)), forecast, 1e-6);
  });

  it.each(['aic', 'bic'] as const)('chooses the order that statsmodels chooses by %s', async (criterion) => {
    expect(await chooseOrder(series, 16, { ...options, criterion })).toBe(fixture.orders[criterion]);
  });

  it('bad call: an order beyond the values that a forecast may be made from', async () => {
    const asked = autoregressionLearner.fit(series, task(), {
      ...{ seed: 1, threads: 1 },
      parameters: { order: 121 },
    });

    await expect(asked).rejects.toMatchObject({
      ...{ code: 'history_too_short', param: 'parameters.order' },
      message: expect.stringContaining('at most 120'),
    });
  });

  it('has one model for series of any size', async () => {
    const small = seriesOf(fixture.values);
    const large = seriesOf(fixture.values.map((value) => 1_000 * value));
    const settings = { seed: 1, threads: 1, parameters: { order: 13 } };

    const alone = await autoregressionLearner.fit([small], task(), settings);
    const both = await autoregressionLearner.fit([small, large], task({ isScaled: true }), settings);

    expectClose(both.found.coefficients as number[], alone.found.coefficients as number[], 1e-8);
    const [first, second] = [
      await forecastBy(both, [...small.values]),
      await forecastBy(both, [...large.values]),
    ];
    expectClose(
      second.map((value) => value / 1_000),
      first,
      1e-5,
    );
  });
});

describe('exponential smoothing', () => {
  const values = Float64Array.from(fixture.values);
  const weights = { level: 0.4, trend: 0.1, season: 0.2, damping: 0.9 };

  it.each(fixture.smoothings)('follows like statsmodels: trend $trend, season $season', async (wanted) => {
    const { trend, season, squares, forecast } = wanted;
    const form = { trend, season };
    const own = {
      ...weights,
      trend: trend === 'none' ? 0 : weights.trend,
      season: season > 1 ? weights.season : 0,
      damping: trend === 'damped' ? weights.damping : 1,
    };
    const state = beginSmoothing(values, form);

    const errors = values.reduce((sum, value) => sum + follow(state, value, own) ** 2, 0);
    const fitted = smoothingForecast({ form, weights: own }, { context: values.length, horizon: 18 });

    expect(errors).toBeCloseTo(squares, 5);
    expectClose(await forecastBy(linearForecaster(fitted, {}), fixture.values), forecast, 1e-5);
  });

  it.each([
    ...fixture.smoothings.map((one) => ({
      title: `${one.trend}, ${one.season}`,
      learnt: fixture.values,
      ...one,
    })),
    {
      title: 'where a search from a usual point ends too early',
      learnt: fixture.trap.values,
      ...fixture.trap,
    },
  ])('finds weights as good as those of statsmodels: $title', (wanted) => {
    const form = { trend: wanted.trend, season: wanted.season };
    const learnt = Float64Array.from(wanted.learnt);

    const { weights: found } = fitSmoothing([learnt], form);

    const state = beginSmoothing(learnt, form);
    const errors = learnt.reduce((sum, value) => sum + follow(state, value, found) ** 2, 0);
    expect(errors).toBeLessThan(1.002 * wanted.best_squares);
  });
});
