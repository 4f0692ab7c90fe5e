/** Networks for pictures and texts: what they are made of, what they learn, and what they refuse. */
import { describe, expect, it } from 'vitest';
import { emitNetwork } from '../../../lib/autodiff/index.ts';
import { initialNumbers, layParameters, weightsOf } from '../../../lib/autodiff/training/parameters.ts';
import { createRandom, type Matrix } from '../../../lib/core/index.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import type { FeatureBlock } from '../../../lib/preprocess/index.ts';
import { learners } from '../../../lib/train/learners/index.ts';
import {
  costOfRow,
  estimateNetwork,
  type NetworkName,
  networkFor,
  parameterCount,
} from '../../../lib/train/networks/index.ts';
import type { ClassTarget, FitOptions } from '../../../lib/train/types.ts';

const side = 12;
const digits: FeatureBlock = { kind: 'pixels', start: 0, size: 784, shape: [28, 28, 1] };

/** Pictures with a bright row, a bright column or neither, at a random place; then two numbers that say nothing. */
function pictures(rows: number) {
  const random = createRandom(1);
  const columns = side * side + 2;
  const data = new Float32Array(rows * columns);
  const codes = Int32Array.from({ length: rows }, (_, row) => row % 3);
  for (let row = 0; row < rows; row += 1) {
    const at = 1 + random.integer(side - 3);
    for (let place = 0; place < side * side; place += 1) {
      const bright = [Math.floor(place / side), place % side][codes[row]!];
      data[row * columns + place] = 0.3 * random.uniform() + (bright === at || bright === at + 1 ? 0.7 : 0);
    }
    data.set([random.normal(), random.normal()], row * columns + side * side);
  }
  const layout: readonly FeatureBlock[] = [
    { kind: 'pixels', start: 0, size: side * side, shape: [side, side, 1] },
    { kind: 'numbers', start: side * side, size: 2, shape: [2] },
  ];
  const target: ClassTarget = { task: 'classification', classes: ['row', 'column', 'none'], codes };
  return { x: { rows, columns, data }, layout, target };
}

/** Texts with the word 27 before 28, after it, or neither; the order alone tells them apart. */
function texts(rows: number) {
  const random = createRandom(2);
  const length = 10;
  const data = new Float32Array(rows * length);
  const codes = Int32Array.from({ length: rows }, (_, row) => row % 3);
  for (let row = 0; row < rows; row += 1) {
    const count = 3 + random.integer(length - 2);
    const words = Array.from({ length: count }, () => 1 + random.integer(26));
    const pair = [[27, 28], [28, 27], []][codes[row]!]!;
    words.splice(random.integer(count - 1), pair.length, ...pair);
    data.set(words, row * length);
  }
  const layout: readonly FeatureBlock[] = [
    { kind: 'tokens', start: 0, size: length, shape: [length], vocabulary: 30 },
  ];
  const target: ClassTarget = { task: 'classification', classes: ['before', 'after', 'neither'], codes };
  return { x: { rows, columns: length, data }, layout, target };
}

type Examples = ReturnType<typeof pictures>;

const learn = (
  name: NetworkName,
  { x, target, layout }: Examples,
  parameters: FitOptions['parameters'] = {},
) => learners[name].fit(x, target, { seed: 1, threads: 1, parameters, layout });

type Emit = Awaited<ReturnType<typeof learn>>['emit'];

/** Three answers a row by the emitted graph. */
async function answersOf(
  { emit }: { emit(...inputs: Parameters<Emit>): Pick<ReturnType<Emit>, 'answer'> },
  { rows, columns, data }: Matrix,
) {
  const builder = createGraphBuilder('test');
  const { answer } = emit(builder, builder.input('features', 'float32', ['N', columns]));
  builder.output('answer', answer, 'float32', ['N', 3]);
  const session = await createSession(encodeModel(builder.model()));
  const result = await session.run({ features: { type: 'float32', dims: [rows, columns], data } });
  await session.release();
  return result.answer!.data as Float32Array;
}

function accuracy(probabilities: Float32Array, { codes }: ClassTarget): number {
  const right = codes.filter((code, row) => {
    const own = probabilities.subarray(row * 3, row * 3 + 3);
    return own.indexOf(Math.max(...own)) === code;
  });
  return right.length / codes.length;
}

describe('presets', () => {
  // LeCun et al. 1998 in the form that is taught, and the summary that Keras prints of its example: there the maps have
  // 26 x 26 and 11 x 11 numbers, of which its pools look at 24 x 24 and 10 x 10.
  it.each([
    ['lenet', 61_706, 416_520],
    ['mnist', 34_826, 24 * 24 * 32 * 9 + 10 * 10 * 64 * 32 * 9 + 1600 * 10],
  ])('%s has the parameters and products of its description', (preset, parameters, products) => {
    const { networkOf } = networkFor('convolution', { preset }, { columns: 784, layout: [digits] });

    const network = networkOf(10);

    expect(parameterCount(network)).toBe(parameters);
    expect(costOfRow(network, { x: [1, 784] }).multiplications).toBe(products);
  });

  it('a setting of the spec goes before that of the preset, and a rate stays with its optimiser', () => {
    const parameters = { preset: 'lenet', optimizer: 'adam', epochs: 3 };
    const { settings } = networkFor('convolution', parameters, { columns: 784, layout: [digits] });

    expect(settings).toMatchObject({ optimizer: 'adam', epochs: 3, batch_size: 32 });
    expect(settings.learning_rate).toBeUndefined();
  });
});

