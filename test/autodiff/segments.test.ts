/** Weights in a training graph: large ones are held apart, which changes nothing of what is learnt. */
import { describe, expect, it } from 'vitest';
import {
  classTarget,
  type Network,
  type TrainingOptions,
  trainNetwork,
  type Weights,
} from '../../lib/autodiff/index.ts';
import { layParameters, segmentsOf } from '../../lib/autodiff/training/parameters.ts';
import { createRandom } from '../../lib/core/index.ts';
import { relativeError } from './run-graph.ts';
import { denseNetwork, floats, threeClasses } from './small-network.ts';

const units = 200;
const large = denseNetwork([2, units, units, units, 3]);

/** How many parameters the rows of a large weight are spread over below. */
const parts = 4;
const partSize = (units / parts) * units;
const partsOf = (name: string) => Array.from({ length: parts }, (_, index) => `${name}.${index}`);
const isLarge = (name: string) =>
  large.parameters[name]!.shape[0] === units && name !== 'w3' && name[0] === 'w';

/** The same function with the rows of each large weight as four small parameters. */
const inParts: Network = {
  parameters: Object.fromEntries(
    Object.entries(large.parameters).flatMap(([name, spec]) =>
      isLarge(name)
        ? partsOf(name).map((part) => [part, { ...spec, shape: [units / parts, units] }] as const)
        : [[name, spec] as const],
    ),
  ),
  forward: (context, inputs) => {
    const joined = (name: string) =>
      context.tape.op('Concat', partsOf(name).map(context.parameter), { axis: { kind: 'int', value: 0 } });
    const parameter = (name: string) => (isLarge(name) ? joined(name) : context.parameter(name));
    return large.forward({ ...context, parameter }, inputs);
  },
};

const random = createRandom(5);
const start: Weights = Object.fromEntries(
  Object.entries(large.parameters).map(([name, { shape }]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return [
      name,
      floats(
        shape,
        Array.from({ length: size }, () => 0.08 * random.normal()),
      ),
    ];
  }),
);
const startInParts: Weights = Object.fromEntries(
  Object.entries(start).flatMap(([name, tensor]) =>
    isLarge(name)
      ? partsOf(name).map((part, index) => [
          part,
          floats(
            [units / parts, units],
            (tensor.data as Float32Array).subarray(index * partSize, (index + 1) * partSize),
          ),
        ])
      : [[name, tensor]],
  ),
);

const { x, codes } = threeClasses(24);

/** All weights after eight steps, in one order. */
async function weightsAfter(network: Network, begin: Weights, options: Partial<TrainingOptions>) {
  const problem = {
    network,
    inputs: { x },
    target: classTarget(codes),
    loss: { kind: 'cross-entropy' },
  } as const;
  const { weights } = await trainNetwork(problem, {
    ...{ optimizer: { kind: 'adam' }, learningRate: 0.003, batchSize: 12, epochs: 4, seed: 1, start: begin },
    ...options,
  });
  return Object.values(weights).flatMap(({ data }) => [...(data as Float32Array)]);
}

describe('segments', () => {
  it('large parameters stand alone, and small ones share the segment between them', () => {
    const segments = segmentsOf(layParameters(large).trained);

    expect(segments.map(({ slots }) => slots.map(({ name }) => name))).toEqual([
      ['w0', 'b0'],
      ['w1'],
      ['b1'],
      ['w2'],
      ['b2', 'w3', 'b3'],
    ]);
    expect(segments.map(({ start: first }) => first)).toEqual([0, 600, 40_600, 40_800, 80_800]);
    expect(segmentsOf(layParameters(inParts).trained)).toHaveLength(1);
  });

  it.each<[string, Partial<TrainingOptions>]>([
    ['Adam', {}],
    ['AdamW with weight decay', { optimizer: { kind: 'adamw', weightDecay: 0.1 } }],
    ['momentum', { optimizer: { kind: 'sgd', momentum: 0.9 }, learningRate: 0.05 }],
    ['RMSprop with momentum', { optimizer: { kind: 'rmsprop', momentum: 0.9 } }],
    ['a clipped length of the gradient', { optimizer: { kind: 'sgd' }, clip: { by: 'norm', norm: 0.1 } }],
    ['penalties', { optimizer: { kind: 'sgd' }, penalty: { l1: 0.01, l2: 0.1 } }],
  ])('%s moves weights alike, in one segment or in five', async (_title, options) => {
    const apart = await weightsAfter(large, start, options);
    const together = await weightsAfter(inParts, startInParts, options);

    expect(apart).toHaveLength(together.length);
    expect(relativeError(apart, together)).toBeLessThan(1e-5);
  });
});
