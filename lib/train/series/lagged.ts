/** Learners of tables on series: each step that is forecast becomes a row of lags, calendar and known inputs. */
import type { TableLearnerName } from '../../contracts/model-spec.ts';
import type { Matrix } from '../../core/index.ts';
import {
  attr,
  createGraphBuilder,
  createSession,
  encodeModel,
  type GraphBuilder,
  type Value,
} from '../../onnx/index.ts';
import type { Series } from '../../series/index.ts';
import { learners } from '../learners/index.ts';
import { calendarParts, emitCalendarTime } from './emit-calendar-time.ts';
import { strideOf } from './origins.ts';
import type { Forecaster, ForecastInputs, ForecastLearner, ForecastTask, Origin } from './types.ts';
import { windowFeeds } from './windows.ts';

/** The newest values that are features of their own at most. */
const maxLags = 48;
/** Rows that are learnt from at most: windows that overlap teach little more, and every cut learns anew. */
const maxRows = 8_000;
/** Windows that do not vary are divided by this. */
const smallestSpread = 1e-6;

/** How windows become rows. */
interface Plan extends Pick<ForecastTask, 'frequency' | 'season' | 'horizon' | 'width'> {
  readonly context: number;
  readonly lags: number;
}

/**
 * A learner of tables that forecasts directly: one model for all steps, which has the step among its features. Values
 * are brought to the mean and spread of their own window, so that trees, which cannot go beyond what they have seen,
 * follow a level that rises.
 */
export const laggedLearner = (name: TableLearnerName): ForecastLearner => ({
  name,
  fit: async (series, task, options) => {
    const { season, contextLimit, horizon, frequency, width } = task;
    const context = Math.min(contextLimit, Math.max(2 * season, Math.min(maxLags, contextLimit)));
    const plan: Plan = { frequency, season, horizon, width, context, lags: Math.min(context, maxLags) };
    const { matrix, target } = await trainingRows(series, plan);
    const fitted = await learners[name].fit(matrix, { task: 'regression', values: target }, options);
    return {
      context,
      usesTime: calendarParts(frequency).length > 0,
      found: { lags: plan.lags },
      emit: (builder, inputs) => {
        const { rows, mean, spread } = emitRows(builder, inputs, plan);
        const { answer } = fitted.emit(builder, rows);
        const steps = builder.op('Reshape', [answer, builder.integers([-1, horizon])]);
        return builder.op('Add', [builder.op('Mul', [steps, spread]), mean]);
      },
    } satisfies Forecaster;
  },
});

/** The rows of the table, float32 [N * horizon, features], and what values are brought to, float32 [N, 1] each. */
interface EmittedRows {
  readonly rows: Value;
  readonly mean: Value;
  readonly spread: Value;
}

function emitRows(builder: GraphBuilder, { history, known, time }: ForecastInputs, plan: Plan): EmittedRows {
  const { context, lags, horizon, season, frequency } = plan;
  const last = builder.integers([1]);
  const keep = { keepdims: attr.int(1) };
  const mean = builder.op('ReduceMean', [history, last], keep);
  const deviations = builder.op('Sub', [history, mean]);
  const variance = builder.op('ReduceMean', [builder.op('Mul', [deviations, deviations]), last], keep);
  const spread = builder.op('Max', [builder.op('Sqrt', [variance]), builder.floats([smallestSpread], [])]);
  const scaled = builder.op('Div', [deviations, spread]);
  const pick = (places: readonly number[], dims: readonly number[]): Value =>
    builder.op('Gather', [scaled, builder.integers(places, dims)], { axis: attr.int(1) });
  const newest = pick(
    Array.from({ length: lags }, (_, lag) => context - 1 - lag),
    [lags],
  );
  const steps = builder.floats(
    Array.from({ length: horizon }, (_, step) => step + 1),
    [1, horizon, 1],
  );
  // Zeros of the shape [N, 1, 1] make as many copies as there are windows.
  const zeros = builder.op('Mul', [builder.op('Unsqueeze', [mean, last]), builder.floats([0], [])]);
  const perStep = builder.op('Mul', [steps, builder.floats([0], [])]);
  const columns = [
    builder.op('Add', [builder.op('Unsqueeze', [newest, last]), perStep]),
    pick(seasonPlaces(plan), [horizon, Math.floor(context / season)]),
    builder.op('Add', [zeros, steps]),
    ...(time ? [emitCalendarTime(builder, time, calendarParts(frequency))] : []),
    ...(known ? [known] : []),
  ];
  const joined = builder.op('Concat', columns, { axis: attr.int(2) });
  return { rows: builder.op('Flatten', [joined], { axis: attr.int(2) }), mean, spread };
}

/** For each step the places of the same phase in the seasons before, the newest first. */
function seasonPlaces({ context, season, horizon }: Plan): readonly number[] {
  const seasons = Math.floor(context / season);
  return Array.from({ length: horizon }, (_, step) =>
    Array.from({ length: seasons }, (_unused, back) => context - season * (back + 1) + (step % season)),
  ).flat();
}

/** Rows by the very graph that is published, and the targets in the scale of their windows. */
async function trainingRows(
  series: readonly Series[],
  plan: Plan,
): Promise<{ readonly matrix: Matrix; readonly target: Float64Array }> {
  const { context, horizon, width } = plan;
  const origins = trainingOrigins(series, plan);
  const builder = createGraphBuilder('lagged_rows');
  const usesTime = calendarParts(plan.frequency).length > 0;
  const inputs = {
    history: builder.input('history', 'float32', ['N', context]),
    known: width > 0 ? builder.input('known', 'float32', ['N', horizon, width]) : null,
    time: usesTime ? builder.input('time', 'int64', ['N', horizon]) : null,
  };
  const { rows, mean, spread } = emitRows(builder, inputs, plan);
  builder.output('rows', rows, 'float32', ['rows', 'features']);
  builder.output('mean', mean, 'float32', ['N', 1]);
  builder.output('spread', spread, 'float32', ['N', 1]);
  const session = await createSession(encodeModel(builder.model()));
  try {
    const outputs = await session.run(windowFeeds(series, origins, { ...plan, usesTime }));
    const [count, columns] = outputs.rows!.dims as [number, number];
    const [means, spreads] = [outputs.mean!.data as Float32Array, outputs.spread!.data as Float32Array];
    const target = Float64Array.from({ length: count }, (_, row) => {
      const origin = Math.floor(row / horizon);
      const { series: number, at } = origins[origin]!;
      return (series[number]!.values[at + (row % horizon)]! - means[origin]!) / spreads[origin]!;
    });
    return { matrix: { rows: count, columns, data: outputs.rows!.data as Float32Array }, target };
  } finally {
    await session.release();
  }
}

/** Windows spread evenly over all series. */
function trainingOrigins(series: readonly Series[], { context, horizon, season }: Plan): readonly Origin[] {
  const places = series.map(({ values }) => Math.max(0, values.length - horizon - context + 1));
  const total = places.reduce((sum, count) => sum + count, 0);
  const stride = strideOf(total, season, Math.max(1, Math.floor(maxRows / horizon)));
  return places.flatMap((count, index) =>
    Array.from({ length: Math.ceil(count / stride) }, (_, step) => ({
      series: index,
      at: context + step * stride,
    })),
  );
}
