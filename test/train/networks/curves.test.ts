/** The loss of whole networks, step by step, from the same first weights as PyTorch's. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { classTarget, numberTarget, trainNetwork } from '../../../lib/autodiff/index.ts';
import { floatTensor } from '../../../lib/onnx/index.ts';
import type { FeatureBlock } from '../../../lib/preprocess/index.ts';
import { type NetworkName, networkFor } from '../../../lib/train/networks/index.ts';
import { trainingOf } from '../../../lib/train/networks/training.ts';

/** What `test/oracle/network-curves.py` writes. */
interface Curve {
  readonly title: string;
  readonly learner: NetworkName;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly block: Pick<FeatureBlock, 'kind' | 'shape' | 'vocabulary'>;
  readonly outputs: number;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly number[];
}

const curves: readonly Curve[] = JSON.parse(
  readFileSync(new URL('./fixtures/curves.json', import.meta.url), 'utf8'),
);
const rows = 24;

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** Numbers from -1 to 1 without an order that one can see. */
const pattern = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, index) => (((index * 7919 + seed * 613) % 10007) / 10007) * 2 - 1);

function startOf(name: string, shape: readonly number[]) {
  const seed = [...name].reduce((sum, letter) => sum + letter.codePointAt(0)!, 0);
  const fan = shape.length === 2 ? shape[0]! : product(shape.slice(1));
  const scale = shape.length === 1 ? 0.1 : Math.sqrt(3 / fan);
  const values = pattern(product(shape), seed).map((value) =>
    name.endsWith('scale') ? 1 + 0.1 * value : value * scale,
  );
  return floatTensor(values, shape);
}

function inputsOf({ kind, shape, vocabulary = 0 }: Curve['block']) {
  const size = product(shape);
  const values =
    kind === 'tokens'
      ? Array.from({ length: rows * size }, (_, flat) => {
          const [row, place] = [Math.floor(flat / size), flat % size];
          return place < 2 + (row % (size - 1)) ? 1 + ((row * 31 + place * 17) % (vocabulary - 1)) : 0;
        })
      : pattern(rows * size, 1);
  return floatTensor(values, [rows, size]);
}

it.each(curves)('$title learns step by step as in PyTorch', async (curve) => {
  const { block, learner, parameters, outputs, shapes, losses } = curve;
  const size = product(block.shape);
  const readable = { columns: size, layout: [{ ...block, start: 0, size }] };
  const { settings, networkOf } = networkFor(learner, parameters, readable);
  const labels = Array.from({ length: rows }, (_, row) => ((row * 7) % 5) % (outputs === 1 ? 2 : outputs));
  const network = networkOf(outputs);
  const start = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, startOf(name, shape)]),
  );

  const { history } = await trainNetwork(
    {
      network,
      inputs: { x: inputsOf(block) },
      ...(outputs === 1
        ? { target: numberTarget(labels), loss: { kind: 'binary-cross-entropy' } }
        : { target: classTarget(labels), loss: { kind: 'cross-entropy' } }),
    },
    { ...trainingOf(settings, rows), batchSize: rows, epochs: losses.length, seed: 1, start },
  );

  const learnt = Object.entries(network.parameters).filter(([, { trained = true }]) => trained);
  expect(learnt.map(([name]) => name).sort()).toEqual(Object.keys(shapes).sort());
  expect(losses).toHaveLength(100);
  const differences = history.map(({ loss }, step) => Math.abs(loss - losses[step]!));
  expect(Math.max(...differences)).toBeLessThan(1e-3);
});
