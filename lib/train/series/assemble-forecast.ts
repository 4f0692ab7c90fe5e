/** Writes a fitted forecaster with its quantiles into the one ONNX file that is published. */
import { attr, createGraphBuilder, encodeModel, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { ErrorUnit, QuantileOffsets } from './conformal.ts';
import { emitMeanSize } from './linear-forecast.ts';
import type { EmittedForecast, Forecaster, ForecastInputs, ForecastTask } from './types.ts';
import { declareInputs } from './windows.ts';

/** The parts of a published file. */
export interface ForecastParts {
  readonly forecaster: Forecaster;
  readonly task: Pick<ForecastTask, 'horizon' | 'width' | 'quantiles'>;
  /** Absent while they are still to be found; the file then says what the learner itself knows of its errors. */
  readonly offsets?: QuantileOffsets;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of the file.
 *
 * Inputs: `history` float32 [N, context], the newest value last; `known` float32 [N, horizon, width] and `time` int64
 * [N, horizon], seconds since 1970, each only if the model looks at it. Outputs: `values` float32 [N, horizon] and
 * `quantiles` float32 [N, levels, horizon]. Without offsets `quantiles`, if the learner learns some, are its own, and
 * `expected_error` float32 [N, horizon] comes beside them, if it learns that.
 */
export function assembleForecast({ forecaster, task, offsets, metadata }: ForecastParts): Uint8Array {
  const { horizon, quantiles: levels } = task;
  const builder = createGraphBuilder('onramp');
  const inputs = declareInputs(builder, { ...task, ...forecaster });
  const emitted = forecaster.emit(builder, inputs);
  builder.output('values', emitted.values, 'float32', ['N', horizon]);
  const quantiles = offsets
    ? emitQuantiles(builder, emitted, { horizon, inputs, offsets })
    : emitted.quantiles;
  if (quantiles) builder.output('quantiles', quantiles, 'float32', ['N', levels.length, horizon]);
  if (!offsets && emitted.expectedError) {
    builder.output('expected_error', emitted.expectedError(), 'float32', ['N', horizon]);
  }
  return encodeModel(builder.model({ ...(metadata && { metadata }) }));
}

interface Distances {
  readonly horizon: number;
  readonly inputs: ForecastInputs;
  readonly offsets: QuantileOffsets;
}

function emitQuantiles(
  builder: GraphBuilder,
  { values, quantiles, expectedError }: EmittedForecast,
  { horizon, inputs, offsets: { unit, levels, offsets } }: Distances,
): Value {
  const axis = builder.integers([1]);
  const from = quantiles ?? builder.op('Unsqueeze', [values, axis]);
  const distances = builder.floats(offsets, [levels.length, horizon]);
  const units: Readonly<Record<ErrorUnit, () => Value | null>> = {
    value: () => null,
    window_size: () => emitMeanSize(builder, inputs.history),
    expected_error: () => expectedError!(),
  };
  const size = units[unit]();
  const moved = builder.op('Add', [
    from,
    size ? builder.op('Mul', [distances, builder.op('Unsqueeze', [size, axis])]) : distances,
  ]);
  if (!quantiles) return moved;
  // Quantiles that are moved each by itself may cross; put in order they are no worse (Chernozhukov et al. 2010).
  const count = builder.integers([levels.length]);
  const attributes = { axis: attr.int(1), largest: attr.int(0), sorted: attr.int(1) };
  const [sorted] = builder.ops('TopK', 2, [moved, count], attributes);
  return sorted!;
}
