/** Every loss against PyTorch in float64 (test/oracle/training-fixtures.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { arithmetic } from '../../lib/autodiff/index.ts';
import { emitLoss, type LossSpec } from '../../lib/autodiff/losses.ts';
import type { TensorData } from '../../lib/onnx/index.ts';
import { relativeError, runGraph, tensorOf } from './run-graph.ts';

interface Case {
  readonly loss: LossSpec;
  readonly answer: { readonly dims: number[]; readonly values: number[] };
  readonly target: { readonly dims: number[]; readonly values: number[]; readonly classes: boolean };
  readonly shares: number[];
  readonly rows: number[];
  readonly slope: number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./fixtures/training/losses.json', import.meta.url), 'utf8'),
);

const targetOf = ({ dims, values, classes }: Case['target']): TensorData =>
  classes
    ? { type: 'int32', dims, data: Int32Array.from(values) }
    : { type: 'float32', dims, data: Float32Array.from(values) };

/** Losses and slopes times shares, and the metric of the rows. */
function answersOf({ loss, answer, target, shares }: Omit<Case, 'rows' | 'slope'>) {
  return runGraph({
    inputs: {
      answer: tensorOf('float32', answer.dims, answer.values),
      target: targetOf(target),
      shares: tensorOf('float32', [shares.length, 1], shares),
    },
    write: (tape, inputs) => {
      const losses = emitLoss(tape, loss, { answer: inputs.answer!, target: inputs.target! });
      const slope = arithmetic(tape).mul(losses.slope(), inputs.shares!);
      return { rows: losses.rows, slope, metric: losses.metric.rows() };
    },
  });
}

describe('losses', () => {
  it.each(cases.map((one) => [JSON.stringify(one.loss), one.answer.dims.join(' x '), one] as const))(
    '%s of answers %s has the rows and the slope of PyTorch',
    async (_loss, _dims, one) => {
      const { rows, slope } = await answersOf(one);

      for (const [index, wanted] of one.rows.entries()) {
        // Each row by its own size: the loss of a sure answer is small, and its digits count all the same.
        const size = Math.max(1e-12, Math.abs(wanted));
        expect(Math.abs(rows!.values[index]! - wanted) / size).toBeLessThan(wanted < 1e-6 ? 1e-3 : 2e-6);
      }
      expect(slope!.dims).toEqual(one.answer.dims);
      expect(relativeError(slope!.values, one.slope)).toBeLessThan(1e-6);
    },
  );

  it.each<[string, LossSpec, number[][], number[], number[]]>([
    [
      'the likeliest class',
      { kind: 'cross-entropy' },
      [
        [0, 2, 1],
        [5, 4, 3],
      ],
      [1, 2],
      [1, 0],
    ],
    ['the side of the log-odds', { kind: 'binary-cross-entropy' }, [[2], [-1], [0.1]], [1, 1, 0], [1, 0, 0]],
    ['the sign of a score', { kind: 'hinge' }, [[2], [-1], [0.1]], [1, 0, 0], [1, 1, 0]],
    [
      'the highest score',
      { kind: 'squared-hinge' },
      [
        [1, 2, 0],
        [3, 2, 1],
      ],
      [1, 1],
      [1, 0],
    ],
    ['the distance from the value', { kind: 'squared' }, [[2], [-1]], [1.5, 1], [0.5, 2]],
    ['the distance of the mean', { kind: 'poisson' }, [[0], [Math.log(4)]], [3, 3], [2, 1]],
    ['the distance of the median', { kind: 'quantile', quantiles: [0.1, 0.5, 0.9] }, [[1, 2, 3]], [5], [3]],
  ])('shows %s as the metric', async (_what, loss, answers, targets, wanted) => {
    const classes = loss.kind === 'cross-entropy' || loss.kind.endsWith('hinge');

    const { metric } = await answersOf({
      loss,
      answer: { dims: [answers.length, answers[0]!.length], values: answers.flat() },
      target: { dims: classes ? [targets.length] : [targets.length, 1], values: targets, classes },
      shares: targets.map(() => 1),
    });

    expect(relativeError(metric!.values, wanted)).toBeLessThan(1e-6);
  });

  it('bad call: refuses a target that does not fit the answer', async () => {
    const call = answersOf({
      loss: { kind: 'squared' },
      answer: { dims: [2, 3], values: [1, 2, 3, 4, 5, 6] },
      target: { dims: [2, 2], values: [1, 2, 3, 4], classes: false },
      shares: [1, 1],
    });

    await expect(call).rejects.toThrow('takes a target [2, 3] for an answer [2, 3], not [2, 2]');
  });
});
