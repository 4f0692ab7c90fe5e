/** Networks that have learnt, as files: another onnxruntime and the reference evaluator of ONNX give the same answers. */
import { expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../lib/onnx/index.ts';
import type { FeatureBlock } from '../../lib/preprocess/index.ts';
import { learners } from '../../lib/train/learners/index.ts';
import type { NetworkName } from '../../lib/train/networks/index.ts';
import type { Target } from '../../lib/train/types.ts';
import { runPython } from './python.ts';

const rows = 40;
const pixels: FeatureBlock = { kind: 'pixels', start: 0, size: 300, shape: [10, 10, 3] };
const tokens: FeatureBlock = { kind: 'tokens', start: 0, size: 9, shape: [9], vocabulary: 20 };
const numbers = (start: number): FeatureBlock => ({ kind: 'numbers', start, size: 3, shape: [3] });

const residual = {
  layers: [
    { kind: 'convolution', filters: 4 },
    { kind: 'residual', filters: 6, stride: 2 },
    { kind: 'average_pool' },
    { kind: 'global_average_pool' },
  ],
  normalization: 'batch',
};
const pooled = {
  layers: [
    { kind: 'convolution', filters: 4, padding: 'valid' },
    { kind: 'max_pool' },
    { kind: 'dropout', rate: 0.2 },
  ],
  augmentation: { shift: 0.1, flip: true },
};

type Case = readonly [NetworkName, Readonly<Record<string, unknown>>, readonly FeatureBlock[]];

const readers = ['convolution', 'attention', 'gru', 'lstm', 'rnn'];
const cases: readonly Case[] = [
  ['network', { epochs: 3, normalization: 'batch', dropout: 0.2 }, [numbers(0)]],
  ['network', { epochs: 3, normalization: 'layer', activation: 'gelu' }, [numbers(0)]],
  ['convolution', { epochs: 3, ...residual }, [pixels]],
  ['convolution', { epochs: 3, ...pooled }, [pixels, numbers(300)]],
  ...readers.map((reader): Case => ['text_network', { epochs: 3, reader, width: 8 }, [tokens, numbers(9)]]),
];

function featuresOf(layout: readonly FeatureBlock[]) {
  const random = createRandom(4);
  const columns = layout.reduce((sum, { size }) => sum + size, 0);
  const numberOf = ({ kind, vocabulary = 0 }: FeatureBlock, isThere: boolean): number => {
    if (kind === 'tokens') return isThere ? 1 + random.integer(vocabulary - 1) : 0;
    return kind === 'pixels' ? random.uniform() : random.normal();
  };
  const row = (): number[] => {
    const length = 2 + random.integer(7);
    return layout.flatMap((block) =>
      Array.from({ length: block.size }, (_, at) => numberOf(block, at < length)),
    );
  };
  return { rows, columns, data: Float32Array.from(Array.from({ length: rows }, row).flat()) };
}

const targets: Readonly<Record<string, Target>> = {
  classes: {
    task: 'classification',
    classes: ['a', 'b', 'c'],
    codes: Int32Array.from({ length: rows }, (_, row) => row % 3),
  },
  numbers: { task: 'regression', values: Float64Array.from({ length: rows }, (_, row) => 100 + (row % 7)) },
};

it.each(cases.flatMap((one) => Object.keys(targets).map((target) => [...one, target] as const)))(
  '%s %j answers the same elsewhere',
  async (name, parameters, layout, target) => {
    const x = featuresOf(layout);
    const options = { seed: 1, threads: 1, parameters, layout };
    const fitted = await learners[name].fit(x, targets[target]!, options);
    const builder = createGraphBuilder('network');
    const { answer } = fitted.emit(builder, builder.input('features', 'float32', ['N', x.columns]));
    builder.output('answer', answer, 'float32', target === 'classes' ? ['N', 3] : ['N']);
    const file = encodeModel(builder.model());
    const session = await createSession(file);

    const result = await session.run({
      features: { type: 'float32', dims: [rows, x.columns], data: x.data },
    });
    const features = Array.from({ length: rows }, (_, row) => [
      ...x.data.subarray(row * x.columns, (row + 1) * x.columns),
    ]);
    const input = JSON.stringify({ file: Buffer.from(file).toString('base64'), features });
    const theirs = JSON.parse(await runPython('network-answers.py', [], { input }));

    await session.release();
    const ours = result.answer!.data as Float32Array;
    const scale = target === 'classes' ? 1 : 100;
    for (const answers of [theirs.onnxruntime, theirs.reference] as readonly number[][]) {
      expect(answers).toHaveLength(ours.length);
      const differences = answers.map((value, index) => Math.abs(value - ours[index]!) / scale);
      expect(Math.max(...differences)).toBeLessThan(1e-5);
    }
  },
);