describe('convolutional networks', () => {
  it.each([
    { preset: 'lenet', epochs: 15 },
    {
      preset: 'mnist',
      batch_size: 16,
      epochs: 15,
      augmentation: { shift: 0.1, rotate: 5, zoom: 0.1, flip: true },
    },
    { layers: [{ kind: 'convolution', filters: 8 }, { kind: 'max_pool' }], hidden: [16], epochs: 12 },
    {
      layers: [
        { kind: 'convolution', filters: 8 },
        { kind: 'residual', filters: 12, stride: 2 },
        { kind: 'global_average_pool' },
      ],
      normalization: 'batch',
      hidden: [],
      learning_rate: 0.01,
      epochs: 12,
    },
  ])('learn from pictures with numbers beside them by %j', async (parameters) => {
    const examples = pictures(240);

    const fitted = await learn('convolution', examples, parameters);

    expect(accuracy(await answersOf(fitted, examples.x), examples.target)).toBeGreaterThan(0.95);
  });

  it('bad call: are not for data without pictures', async () => {
    const fitting = learn('convolution', texts(60));

    await expect(fitting).rejects.toMatchObject({ code: 'learner_features', param: 'learner' });
  });

  it('bad call: name the layer that does not fit what is left of a picture', async () => {
    const layers = [
      { kind: 'max_pool', size: 5 },
      { kind: 'convolution', filters: 4, padding: 'valid' },
    ];

    await expect(learn('convolution', pictures(60), { layers })).rejects.toThrow(
      'Layer 2, "convolution", has windows larger than the 2 x 2 that are left',
    );
  });
});

describe('networks for texts', () => {
  it.each(['convolution', 'attention', 'gru'] as const)('learn the order of words by %s', async (reader) => {
    const examples = texts(240);
    const parameters = {
      reader,
      width: 16,
      filters: 16,
      units: 16,
      dropout: 0,
      learning_rate: 0.01,
      batch_size: 16,
    };

    const fitted = await learn('text_network', examples, { ...parameters, epochs: 40, patience: 0 });

    const empty = { rows: 1, columns: 10, data: new Float32Array(10) };
    expect(accuracy(await answersOf(fitted, examples.x), examples.target)).toBeGreaterThan(0.95);
    expect((await answersOf(fitted, empty)).every(Number.isFinite)).toBe(true);
  });

  it.each(['convolution', 'attention', 'gru'] as const)(
    'answer the same however much room is left after the end of a text, by %s',
    async (reader) => {
      const words = [[3, 4], [9]];
      const answersAt = async (length: number): Promise<number[]> => {
        const layout = [{ kind: 'tokens', start: 0, size: length, shape: [length], vocabulary: 12 }] as const;
        const settings = { reader, width: 8, filters: 4, units: 8 };
        const network = networkFor('text_network', settings, { columns: length, layout }).networkOf(3);
        const laid = layParameters(network);
        const { trained, kept } = initialNumbers(laid, 1);
        for (const { start, size, name } of laid.trained)
          if (name.endsWith('bias')) trained.fill(0.5, start, start + size);
        const weights = weightsOf(laid, { trained, kept });
        const data = Float32Array.from(words.flatMap((text) => Object.assign(Array(length).fill(0), text)));
        const emit: Parameters<typeof answersOf>[0]['emit'] = (builder, value) => {
          const x = { value, type: 'float32', shape: ['N', length] } as const;
          return { answer: emitNetwork(builder, network, { weights, inputs: { x } }).value };
        };
        return [...(await answersOf({ emit }, { rows: 2, columns: length, data }))];
      };

      const [tight, wide] = [await answersAt(2), await answersAt(7)];

      for (const [index, answer] of tight.entries()) expect(wide[index]).toBeCloseTo(answer, 5);
    },
  );

  it('bad call: are not for data without texts', async () => {
    const fitting = learn('text_network', pictures(60));

    await expect(fitting).rejects.toMatchObject({ code: 'learner_features', param: 'learner' });
  });
});

describe('all networks', () => {
  it('count classes by their weights', async () => {
    const examples = pictures(90);
    const parameters = { hidden: [], epochs: 60, patience: 0, class_weights: { column: 0, none: 0 } };

    const fitted = await learn('network', examples, parameters);

    const rowShare = (await answersOf(fitted, examples.x)).filter((_, at) => at % 3 === 0);
    expect(Math.min(...rowShare)).toBeGreaterThan(0.4);
  });

  it('bad call: class weights name classes that there are', async () => {
    const fitting = learn('network', pictures(60), { class_weights: { diagonal: 2 } });

    await expect(fitting).rejects.toThrow('the classes are "row", "column", "none"');
  });

  it('bad call: a loss for two classes is refused for three', async () => {
    const fitting = learn('network', pictures(60), { loss: 'binary_cross_entropy' });

    await expect(fitting).rejects.toMatchObject({ code: 'learner_loss', param: 'parameters.loss' });
  });

  it('bad call: a training that goes astray ends with the layer where it did, and what to try', async () => {
    const fitting = learn('convolution', pictures(60), {
      preset: 'lenet',
      activation: 'relu',
      learning_rate: 1e12,
    });

    await expect(fitting).rejects.toThrow(/parameter "(head|pixels1)\..*Try a lower learning rate/);
  });

  it('cost what their graphs say: twice the rows twice the time, and pictures by their area', () => {
    const size = (edge: number, rows: number) =>
      estimateNetwork({
        learner: 'convolution',
        parameters: {},
        rows,
        columns: edge * edge * 3,
        reads: { pictures: [[edge, edge, 3]], texts: [] },
        classes: 10,
      }).seconds;

    expect(size(32, 20_000) / size(32, 10_000)).toBeCloseTo(2, 1);
    expect(size(64, 10_000) / size(32, 10_000)).toBeCloseTo(4, 0);
  });
});
