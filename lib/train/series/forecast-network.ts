/** Networks that read a window of a series and say the quantiles of all steps ahead at once. */
import {
  activation,
  arithmetic,
  type CellKind,
  dense,
  dropout,
  type ForwardContext,
  type Layer,
  layerNormalization,
  type Network,
  prefixed,
  recurrent,
  residual,
  selfAttention,
  sequence,
  type Tensor,
  within,
} from '../../autodiff/index.ts';
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';
import { attr } from '../../onnx/index.ts';

/** What a network gives for a window and what is known of the steps ahead. */
export interface ForecastShape {
  readonly context: number;
  readonly horizon: number;
  /** Numbers known of each step ahead. */
  readonly places: number;
  /** Ascending, with 0.5 among them. */
  readonly levels: readonly number[];
}

/** A layer from windows [rows, context] to features [rows, size]. */
export interface WindowReader {
  readonly layer: Layer;
  readonly size: number;
}

/** A value of the window after the other through layers of cells; the last state is what stays of it. */
export function recurrentReader({
  cell = 'lstm',
  units = [64],
}: LearnerParameters<'recurrent'>): WindowReader {
  const layers = units.map((size, index) =>
    recurrent(cell.toUpperCase() as CellKind, index === 0 ? 1 : units[index - 1]!, size, {
      everyStep: index < units.length - 1,
    }),
  );
  const cells = sequence(layers);
  const layer: Layer = {
    ...cells,
    kind: 'cells',
    apply: (context, window) =>
      cells.apply(context, context.tape.op('Unsqueeze', [window, context.tape.integers([2])])),
  };
  return { layer, size: units.at(-1)! };
}

/** Where an embedding of places begins; small beside what a norm makes of it. */
const positionBound = 0.25;

/**
 * Stretches of the window as the words of a transformer (Nie et al. 2023, "PatchTST") whose norms come first (Xiong et al.
 * 2020).
 *
 * @param patch must divide the context
 */
export function attentionReader(
  context: number,
  { patch = 1, width = 32, heads = 4, blocks = 1, dropout: rate = 0 }: LearnerParameters<'attention'>,
): WindowReader {
  const length = context / patch;
  const block = (): Layer =>
    sequence([
      residual(sequence([layerNormalization(width), selfAttention(width, heads), dropout(rate)])),
      residual(
        sequence([
          ...[layerNormalization(width), dense(width, 2 * width), activation('Gelu')],
          ...[dense(2 * width, width), dropout(rate)],
        ]),
      ),
    ]);
  const embed = dense(patch, width);
  const body = sequence([...Array.from({ length: blocks }, block), layerNormalization(width)]);
  const layer: Layer = {
    kind: 'patches',
    parameters: {
      position: {
        ...{ shape: [length, width], penalised: false },
        initial: { kind: 'uniform', bound: positionBound },
      },
      ...prefixed('embed', embed.parameters),
      ...prefixed('body', body.parameters),
    },
    apply: (own, window) => {
      const m = arithmetic(own.tape);
      const patches = m.reshape(window, [0, length, patch]);
      const placed = m.add(embed.apply(within(own, 'embed'), patches), own.parameter('position'));
      return m.reshape(body.apply(within(own, 'body'), placed), [0, length * width]);
    },
  };
  return { layer, size: length * width };
}

/** The layer that every step ahead goes through. */
export interface HeadSettings {
  readonly hidden?: number | undefined;
  readonly dropout?: number | undefined;
}

/**
 * What is read of the window, a number for each step ahead and what is known of it go together through a hidden layer; to
 * the median a weighted sum of the window is added, which follows what is linear (Lai et al. 2018, "LSTNet"). Quantiles are
 * steps up and down from the median, so that they never cross.
 *
 * Inputs: `window` float32 [rows, context] and, with places, `ahead` float32 [rows, horizon, places]. The answer is
 * float32 [rows, horizon, levels], as the loss of several quantiles takes it.
 */
export function forecastNetwork(
  reader: WindowReader,
  shape: ForecastShape,
  { hidden = 64, dropout: rate = 0 }: HeadSettings,
): Network {
  const { context, horizon, places, levels } = shape;
  const parts: Readonly<Record<string, Layer>> = {
    reader: reader.layer,
    state: dense(reader.size, hidden),
    ...(places > 0 && { ahead: dense(places, hidden, { bias: false }) }),
    drop: dropout(rate),
    answer: dense(hidden, levels.length),
    linear: dense(context, horizon, { initial: { kind: 'zeros' }, bias: false }),
  };
  return {
    parameters: {
      ...Object.assign({}, ...Object.entries(parts).map(([name, one]) => prefixed(name, one.parameters))),
      step: {
        shape: [horizon, hidden],
        initial: { kind: 'glorot', fanIn: horizon, fanOut: hidden },
        penalised: false,
      },
    },
    forward: (own, { window, ahead }) => {
      const m = arithmetic(own.tape);
      const through = (name: string, input: Tensor): Tensor => parts[name]!.apply(within(own, name), input);
      const state = m.reshape(through('state', through('reader', window!)), [0, 1, hidden]);
      const steps = m.add(state, own.parameter('step'));
      const informed = ahead ? m.add(steps, through('ahead', ahead)) : steps;
      const answers = through('answer', through('drop', own.tape.op('Relu', [informed])));
      const line = m.reshape(through('linear', window!), [0, horizon, 1]);
      return m.add(inOrder(own, answers, levels), line);
    },
  };
}

/** From free numbers to ascending ones: the median as it is, the others by steps away from it. */
function inOrder({ tape }: ForwardContext, answers: Tensor, levels: readonly number[]): Tensor {
  const [below, above] = [levels.indexOf(0.5), levels.length - 1 - levels.indexOf(0.5)];
  if (below + above === 0) return answers;
  const sizes = [below, 1, above].filter((size) => size > 0);
  const parts = tape.ops('Split', sizes.length, [answers, tape.integers(sizes)], { axis: attr.int(-1) });
  const median = below > 0 ? 1 : 0;
  const spaced = parts.map((part, index) => (index === median ? part : tape.op('Softplus', [part])));
  const joined = tape.op('Concat', spaced, { axis: attr.int(-1) });
  return tape.op('MatMul', [joined, tape.floats(stepMatrix(below, above), [levels.length, levels.length])]);
}

/** [levels, levels]: each quantile is the median and all steps between it and the median. */
function stepMatrix(below: number, above: number): Float32Array {
  const count = below + 1 + above;
  return Float32Array.from({ length: count * count }, (_, flat) => {
    const [step, level] = [Math.floor(flat / count), flat % count];
    if (step === below) return 1;
    if (step < below) return level <= step ? -1 : 0;
    return level >= step ? 1 : 0;
  });
}
