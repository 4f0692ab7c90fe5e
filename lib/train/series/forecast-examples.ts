/** Windows and what came after them as examples for networks, parted in time. */
import type { TensorData } from '../../onnx/index.ts';
import { addSteps } from '../../series/index.ts';
import { emitReadable, type ReadWindows } from './readable-window.ts';
import { varies } from './scaled-window.ts';
import { computeWindows, outcomesOf, type ShapedValue, type TrainingWindows } from './windows.ts';

/** Below this many windows a tenth of them is too few to tell when to stop. */
const minToStopEarly = 200;
const heldOutShare = 0.1;

/** What a network sees, and what it is to say; the first axis of every tensor is the windows. */
export interface ForecastExamples {
  /** `window` and, with places, `ahead`. */
  readonly inputs: Readonly<Record<string, TensorData>>;
  /** float32 [windows, horizon], in the scale of each window. */
  readonly target: TensorData;
}

/** Examples to learn from, and those that tell when to stop. */
export interface PartedExamples {
  readonly training: ForecastExamples;
  readonly validation: ForecastExamples | null;
}

/**
 * The examples that windows make, by the very graph that is published. The newest tenth is for validation, unless the
 * windows are few or `patience` is 0; nothing of what came after a window to learn from lies in it.
 *
 * @param places numbers known of each step ahead
 */
export async function partedExamples(
  windows: TrainingWindows,
  read: ReadWindows,
  { places, patience }: { readonly places: number; readonly patience: number },
): Promise<PartedExamples> {
  const { context, horizon } = windows.shape;
  const readable = await computeWindows(windows, (builder, inputs) => {
    const { window, ahead, mean, spread } = emitReadable(builder, inputs, read);
    const wanted: Record<'window' | 'mean' | 'spread', ShapedValue> & { ahead?: ShapedValue } = {
      ...{ window: [window, ['N', context]], mean: [mean, ['N', 1]], spread: [spread, ['N', 1]] },
      ...(ahead && { ahead: [ahead, ['N', horizon, places]] }),
    };
    return wanted;
  });
  const [means, spreads] = [readable.mean.data, readable.spread.data] as [Float32Array, Float32Array];
  const target = Float32Array.from(outcomesOf(windows), (value, place) => {
    const origin = Math.floor(place / horizon);
    return (value - means[origin]!) / spreads[origin]!;
  });
  const examples: ForecastExamples = {
    inputs: { window: readable.window, ...(readable.ahead && { ahead: readable.ahead }) },
    target: { type: 'float32', dims: [means.length, horizon], data: target },
  };
  const all = byTime(windows);
  const useful = all.filter((index) => varies(means[index]!, spreads[index]!));
  const { older, newest } = partByTime(windows, useful.length > 0 ? useful : all, patience);
  return {
    training: take(examples, older),
    validation: newest.length > 0 ? take(examples, newest) : null,
  };
}

/** When the first step after an origin is. */
const momentOf = ({ series, origins, shape }: TrainingWindows, index: number, later = 0): number => {
  const { series: number, at } = origins[index]!;
  return addSteps(shape.frequency, series[number]!.start, at + later);
};

const byTime = (windows: TrainingWindows): readonly number[] =>
  Array.from(windows.origins.keys()).sort(
    (left, right) => momentOf(windows, left) - momentOf(windows, right),
  );

function partByTime(
  windows: TrainingWindows,
  order: readonly number[],
  patience: number,
): { readonly older: readonly number[]; readonly newest: readonly number[] } {
  const whole = { older: order, newest: [] };
  if (patience === 0 || order.length < minToStopEarly) return whole;
  const newest = order.slice(-Math.floor(heldOutShare * order.length));
  const from = momentOf(windows, newest[0]!);
  const older = order.filter((index) => momentOf(windows, index, windows.shape.horizon) <= from);
  return older.length >= order.length / 2 ? { older, newest } : whole;
}

/** Some of the examples, in the order of their numbers. */
function take({ inputs, target }: ForecastExamples, rows: readonly number[]): ForecastExamples {
  const pick = ({ dims: [, ...sizes], data }: TensorData): TensorData => {
    const size = sizes.reduce((product, one) => product * one, 1);
    const picked = new Float32Array(rows.length * size);
    for (const [index, row] of rows.entries()) {
      picked.set((data as Float32Array).subarray(row * size, (row + 1) * size), index * size);
    }
    return { type: 'float32', dims: [rows.length, ...sizes], data: picked };
  };
  return {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, pick(tensor)])),
    target: pick(target),
  };
}
