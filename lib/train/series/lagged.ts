/** Learners of tables on series: each step that is forecast becomes a row of lags, calendar and known inputs. */
import type { TableLearnerName } from '../../contracts/model-spec.ts';
import type { Matrix } from '../../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Series } from '../../series/index.ts';
import { learners } from '../learners/index.ts';
import { type CalendarPart, emitCalendarTime } from './emit-calendar-time.ts';
import { calendarCycles } from './readable-window.ts';
import { emitScaledWindow } from './scaled-window.ts';
import type { Forecaster, ForecastInputs, ForecastLearner, ForecastTask } from './types.ts';
import { computeWindows, outcomesOf, trainingOrigins } from './windows.ts';

/** The newest values that are features of their own at most; never the whole window, whose scaled values add up to 0. */
const maxLags = 48;
/** Rows that are learnt from at most: windows that overlap teach little more, and every cut learns anew. */
const maxRows = 8_000;

/** How windows become rows. */
interface Plan extends Pick<ForecastTask, 'frequency' | 'season' | 'horizon' | 'width'> {
  readonly calendar: readonly CalendarPart[];
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
  ...(learners[name].resumable && { resumable: true as const }),
  fit: async (series, task, options) => {
    const { season, contextLimit, horizon, frequency, width } = task;
    const context = Math.min(contextLimit, Math.max(2 * season, Math.min(maxLags, contextLimit)));
    const calendar = calendarCycles(series, task);
    const plan: Plan = {
      calendar,
      frequency,
      season,
      horizon,
      width,
      context,
      lags: Math.max(1, Math.min(context - 1, maxLags)),
    };
    const { matrix, target } = await trainingRows(series, plan);
    const fitted = await learners[name].fit(matrix, { task: 'regression', values: target }, options);
    return {
      context,
      usesTime: calendar.length > 0,
      found: { lags: plan.lags },
      emit: (builder, inputs) => {
        const { rows, mean, spread } = emitRows(builder, inputs, plan);
        const { answer } = fitted.emit(builder, rows);
        const steps = builder.op('Reshape', [answer, builder.integers([-1, horizon])]);
        return { values: builder.op('Add', [builder.op('Mul', [steps, spread]), mean]) };
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
  const { context, lags, horizon, season, calendar } = plan;
  const last = builder.integers([1]);
  const { scaled, mean, spread } = emitScaledWindow(builder, history);
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
    ...(time ? [emitCalendarTime(builder, time, calendar)] : []),
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
  const { horizon } = plan;
  const origins = trainingOrigins(series, plan, Math.floor(maxRows / horizon));
  const windows = {
    ...{ series, origins },
    shape: { ...plan, usesTime: plan.calendar.length > 0 },
  };
  const { rows, mean, spread } = await computeWindows(windows, (builder, inputs) => {
    const emitted = emitRows(builder, inputs, plan);
    return {
      rows: [emitted.rows, ['rows', 'features']],
      mean: [emitted.mean, ['N', 1]],
      spread: [emitted.spread, ['N', 1]],
    };
  });
  const [means, spreads] = [mean.data as Float32Array, spread.data as Float32Array];
  const target = outcomesOf(windows).map((value, row) => {
    const origin = Math.floor(row / horizon);
    return (value - means[origin]!) / spreads[origin]!;
  });
  const [count, columns] = rows.dims as [number, number];
  return { matrix: { rows: count, columns, data: rows.data as Float32Array }, target };
}
