/** Layers against PyTorch in float64: trained form, served form, and the way they name their parameters. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type AttentionLayer,
  activation,
  averagePool,
  batchNormalization,
  convolution,
  createTape,
  dense,
  differentiate,
  dropout,
  embedding,
  type ForwardContext,
  flatten,
  globalAveragePool,
  globalMaxPool,
  type Layer,
  layerNormalization,
  maxPool,
  networkOf,
  pooledConvolution,
  recurrent,
  residual,
  selfAttention,
  sequence,
  type Tape,
  type Tensor,
} from '../../lib/autodiff/index.ts';
import { createGraphBuilder, createSession, encodeModel, floatTensor } from '../../lib/onnx/index.ts';
import { relativeError, runGraph, tensorOf, weightedSum } from './run-graph.ts';

interface GivenTensor {
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

interface Case {
  readonly title: string;
  readonly input: GivenTensor;
  readonly parameters: Readonly<Record<string, GivenTensor>>;
  readonly result: GivenTensor & { readonly seeds: readonly number[] };
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

/** The second of the two series is whole, the first has padding at its end. */
const paddedAttention = (): Layer => {
  const attention: AttentionLayer = selfAttention(4, 2);
  return {
    ...attention,
    apply: (context, input) => {
      const hidden = context.tape.floats([0, 0, -1e9, 0, 0, 0], [2, 1, 1, 3]);
      return attention.apply(context, input, { ...hidden, shape: [input.shape[0]!, 1, 1, 3] });
    },
  };
};

/** The layers of the fixture by title. */
const layers: Readonly<Record<string, () => Layer>> = {
  'RNN last step': () => recurrent('RNN', 2, 3),
  'RNN every step': () => recurrent('RNN', 2, 3, { everyStep: true }),
  'GRU last step': () => recurrent('GRU', 2, 3),
  'GRU every step': () => recurrent('GRU', 2, 3, { everyStep: true }),
  'LSTM last step': () => recurrent('LSTM', 2, 3),
  'LSTM every step': () => recurrent('LSTM', 2, 3, { everyStep: true }),
  'attention in two heads': () => selfAttention(4, 2),
  'attention to the past': () => selfAttention(4, 1, { causal: true }),
  'attention past padding': paddedAttention,
  'a convolution and its pool': () => pooledConvolution(1, 3, [3, 3], { tile: [2, 2] }),
  'a padded convolution and a wide pool': () =>
    pooledConvolution(2, 3, [4, 2], { tile: [2, 3], padding: 'same', bias: false }),
  'a convolution and its pool over series': () => pooledConvolution(2, 2, [5], { tile: [3] }),
  'dense of rows': () => dense(3, 2),
  'dense of series': () => dense(3, 2),
};

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./fixtures/layers.json', import.meta.url), 'utf8'),
);

const TOLERANCE = 1e-6;

const tensor = ({ dims, values }: GivenTensor) => tensorOf('float32', dims, values);

/** A context over tensors that are there already. */
function contextOf(tape: Tape, training: boolean, named: Readonly<Record<string, Tensor>>) {
  const updates = new Map<string, Tensor>();
  const context: ForwardContext = {
    tape,
    training,
    parameter: (name) => named[name]!,
    update: (name, value) => updates.set(name, value),
    random: (shape) => tape.adopt(named.noise!.value, 'float32', shape),
  };
  return { context, updates };
}

