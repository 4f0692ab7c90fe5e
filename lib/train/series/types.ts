/** The vocabulary of training a forecast: the problem, learners, and answers at many origins. */
import type { ForecastSpec, LearnerName } from '../../contracts/model-spec.ts';
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import type { GraphBuilder, Value } from '../../onnx/types.ts';
import type { Frequency, Series } from '../../series/index.ts';
import type { FitCheckpoint } from '../types.ts';

/** What is forecast, from what. */
export interface ForecastProblem {
  readonly spec: ForecastSpec;
  readonly series: readonly Series[];
  readonly frequency: Frequency;
  readonly season: number;
  readonly horizon: number;
  /** Places of the known inputs. */
  readonly width: number;
  /** Ascending. */
  readonly quantiles: readonly number[];
  readonly seed: number;
}

/** What a learner knows of the task beside the series. */
export interface ForecastTask extends Pick<ForecastProblem, 'frequency' | 'season' | 'horizon' | 'width'> {
  /** Values that a forecast may be made from at most. */
  readonly contextLimit: number;
  /** Divides every window by its mean size, so that one model fits series of different sizes. */
  readonly isScaled: boolean;
  /** Levels between 0 and 1 that are asked for, ascending. */
  readonly quantiles: readonly number[];
}

/** How a fit may use the machine. */
export interface ForecastFitOptions {
  readonly seed: number;
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Once it is aborted a `resumable` learner keeps a checkpoint and throws `training_paused`. */
  readonly pause?: AbortSignal;
  /** Where a `resumable` learner keeps how far it is. */
  readonly checkpoint?: FitCheckpoint;
  /** Part of this fit that is done, 0 to 1, and what there is to say of it. */
  readonly onProgress?: (fraction: number, message?: string) => void;
  /** The spec's settings of this learner, checked by its schema. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** The inputs of the file: windows of series as they are. */
export interface ForecastInputs {
  /** The last values, the newest at the end; float32 [N, context]. */
  readonly history: Value;
  /** What is known of the steps that are forecast; float32 [N, horizon, width]; `null` without known inputs. */
  readonly known: Value | null;
  /** Moments of the steps that are forecast, in seconds since 1970; int64 [N, horizon]. */
  readonly time: Value | null;
}

/** Forecasts in a graph. */
export interface EmittedForecast {
  /** float32 [N, horizon]. */
  readonly values: Value;
  /** Of a learner that learns quantiles, those of the task; float32 [N, levels, horizon]. */
  readonly quantiles?: Value;
  /**
   * Of a learner that learns it, how far outcomes usually lie from the forecast, above 0; float32 [N, horizon]. Written
   * only where it is asked for.
   */
  readonly expectedError?: () => Value;
}

/** A fitted learner. */
export interface Forecaster {
  /** Values that a forecast is made from. */
  readonly context: number;
  /** Whether it looks at the clock and the calendar. */
  readonly usesTime: boolean;
  /** What it has found, for people. */
  readonly found: SeriesSchema['found'];
  emit(builder: GraphBuilder, inputs: ForecastInputs): EmittedForecast;
}

/** One way to forecast. */
export interface ForecastLearner {
  readonly name: LearnerName;
  /** True if a fit goes on from its checkpoint to the same forecaster; others are begun anew. */
  readonly resumable?: true;
  /** @param series as far as they may be learnt from */
  fit(series: readonly Series[], task: ForecastTask, options: ForecastFitOptions): Promise<Forecaster>;
}

/** A place from which is forecast: `at` values of the series come before it. */
export interface Origin {
  readonly series: number;
  readonly at: number;
}

/** What happened after many origins and what was forecast there, row-major by origin, then step. */
export interface OriginAnswers {
  readonly horizon: number;
  readonly levels: readonly number[];
  /** [origins, horizon]. */
  readonly actual: Float64Array;
  /** [origins, horizon]. */
  readonly values: Float32Array;
  /** [origins, levels, horizon]. */
  readonly quantiles: Float32Array;
  /** What the seasonal-naive forecast says; [origins, horizon]. */
  readonly naive: Float64Array;
  /** Mean absolute error of the seasonal-naive forecast one step ahead in the training part of the origin's series. */
  readonly scale: Float64Array;
  /** Origins less than a horizon apart share their block. */
  readonly block: Int32Array;
}
