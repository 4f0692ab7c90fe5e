/** Differentiation as a whole: paths, what it leaves out, what it refuses, and graphs inside a Loop. */
import { describe, expect, it } from 'vitest';
import { arithmetic, createTape, differentiate, type Tape } from '../../lib/autodiff/index.ts';
import { attr, createGraphBuilder, createSession, encodeModel, floatTensor } from '../../lib/onnx/index.ts';
import { runGraph, tensorOf } from './run-graph.ts';

const newTape = (): Tape => createTape(createGraphBuilder('test'));

describe('differentiate', () => {
  it('sums what reaches a tensor on several paths', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([2, 3]) },
      write: (tape, { x }) => {
        const m = arithmetic(tape);
        // x + x^2 + x^3, whose slope is 1 + 2x + 3x^2.
        const square = m.mul(x!, x!);
        const loss = m.sum(m.add(x!, m.add(square, m.mul(square, x!))), undefined, false);
        return { slope: differentiate(tape, loss, [x!])[0]! };
      },
    });

    expect(answers.slope!.values).toEqual([17, 34]);
  });

  it('gives zeros for what the loss does not depend on', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([2]), other: floatTensor([1, 1, 1], [3, 1]) },
      write: (tape, { x, other }) => {
        const loss = tape.op('ReduceSum', [x!], { keepdims: attr.int(0) });
        return { slope: differentiate(tape, loss, [other!])[0]! };
      },
    });

    expect(answers.slope).toEqual({ dims: [3, 1], values: [0, 0, 0] });
  });

  it('gives one for the loss itself, and gradients of results on the way', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([3], []) },
      write: (tape, { x }) => {
        const m = arithmetic(tape);
        const square = m.mul(x!, x!);
        const loss = m.mul(square, 5);
        const [own, between] = differentiate(tape, loss, [loss, square]);
        return { own: own!, between: between! };
      },
    });

    expect([answers.own!.values, answers.between!.values]).toEqual([[1], [5]]);
  });

  it('keeps constants apart that hold the same numbers', async () => {
    const answers = await runGraph({
      inputs: {},
      write: (tape) => {
        const [a, b] = [tape.floats([2]), tape.floats([2])];
        const loss = arithmetic(tape).mul(a, arithmetic(tape).mul(b, b));
        const [slopeA, slopeB] = differentiate(tape, loss, [a, b]);
        return { slopeA: slopeA!, slopeB: slopeB! };
      },
    });

    expect([answers.slopeA!.values, answers.slopeB!.values]).toEqual([[4], [8]]);
  });

  it('begins with the slope it is given where the loss is made outside of the tape', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([1, 2]) },
      write: (tape, { x }) => {
        const result = arithmetic(tape).mul(x!, x!);
        return { slope: differentiate(tape, result, [x!], { slope: tape.floats([10, 100]) })[0]! };
      },
    });

    expect(answers.slope!.values).toEqual([20, 400]);
  });

  it('differentiates gradients again', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([2], []) },
      write: (tape, { x }) => {
        const loss = arithmetic(tape).pow(x!, 3);
        const [first] = differentiate(tape, loss, [x!]);
        const [second] = differentiate(tape, first!, [x!]);
        return { second: second! };
      },
    });

    expect(answers.second!.values[0]).toBeCloseTo(12, 5);
  });

  it('lets no gradient through truth values, positions and rounding', async () => {
    const answers = await runGraph({
      inputs: { x: floatTensor([1.5, -2]) },
      write: (tape, { x }) => {
        const m = arithmetic(tape);
        const steps = m.add(m.mask(m.greater(x!, 0), x!), tape.op('Floor', [x!]));
        const place = m.cast(tape.op('ArgMax', [x!], { keepdims: attr.int(0) }), 'float32');
        const loss = m.add(m.sum(m.add(m.mul(steps, 3), x!), undefined, false), place);
        return { slope: differentiate(tape, loss, [x!])[0]! };
      },
    });

    expect(answers.slope!.values).toEqual([1, 1]);
  });

  it('writes nothing for inputs that need no gradient', () => {
    const tape = newTape();
    const data = tape.adopt(tape.builder.input('data', 'float32', [8, 4]), 'float32', [8, 4]);
    const weight = tape.adopt(tape.builder.input('weight', 'float32', [4, 1]), 'float32', [4, 1]);
    const loss = arithmetic(tape).sum(tape.op('MatMul', [data, weight]), undefined, false);
    const before = tape.nodes.length;

    differentiate(tape, loss, [weight]);

    const products = tape.nodes.slice(before).filter(({ opType }) => opType === 'Gemm');
    expect(products).toHaveLength(1);
  });

  it('trains inside the body of a Loop, where the tape sees outer values', async () => {
    const { model, expected } = writeDescent();
    const session = await createSession(encodeModel(model));

    const answer = await session.run({ weight: floatTensor([1, -1]) });
    await session.release();

    const got = Array.from(answer.final!.data as Float32Array);
    expect(got[0]).toBeCloseTo(expected[0]!, 5);
    expect(got[1]).toBeCloseTo(expected[1]!, 5);
  });
});