describe('layers agree with PyTorch', () => {
  it.each(cases.map((each) => [each.title, each] as const))('%s, trained', async (title, given) => {
    const layer = layers[title]!();
    const names = Object.keys(given.gradients);

    const answers = await runGraph({
      inputs: Object.fromEntries(
        names.map((name) => [name, tensor(name === 'input' ? given.input : given.parameters[name]!)]),
      ),
      write: (tape, named) => {
        const result = layer.apply(contextOf(tape, true, named).context, named.input!);
        const loss = weightedSum(tape, [result], [given.result.seeds]);
        const found = differentiate(
          tape,
          loss,
          names.map((name) => named[name]!),
        );
        return { result, ...Object.fromEntries(names.map((name, index) => [`d_${name}`, found[index]!])) };
      },
    });

    expect(Object.keys(layer.parameters).sort()).toEqual(Object.keys(given.parameters).sort());
    for (const [name, { shape }] of Object.entries(layer.parameters)) {
      expect(shape).toEqual(given.parameters[name]!.dims);
    }
    expect(answers.result!.dims).toEqual(given.result.dims);
    expect(relativeError(answers.result!.values, given.result.values)).toBeLessThan(TOLERANCE);
    for (const name of names) {
      expect(relativeError(answers[`d_${name}`]!.values, given.gradients[name]!)).toBeLessThan(TOLERANCE);
    }
  });

  it.each(cases.map((each) => [each.title, each] as const))('%s, served', async (title, given) => {
    const builder = createGraphBuilder('serve');
    const tape = createTape(builder);
    const shape = ['rows', ...given.input.dims.slice(1)];
    const input = tape.adopt(builder.input('input', 'float32', shape), 'float32', shape);
    const weights = Object.fromEntries(
      Object.entries(given.parameters).map(([name, value]) => [name, tape.constant(tensor(value))]),
    );
    const result = layers[title]!().apply(contextOf(tape, false, weights).context, input);
    builder.output('result', result.value, result.type, result.shape);
    const session = await createSession(encodeModel(builder.model()));

    const answer = await session.run({ input: tensor(given.input) });
    await session.release();

    expect(result.shape).toEqual(['rows', ...given.result.dims.slice(1)]);
    expect(answer.result!.dims).toEqual(given.result.dims);
    const got = Array.from(answer.result!.data as Float32Array);
    expect(relativeError(got, given.result.values)).toBeLessThan(TOLERANCE);
  });
});

describe('layers are put together', () => {
  it('to a small residual network whose parameters are named by kind and place, for named rows too', () => {
    const block = sequence([convolution(4, 4, [3, 3], { padding: 'same' }), batchNormalization(4)]);
    const network = networkOf(
      sequence([
        convolution(1, 4, [3, 3], { strides: [2, 2], padding: [1, 1], bias: false }),
        residual(block, convolution(4, 4, [1, 1])),
        activation('Relu'),
        maxPool([2, 2]),
        averagePool([2, 2], { padding: [1, 1] }),
        flatten(),
        layerNormalization(16),
        dropout(0.5),
        dense(16, 3),
      ]),
      'pixels',
    );
    const builder = createGraphBuilder('network');
    const tape = createTape(builder);
    const pixels = tape.adopt(builder.input('pixels', 'float32', ['rows', 1, 8, 8]), 'float32', [
      'rows',
      1,
      8,
      8,
    ]);
    const parameters = Object.fromEntries(
      Object.entries(network.parameters).map(([name, { shape }]) => [
        name,
        tape.constant(floatTensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)),
      ]),
    );

    const answer = network.forward(contextOf(tape, false, parameters).context, { pixels });

    expect(answer.shape).toEqual(['rows', 3]);
    expect(Object.keys(network.parameters)).toEqual([
      'convolution1.weight',
      'residual2.body.convolution1.weight',
      'residual2.body.convolution1.bias',
      'residual2.body.batchnormalization2.scale',
      'residual2.body.batchnormalization2.bias',
      'residual2.body.batchnormalization2.mean',
      'residual2.body.batchnormalization2.variance',
      'residual2.shortcut.weight',
      'residual2.shortcut.bias',
      'layernormalization7.scale',
      'layernormalization7.bias',
      'dense9.weight',
      'dense9.bias',
    ]);
    expect(network.parameters['residual2.body.batchnormalization2.mean']!.trained).toBe(false);
  });

  it('to look words up and pool them', async () => {
    const layer = sequence([embedding(3, 2), averageOfWords()]);

    const answers = await runGraph({
      inputs: {
        words: tensorOf('int64', [1, 2], [2, 0]),
        'embedding1.weight': tensorOf('float32', [3, 2], [1, 2, 3, 4, 5, 6]),
      },
      write: (tape, named) => ({
        result: layer.apply(contextOf(tape, false, named).context, named.words!),
      }),
    });

    expect(answers.result).toEqual({ dims: [1, 2], values: [3, 4] });
  });

  it('to find the largest of a channel', async () => {
    const answers = await runGraph({
      inputs: { input: tensorOf('float32', [1, 2, 3], [1, 3, 2, -1, -3, -2]) },
      write: (tape, named) => ({
        result: globalMaxPool().apply(contextOf(tape, false, named).context, named.input!),
      }),
    });

    expect(answers.result).toEqual({ dims: [1, 2], values: [3, -1] });
  });

  it('bad call: heads that do not divide the features', () => {
    expect(() => selfAttention(4, 3)).toThrow('3 heads do not divide 4 features evenly');
  });
});

