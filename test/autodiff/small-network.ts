/** Small networks and examples for tests of training. */
import { readFileSync } from 'node:fs';
import type { ForwardContext, Network, Tensor } from '../../lib/autodiff/index.ts';
import { createRandom } from '../../lib/core/index.ts';
import type { TensorData } from '../../lib/onnx/index.ts';

/** Trainings by PyTorch, as test/oracle/training-fixtures.py wrote them. */
export const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/training/trainings.json', import.meta.url), 'utf8'),
);

/** Dense layers of these sizes; what is between them is done to every hidden layer. */
export function denseNetwork(
  sizes: readonly number[],
  between: (context: ForwardContext, hidden: Tensor) => Tensor = ({ tape }, hidden) =>
    tape.op('Tanh', [hidden]),
): Network {
  const layers = sizes.slice(1).map((units, index) => ({ fanIn: sizes[index]!, fanOut: units, index }));
  return {
    parameters: Object.fromEntries(
      layers.flatMap(({ fanIn, fanOut, index }) => [
        [`w${index}`, { shape: [fanIn, fanOut], initial: { kind: 'glorot', fanIn, fanOut } }],
        [`b${index}`, { shape: [fanOut], initial: { kind: 'zeros' }, penalised: false }],
      ]),
    ),
    forward: (context, { x }) => {
      let values = x!;
      for (const { index } of layers) {
        const { tape, parameter } = context;
        values = tape.op('Gemm', [values, parameter(`w${index}`), parameter(`b${index}`)]);
        if (index < layers.length - 1) values = between(context, values);
      }
      return values;
    },
  };
}

export const floats = (dims: readonly number[], values: ArrayLike<number>): TensorData => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

/** Points of three classes around corners of a triangle, that a network can nearly tell apart. */
export function threeClasses(rows: number, seed = 3): { readonly x: TensorData; readonly codes: number[] } {
  const random = createRandom(seed);
  const codes = Array.from({ length: rows }, () => random.integer(3));
  const values = codes.flatMap((code) => [
    Math.cos((2 * Math.PI * code) / 3) + 0.4 * random.normal(),
    Math.sin((2 * Math.PI * code) / 3) + 0.4 * random.normal(),
  ]);
  return { x: floats([rows, 2], values), codes };
}
