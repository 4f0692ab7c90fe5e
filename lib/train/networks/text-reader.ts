/** Layers that read texts word by word: by kernels over neighbouring words, by attention, or one after the other. */
import {
  activation,
  arithmetic,
  type CellKind,
  convolution,
  dense,
  embedding,
  type ForwardContext,
  globalMaxPool,
  hiddenScore,
  type Layer,
  layerNormalization,
  type ParameterSpec,
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
import type { FeatureBlock } from '../../preprocess/index.ts';
import type { Reader } from './blocks.ts';

type Settings = LearnerParameters<'text_network'>;

/** Layers in the middle of a reader: words [rows, length, width], and 1 where there is a word, [rows, length, 1]. */
interface Middle {
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  readonly outputs: number;
  apply(context: ForwardContext, words: Tensor, isWord: Tensor): Tensor;
}

/** How words begin; small beside what a norm or a dense layer makes of them. */
const embeddingBound = 0.25;

/** Reads a block of tokens. After the end of a text there is nothing, not a word like others. */
export function textReader({ size, vocabulary = 0 }: FeatureBlock, settings: Settings): Reader {
  const { width = 64 } = settings;
  const words = embedding(vocabulary, width, { kind: 'uniform', bound: embeddingBound });
  const middle = middleOf(size, width, settings);
  const layer: Layer = {
    kind: 'text',
    parameters: { ...prefixed('embedding', words.parameters), ...prefixed('reader', middle.parameters) },
    apply: (context, input) => {
      const { tape } = context;
      const m = arithmetic(tape);
      const there = m.mask(m.greater(input, 0), input);
      const isWord = tape.op('Unsqueeze', [there, tape.integers([2])]);
      const looked = words.apply(within(context, 'embedding'), m.cast(input, 'int64'));
      return middle.apply(within(context, 'reader'), m.mul(looked, isWord), isWord);
    },
  };
  return { layer, outputs: middle.outputs };
}

function middleOf(length: number, width: number, settings: Settings): Middle {
  const { reader = 'convolution', units = 64 } = settings;
  if (reader === 'convolution') return kernelsOverWords(length, width, settings);
  if (reader === 'attention') return attention(length, width, settings.heads ?? 4);
  return cells(reader.toUpperCase() as CellKind, width, units);
}

/** Added to what is said of each position, in a shape that broadcasts to it: nothing looks at one that holds no word. */
function hiddenBeyondEnd({ tape }: ForwardContext, isWord: Tensor, shape: readonly number[]): Tensor {
  const m = arithmetic(tape);
  return m.reshape(m.mul(m.sub(isWord, 1), -hiddenScore), shape);
}

/** Kim 2014: of each kernel the strongest answer around any word of the text. */
function kernelsOverWords(
  length: number,
  width: number,
  { kernels = [3, 4, 5], filters = 100 }: Settings,
): Middle {
  const layers = kernels.map((kernel) =>
    convolution(width, filters, [kernel], {
      padding: 'same',
      initial: { kind: 'he', fanIn: width * kernel },
    }),
  );
  // The largest of the activations is the activation of the largest.
  const strongest = sequence([globalMaxPool(), activation('Relu')]);
  const nameOf = (index: number): string => `kernel${index + 1}`;
  return {
    parameters: Object.assign(
      {},
      ...layers.map(({ parameters }, index) => prefixed(nameOf(index), parameters)),
    ),
    outputs: filters * kernels.length,
    apply: (context, words, isWord) => {
      const { tape } = context;
      const m = arithmetic(tape);
      const channels = m.transpose(words, [0, 2, 1]);
      const hidden = hiddenBeyondEnd(context, isWord, [0, 1, length]);
      const answers = layers.map((layer, index) =>
        strongest.apply(context, m.add(layer.apply(within(context, nameOf(index)), channels), hidden)),
      );
      return answers.length === 1 ? answers[0]! : tape.op('Concat', answers, { axis: attr.int(1) });
    },
  };
}

/** One block of a transformer with its norms in front (Vaswani et al. 2017; Xiong et al. 2020), then the mean of the words. */
function attention(length: number, width: number, heads: number): Middle {
  const attend = selfAttention(width, heads);
  const before = layerNormalization(width);
  const think = residual(
    sequence([
      layerNormalization(width),
      dense(width, 4 * width),
      activation('Gelu'),
      dense(4 * width, width),
    ]),
  );
  const last = layerNormalization(width);
  return {
    parameters: {
      position: {
        shape: [length, width],
        initial: { kind: 'uniform', bound: embeddingBound },
        penalised: false,
      },
      ...prefixed('norm', before.parameters),
      ...prefixed('attention', attend.parameters),
      ...prefixed('feedforward', think.parameters),
      ...prefixed('last', last.parameters),
    },
    outputs: width,
    apply: (context, words, isWord) => {
      const m = arithmetic(context.tape);
      const placed = m.add(words, context.parameter('position'));
      const hidden = hiddenBeyondEnd(context, isWord, [0, 1, 1, length]);
      const normed = before.apply(within(context, 'norm'), placed);
      const seen = m.add(placed, attend.apply(within(context, 'attention'), normed, hidden));
      const thought = think.apply(within(context, 'feedforward'), seen);
      return meanOfWords(context, last.apply(within(context, 'last'), thought), isWord);
    },
  };
}

/** A recurrent layer, then the mean of its states over the words. */
function cells(kind: CellKind, width: number, units: number): Middle {
  const layer = recurrent(kind, width, units, { everyStep: true });
  return {
    parameters: layer.parameters,
    outputs: units,
    apply: (context, words, isWord) => meanOfWords(context, layer.apply(context, words), isWord),
  };
}

/** [rows, length, features] to [rows, features]; zeros for a text without words. */
function meanOfWords({ tape }: ForwardContext, values: Tensor, isWord: Tensor): Tensor {
  const m = arithmetic(tape);
  const count = tape.op('Max', [m.sum(isWord, [1], false), m.scalar(1, isWord)]);
  return m.div(m.sum(m.mul(values, isWord), [1], false), count);
}
