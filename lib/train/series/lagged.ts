/** Learners of tables on series: each step that is forecast becomes a row of lags, calendar and known inputs. */
import type { TableLearnerName } from '../../contracts/model-spec.ts';
import { invalidInput, type Matrix, takeRows } from '../../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { Series } from '../../series/index.ts';
import { answersOf } from '../ensembles/index.ts';
import { learners } from '../learners/index.ts';
import type { FittedLearner } from '../types.ts';
import { type CalendarPart, emitCalendarTime } from './emit-calendar-time.ts';
import { calendarCycles } from './readable-window.ts';
import { emitScaledWindow, varies } from './scaled-window.ts';
import type {
  EmittedForecast,
  ForecastFitOptions,
  ForecastInputs,
  ForecastLearner,
  ForecastTask,
} from './types.ts';
import { computeWindows, outcomesOf, trainingOrigins } from './windows.ts';

/** The newest values that are features of their own at most; never the whole window, whose scaled values add up to 0. */
export const maxLags = 48;
/** Rows that are learnt from at most: windows that overlap teach little more, and every cut learns anew. */
export const maxRows = 8_000;

/** So few and small trees find at which hours errors are large, and cannot learn them by heart. */
const errorTrees = { trees: 50, max_leaves: 4, min_samples_leaf: 100 } as const;
/** Of the spread of its window an error is expected to be at least so much. */
const smallestError = 0.01;

/** How windows become rows. */
interface Plan extends Pick<ForecastTask, 'frequency' | 'season' | 'horizon' | 'width'> {
  readonly calendar: readonly CalendarPart[];
  readonly context: number;
  readonly lags: number;
}

/**
 * A learner of tables that forecasts directly: one model for all steps, which has the step among its features. Values
 * are brought to the mean and spread of their own window, so that trees, which cannot go beyond what they have seen,
 * follow a level that rises. A second, small model learns how large the errors are.
 */
export const laggedLearner = (name: TableLearnerName): ForecastLearner => ({
  name,
  ...(learners[name].resumable && { resumable: true as const }),
  fit: async (series, task, options) => {
    refuseCountLoss(options);
    const plan = planOf(series, task);
    const { matrix, target } = await trainingRows(series, plan);
    const fitted = await learners[name].fit(
      matrix,
      { task: 'regression', values: target },
      // So few rows are boosted as soon by one thread; a second one would mostly wait for it.
      name === 'boosting' ? { ...options, threads: 1 } : options,
    );
    const said = await answersOf(fitted, matrix);
    const errors = target.map((value, row) => Math.abs(value - said[row]!));
    const { seed, signal } = options;
    const ofErrors = await learners.boosting.fit(
      matrix,
      { task: 'regression', values: errors },
      { seed, threads: 1, parameters: errorTrees, ...(signal && { signal }) },
    );
    return {
      context: plan.context,
      usesTime: plan.calendar.length > 0,
      found: { lags: plan.lags },
      emit: (builder, inputs) => emitForecast(builder, inputs, { plan, fitted, ofErrors }),
    };
  },
});

function planOf(series: readonly Series[], task: ForecastTask): Plan {
  const { season, contextLimit, horizon, frequency, width } = task;
  const context = Math.min(contextLimit, Math.max(2 * season, maxLags));
  const lags = Math.max(1, Math.min(context - 1, maxLags));
  return { calendar: calendarCycles(series, task), frequency, season, horizon, width, context, lags };
}

/** @throws invalid_request for a loss that takes no values below 0, as those less the mean of a window are */
function refuseCountLoss({ parameters = {} }: ForecastFitOptions): void {
  if (parameters.loss !== 'poisson') return;
  throw invalidInput(
    'The loss "poisson" is for counts as they are, and a forecast learns from values less the mean of their window. Leave "loss" out.',
    { code: 'parameter_task', param: 'parameters.loss' },
  );
}

interface FittedLags {
  readonly plan: Plan;
  readonly fitted: FittedLearner;
  /** Says how large the errors of the other are, in the scale of the window. */
  readonly ofErrors: FittedLearner;
}

function emitForecast(
  builder: GraphBuilder,
  inputs: ForecastInputs,
  { plan, fitted, ofErrors }: FittedLags,
): EmittedForecast {
  const { rows, mean, spread } = emitRows(builder, inputs, plan);
  const unscaled = (model: FittedLearner): Value => {
    const { answer } = model.emit(builder, rows);
    const steps = builder.op('Reshape', [answer, builder.integers([-1, plan.horizon])]);
    return builder.op('Mul', [steps, spread]);
  };
  return {
    values: builder.op('Add', [unscaled(fitted), mean]),
    expectedError: () => {
      const least = builder.op('Mul', [spread, builder.floats([smallestError], [])]);
      return builder.op('Max', [unscaled(ofErrors), least]);
    },
  };
}

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
  const matrix = { rows: count, columns, data: rows.data as Float32Array };
  const useful = Uint32Array.from(target.keys()).filter((row) => {
    const origin = Math.floor(row / horizon);
    return varies(means[origin]!, spreads[origin]!);
  });
  if (useful.length === 0 || useful.length === count) return { matrix, target };
  return { matrix: takeRows(matrix, useful), target: Float64Array.from(useful, (row) => target[row]!) };
}