/** Words last, so that they are the space to pool over. */
function averageOfWords(): Layer {
  const pool = globalAveragePool();
  return {
    ...pool,
    apply: (context, input) => pool.apply(context, context.tape.op('Transpose', [input], perm021)),
  };
}
const perm021 = { perm: { kind: 'ints', value: [0, 2, 1] } } as const;

describe('layers that behave differently in training', () => {
  it('batch normalisation keeps running statistics of the sample beside its result', async () => {
    const answers = await runGraph({
      inputs: {
        input: tensorOf('float32', [4, 1], [1, 2, 3, 6]),
        scale: tensorOf('float32', [1], [2]),
        bias: tensorOf('float32', [1], [1]),
        mean: tensorOf('float32', [1], [10]),
        variance: tensorOf('float32', [1], [20]),
      },
      write: (tape, named) => {
        const { context, updates } = contextOf(tape, true, named);
        const result = batchNormalization(1, 0.9).apply(context, named.input!);
        return { result, newMean: updates.get('mean')!, newVariance: updates.get('variance')! };
      },
    });

    // Mean 3; variance 14/4 of the population, 14/3 of the sample.
    const deviation = Math.sqrt(14 / 4 + 1e-5);
    const wanted = [1, 2, 3, 6].map((value) => 1 + (2 * (value - 3)) / deviation);
    expect(relativeError(answers.result!.values, wanted)).toBeLessThan(TOLERANCE);
    expect(answers.newMean!.values[0]).toBeCloseTo(0.9 * 10 + 0.1 * 3, 5);
    expect(answers.newVariance!.values[0]).toBeCloseTo(0.9 * 20 + (0.1 * 14) / 3, 5);
  });

  it('bad call: batch normalisation of a single number by channel', () => {
    const write = () =>
      runGraph({
        inputs: { input: tensorOf('float32', [1, 1], [1]), noise: tensorOf('float32', [1], [1]) },
        write: (tape, named) => {
          const { context } = contextOf(tape, true, { ...named, ...fourVectors(tape) });
          return { result: batchNormalization(1).apply(context, named.input!) };
        },
      });

    return expect(write()).rejects.toThrow('two rows or more');
  });

  it('dropout drops what was drawn below the rate and enlarges the rest, on the way back too', async () => {
    const answers = await runGraph({
      inputs: {
        input: tensorOf('float32', [1, 4], [1, 2, 3, 4]),
        noise: tensorOf('float32', [1, 4], [0.1, 0.25, 0.2, 0.9]),
      },
      write: (tape, named) => {
        const result = dropout(0.25).apply(contextOf(tape, true, named).context, named.input!);
        const loss = weightedSum(tape, [result], [[1, 10, 100, 1000]]);
        return { result, gradient: differentiate(tape, loss, [named.input!])[0]! };
      },
    });

    expect(relativeError(answers.result!.values, [0, 8 / 3, 0, 16 / 3])).toBeLessThan(TOLERANCE);
    expect(relativeError(answers.gradient!.values, [0, 40 / 3, 0, 4000 / 3])).toBeLessThan(TOLERANCE);
  });

  it("ONNX's Dropout passes gradients where its mask kept", async () => {
    const answers = await runGraph({
      inputs: { input: tensorOf('float32', [64], Array<number>(64).fill(1)) },
      write: (tape, { input }) => {
        const on = tape.constant(tensorOf('bool', [], [true]));
        const result = tape.op('Dropout', [input!, tape.floats(0.5), on], {
          seed: { kind: 'int', value: 7 },
        });
        const loss = weightedSum(tape, [result], [Array<number>(64).fill(1)]);
        return { result, gradient: differentiate(tape, loss, [input!])[0]! };
      },
    });

    expect(new Set(answers.result!.values)).toEqual(new Set([0, 2]));
    expect(answers.gradient!.values).toEqual(answers.result!.values);
  });
});

const fourVectors = (tape: Tape): Record<string, Tensor> =>
  Object.fromEntries(['scale', 'bias', 'mean', 'variance'].map((name) => [name, tape.floats([1])]));
