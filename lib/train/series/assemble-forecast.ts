/** Writes a fitted forecaster with its quantiles into the one ONNX file that is published. */
import { createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '../../onnx/index.ts';
import { emitMeanSize } from './linear-forecast.ts';
import type { Forecaster, ForecastInputs, ForecastTask } from './types.ts';

/** How far outcomes lie from forecasts, by level and step. */
export interface QuantileOffsets {
  /** Ascending. */
  readonly levels: readonly number[];
  /** [levels, horizon]; in units of the window's mean size if the task is scaled. */
  readonly offsets: Float64Array;
}

/** The parts of a published file. */
export interface ForecastParts {
  readonly forecaster: Forecaster;
  readonly task: Pick<ForecastTask, 'horizon' | 'width' | 'isScaled'>;
  readonly quantiles?: QuantileOffsets;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the file.
 *
 * Inputs: `history` float32 [N, context], the newest value last; `known` float32 [N, horizon, width] and `time` int64
 * [N, horizon], seconds since 1970, each only if the model looks at it. Outputs: `values` float32 [N, horizon] and
 * `quantiles` float32 [N, levels, horizon].
 */
export function assembleForecast({ forecaster, task, quantiles, metadata }: ForecastParts): Uint8Array {
  const { horizon, width } = task;
  const builder = createGraphBuilder('onramp');
  const inputs: ForecastInputs = {
    history: builder.input('history', 'float32', ['N', forecaster.context]),
    known: width > 0 ? builder.input('known', 'float32', ['N', horizon, width]) : null,
    time: forecaster.usesTime ? builder.input('time', 'int64', ['N', horizon]) : null,
  };
  const values = forecaster.emit(builder, inputs);
  builder.output('values', values, 'float32', ['N', horizon]);
  if (quantiles) {
    const spread = emitQuantiles(builder, { values, history: inputs.history, task, quantiles });
    builder.output('quantiles', spread, 'float32', ['N', quantiles.levels.length, horizon]);
  }
  return encodeModel(builder.model({ ...(metadata && { metadata }) }));
}

function emitQuantiles(
  builder: GraphBuilder,
  {
    values,
    history,
    task,
    quantiles,
  }: {
    readonly values: Value;
    readonly history: Value;
    readonly task: ForecastParts['task'];
    readonly quantiles: QuantileOffsets;
  },
): Value {
  const { levels, offsets } = quantiles;
  const axis = builder.integers([1]);
  const middle = builder.op('Unsqueeze', [values, axis]);
  const distances = builder.floats(offsets, [levels.length, task.horizon]);
  if (!task.isScaled) return builder.op('Add', [middle, distances]);
  const scale = builder.op('Unsqueeze', [emitMeanSize(builder, history), axis]);
  return builder.op('Add', [middle, builder.op('Mul', [distances, scale])]);
}
