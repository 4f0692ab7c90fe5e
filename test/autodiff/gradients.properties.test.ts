/** Gradients of random graphs: against differences in float64, and for linear operators against their own answers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arithmetic, differentiate, type Tape, type Tensor } from '../../lib/autodiff/index.ts';
import { type Attributes, attr } from '../../lib/onnx/index.ts';
import { compileGraph, runGraph, tensorOf, weightedSum } from './run-graph.ts';

const RUNS = 40;
/** Central differences in float64 err by about the square of the step, and by rounding over the step. */
const STEP = 1e-5;

/** Numbers that a seed decides, from -1 to 1. */
function numbersFrom(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.sin(1 + seed * 12.9898 + index * 78.233));
}

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Smooth steps from two matrices of one shape to another matrix; `a` is what the graph has made so far. */
const steps: Readonly<Record<string, (tape: Tape, a: Tensor, b: Tensor) => Tensor>> = {
  add: (tape, a, b) => tape.op('Add', [a, row(tape, b)]),
  sub: (tape, a, b) => tape.op('Sub', [column(tape, b), a]),
  mul: (tape, a, b) => tape.op('Mul', [a, b]),
  div: (tape, a, b) => {
    const m = arithmetic(tape);
    return m.div(a, m.add(m.mul(b, b), 1));
  },
  tanh: (tape, a) => tape.op('Tanh', [a]),
  sigmoid: (tape, a) => tape.op('Sigmoid', [a]),
  exp: (tape, a) => tape.op('Exp', [tape.op('Tanh', [a])]),
  softmax: (tape, a) => tape.op('Softmax', [a], { axis: attr.int(1) }),
  logSoftmax: (tape, a) => tape.op('LogSoftmax', [a], { axis: attr.int(-1) }),
  product: (tape, a, b) => tape.op('MatMul', [tape.op('MatMul', [a, b], {}), b]),
  gemm: (tape, a, b) =>
    tape.op('Gemm', [b, a, row(tape, b)], { transA: attr.int(1), alpha: attr.float(0.5) }),
  transpose: (tape, a) => tape.op('Transpose', [a]),
  centre: (tape, a) => arithmetic(tape).sub(a, arithmetic(tape).mean(a, [0])),
  norm: (tape, a) => arithmetic(tape).sqrt(arithmetic(tape).add(arithmetic(tape).mul(a, a), 1)),
  turn: (tape, a) => {
    const [top, rest] = tape.ops('Split', 2, [a, tape.integers([1, Number(a.shape[0]) - 1])], {
      axis: attr.int(0),
    });
    return tape.op('Concat', [rest!, top!], { axis: attr.int(0) });
  },
  shift: (tape, a) => {
    const end = tape.integers([Number(a.shape[0])]);
    const kept = tape.op('Slice', [a, tape.integers([1]), end, tape.integers([0])]);
    return tape.op('Concat', [kept, tape.op('Gather', [a, tape.integers([0])])], { axis: attr.int(0) });
  },
};

const row = (tape: Tape, b: Tensor): Tensor => arithmetic(tape).mean(b, [0], false);
const column = (tape: Tape, b: Tensor): Tensor => arithmetic(tape).sum(b, [1]);

describe('gradients of random graphs', () => {
  it('agree with central differences in float64', async () => {
    const graphs = fc.record({
      names: fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 6 }),
      size: fc.integer({ min: 2, max: 4 }),
      seed: fc.integer({ min: 0, max: 1000 }),
    });

    await fc.assert(
      fc.asyncProperty(graphs, async ({ names, size, seed }) => {
        const dims = [size, size];
        const [a, b, direction] = [0, 1, 2].map((offset) => numbersFrom(seed + offset, size * size));
        const compiled = await compileGraph({
          inputs: { a: tensorOf('float64', dims, a!), b: tensorOf('float64', dims, b!) },
          write: (tape, inputs) => {
            const result = names.reduce((value, name) => steps[name]!(tape, value, inputs.b!), inputs.a!);
            const loss = weightedSum(tape, [result], [numbersFrom(seed + 3, size * size)]);
            const [slopeA, slopeB] = differentiate(tape, loss, [inputs.a!, inputs.b!]);
            return { loss, slopeA: slopeA!, slopeB: slopeB! };
          },
        });
        const moved = async (by: number): Promise<number> => {
          const along = (values: readonly number[]) =>
            tensorOf(
              'float64',
              dims,
              values.map((value, index) => value + by * direction![index]!),
            );
          return (await compiled.run({ a: along(a!), b: along(b!) })).loss!.values[0]!;
        };

        const { slopeA, slopeB } = await compiled.run();
        const [ahead, behind] = [await moved(STEP), await moved(-STEP)];
        await compiled.close();

        const along = direction!.reduce(
          (sum, value, index) => sum + value * (slopeA!.values[index]! + slopeB!.values[index]!),
          0,
        );
        const difference = (ahead - behind) / (2 * STEP);
        expect(Math.abs(along - difference)).toBeLessThan(1e-6 * Math.max(1, Math.abs(difference)));
      }),
      { numRuns: RUNS, seed: 6 },
    );
  });
});