/** Five steps of gradient descent on the mean of (x w - y)^2, in one Loop and by hand. */
function writeDescent() {
  const rows = [
    [1, 2],
    [3, -1],
    [0.5, 1],
  ];
  const wanted = [1, 2, 3];
  const builder = createGraphBuilder('descent');
  const weight = builder.input('weight', 'float32', [2]);
  const outer = createTape(builder);
  const x = outer.floats(rows.flat(), [3, 2]);
  const body = builder.subgraph('step');
  body.input('step', 'int64', []);
  body.input('condition', 'bool', []);
  const tape = createTape(body);
  const m = arithmetic(tape);
  const state = tape.adopt(body.input('weight', 'float32', [2]), 'float32', [2]);
  const error = m.sub(tape.op('MatMul', [x, m.reshape(state, [2, 1])]), tape.floats(wanted, [3, 1]));
  const loss = m.mean(m.mul(error, error), undefined, false);
  const [slope] = differentiate(tape, loss, [state]);
  const next = m.sub(state, m.mul(slope!, 0.1));
  const going = tape.constant(tensorOf('bool', [], [true]));
  body.output('condition', going.value, 'bool', []);
  body.output('weight', next.value, 'float32', [2]);
  const steps = outer.constant(tensorOf('int64', [], [5]));
  const loop = builder.op('Loop', [steps.value, null, weight], { body: attr.graph(body.graph()) });
  builder.output('final', loop, 'float32', [2]);

  let expected = [1, -1];
  for (let step = 0; step < 5; step += 1) {
    const errors = rows.map((row, index) => row[0]! * expected[0]! + row[1]! * expected[1]! - wanted[index]!);
    expected = expected.map((value, column) => {
      const slopeByHand = errors.reduce(
        (sum, each, index) => sum + (2 / 3) * each * rows[index]![column]!,
        0,
      );
      return value - 0.1 * slopeByHand;
    });
  }
  return { model: builder.model(), expected };
}

describe('differentiate refuses', () => {
  it('bad call: a loss that is not one number', () => {
    const tape = newTape();
    const x = tape.floats([1, 2, 3]);

    expect(() => differentiate(tape, x, [x])).toThrow(
      'a loss is one number, but this one has the shape [3]; take its mean or sum',
    );
  });

  it('bad call: an operator without a gradient on the way to a parameter, by its name', () => {
    const tape = newTape();
    const weight = tape.floats(new Float32Array(3), [1, 3, 1]);
    const state = tape.op('RNN', [
      tape.floats([1], [1, 1, 1]),
      weight,
      tape.floats(new Float32Array(9), [1, 3, 3]),
    ]);
    const loss = arithmetic(tape).sum(state, undefined, false);

    expect(() => differentiate(tape, loss, [weight])).toThrow(
      'the loss depends on a parameter by input 1 of RNN, which has no gradient',
    );
  });

  it('such an operator is no matter away from that way', () => {
    const tape = newTape();
    const recurrent = [tape.floats([1], [1, 1, 1]), tape.floats([1], [1, 1, 1]), tape.floats([1], [1, 1, 1])];
    const weight = tape.floats([2], [1, 1, 1, 1]);
    const loss = arithmetic(tape).mul(tape.op('RNN', recurrent), weight);

    expect(differentiate(tape, loss, [weight])[0]!.shape).toEqual([1, 1, 1, 1]);
  });

  it('bad call: a padding that repeats numbers', () => {
    const tape = newTape();
    const x = tape.floats([1, 2, 3]);
    const padded = tape.op('Pad', [x, tape.integers([1, 1])], { mode: attr.string('edge') });
    const loss = arithmetic(tape).sum(padded, undefined, false);

    expect(() => differentiate(tape, loss, [x])).toThrow('Pad has a gradient only in the mode "constant"');
  });

  it('bad call: rows that are only a name, as in a graph for serving', () => {
    const tape = newTape();
    const x = tape.adopt(tape.builder.input('x', 'float32', ['rows', 2]), 'float32', ['rows', 2]);
    const weight = tape.floats([1, 2], [2, 1]);
    const loss = arithmetic(tape).mean(tape.op('MatMul', [x, weight]), undefined, false);

    expect(() => differentiate(tape, loss, [weight])).toThrow('needs every size as a number');
  });
});

describe('a tape refuses', () => {
  const refusals: readonly (readonly [string, (tape: Tape) => unknown, string])[] = [
    [
      'an operator it does not know',
      (tape) => tape.op('Unheard', []),
      'operator Unheard is not in the table',
    ],
    [
      'shapes that do not broadcast',
      (tape) => tape.op('Add', [tape.floats([1, 2]), tape.floats([1, 2, 3])]),
      'Add cannot broadcast [2] with [3]',
    ],
    [
      'matrices that do not fit',
      (tape) => tape.op('MatMul', [tape.floats([1, 2], [1, 2]), tape.floats([1, 2, 3], [3, 1])]),
      'MatMul cannot multiply [1, 2] and [3, 1]',
    ],
    [
      'vectors in a product of matrices',
      (tape) => tape.op('MatMul', [tape.floats([1, 2]), tape.floats([1, 2], [2, 1])]),
      'MatMul cannot multiply [2] and [2, 1]',
    ],
    ['a missing input', (tape) => tape.op('MatMul', [tape.floats([1], [1, 1])]), 'MatMul lacks its input 1'],
    [
      'a shape that holds another number of values',
      (tape) => tape.op('Reshape', [tape.floats([1, 2, 3]), tape.integers([2, -1])]),
      'Reshape cannot make [2] of [3]',
    ],
    [
      'a shape that is computed',
      (tape) => {
        const shape = tape.adopt(tape.builder.input('shape', 'int64', [1]), 'int64', [1]);
        return tape.op('Reshape', [tape.floats([1]), shape]);
      },
      'Reshape: input 1 must be a constant of the same tape',
    ],
    [
      'channels that kernels do not fit',
      (tape) => tape.op('Conv', [tape.floats([1, 2], [1, 1, 2]), tape.floats([1, 2, 3, 4], [1, 2, 2])], {}),
      'Conv of [1, 1, 2] with kernels [1, 2, 2] in 1 groups: the channels do not fit',
    ],
    [
      'windows larger than their input',
      (tape) => tape.op('MaxPool', [tape.floats([1, 2], [1, 1, 2])], { kernel_shape: attr.ints([3]) }),
      'MaxPool: a window of 3 does not fit an input of 2',
    ],
    [
      'pools that round their number of windows up',
      (tape) =>
        tape.op('MaxPool', [tape.floats([1, 2], [1, 1, 2])], {
          kernel_shape: attr.ints([2]),
          ceil_mode: attr.int(1),
        }),
      'MaxPool: ceil_mode is not supported',
    ],
    [
      'an axis that is not there',
      (tape) => tape.op('Softmax', [tape.floats([1, 2])], { axis: attr.int(1) }),
      'Softmax has no axis 1 in 1 dimensions',
    ],
    [
      'an attribute of the wrong kind',
      (tape) => tape.op('Softmax', [tape.floats([1, 2])], { axis: attr.float(0) }),
      'Softmax: attribute "axis" must be int',
    ],
  ];

  it.each(refusals)('bad call: %s', (_, write, message) => {
    expect(() => write(newTape())).toThrow(message);
  });
});