interface LinearCase {
  readonly opType: string;
  readonly x: readonly number[];
  readonly kernels?: readonly number[];
  readonly attributes: Attributes;
}

/**
 * For a result that is linear in an input, the loss is the sum of the input times its gradient, and stays so for
 * any other input. Differences would have errors of float32 here; this has none but rounding.
 */
async function linearErrors({ opType, x, kernels, attributes }: LinearCase): Promise<number[]> {
  const shapes = { x, ...(kernels === undefined ? {} : { kernels }) };
  const names = Object.keys(shapes);
  const numbers = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => [name, numbersFrom(index, countOf(shape))]),
  );
  const answers = await runGraph({
    inputs: Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, tensorOf('float32', shape, numbers[name]!)]),
    ),
    write: (tape, inputs) => {
      const result = tape.op(
        opType,
        names.map((name) => inputs[name]!),
        attributes,
      );
      const loss = weightedSum(tape, [result], [numbersFrom(9, countOf(result.shape as number[]))]);
      const found = differentiate(
        tape,
        loss,
        names.map((name) => inputs[name]!),
      );
      return { loss, ...Object.fromEntries(names.map((name, index) => [`d_${name}`, found[index]!])) };
    },
  });
  const loss = answers.loss!.values[0]!;
  return names.map((name) => {
    const products = answers[`d_${name}`]!.values.map((slope, index) => slope * numbers[name]![index]!);
    const scale = products.reduce((sum, value) => sum + Math.abs(value), 1);
    return Math.abs(products.reduce((sum, value) => sum + value, 0) - loss) / scale;
  });
}

const twice = (max: number, min = 1) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const geometry = fc.record({
  examples: fc.integer({ min: 1, max: 3 }),
  inGroup: fc.integer({ min: 1, max: 2 }),
  outGroup: fc.integer({ min: 1, max: 2 }),
  group: fc.integer({ min: 1, max: 3 }),
  kernel: twice(3),
  extra: twice(4, 0),
  strides: twice(3),
  dilations: twice(2),
  before: twice(2, 0),
  after: twice(2, 0),
});

const TOLERANCE = 2e-6;

describe('gradients of windows of random geometry', () => {
  it('convolutions are the adjoint of themselves', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (given) => {
        const { examples, inGroup, outGroup, group, kernel, strides, dilations, before, after } = given;
        const space = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1 + given.extra[axis]!);

        const errors = await linearErrors({
          opType: 'Conv',
          x: [examples, inGroup * group, ...space],
          kernels: [outGroup * group, inGroup, ...kernel],
          attributes: {
            strides: attr.ints(strides),
            dilations: attr.ints(dilations),
            pads: attr.ints([...before, ...after]),
            group: attr.int(group),
          },
        });

        expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: RUNS, seed: 7 },
    );
  });

  it('transposed convolutions are the adjoint of themselves', async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async (given) => {
        const { examples, inGroup, outGroup, group, kernel, strides, dilations, extra } = given;
        const output = extra.map((size, axis) => Math.min(size, strides[axis]! - 1));

        const errors = await linearErrors({
          opType: 'ConvTranspose',
          x: [examples, inGroup * group, 3, 2],
          kernels: [inGroup * group, outGroup, ...kernel],
          attributes: {
            strides: attr.ints(strides),
            dilations: attr.ints(dilations),
            output_padding: attr.ints(output),
            group: attr.int(group),
          },
        });

        expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: RUNS, seed: 8 },
    );
  });

  it.each(['MaxPool', 'AveragePool'])('%s gives all of the gradient to numbers it took', async (opType) => {
    await fc.assert(
      fc.asyncProperty(geometry, fc.boolean(), async (given, tiles) => {
        const { examples, inGroup, kernel, extra } = given;
        // More padding than kernel makes windows of nothing, which no pool allows.
        const pads = [...given.before, ...given.after].map((width, side) =>
          Math.min(width, kernel[side % 2]! - 1),
        );

        const errors = await linearErrors({
          opType,
          x: [examples, inGroup, ...kernel.map((size, axis) => size + extra[axis]!)],
          attributes: {
            kernel_shape: attr.ints(kernel),
            strides: attr.ints(tiles ? kernel : given.strides),
            pads: attr.ints(tiles ? [0, 0, 0, 0] : pads),
          },
        });

        expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
      }),
      { numRuns: RUNS, seed: 9 },
    );
  });
});
