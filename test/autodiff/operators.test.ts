/** Every operator against PyTorch in float64: results and gradients of fixed cases (test/oracle/gradient-fixtures.py). */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../lib/autodiff/index.ts';
import { OPERATORS } from '../../lib/autodiff/operators/index.ts';
import type { Attributes, ElementType } from '../../lib/onnx/index.ts';
import { relativeError, runGraph, tensorOf, weightedSum } from './run-graph.ts';

interface GivenInput {
  readonly dims: readonly number[];
  readonly values: readonly unknown[];
  readonly type?: ElementType;
  readonly constant?: true;
}

interface Case {
  readonly title: string;
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly (GivenInput | null)[];
  readonly results: readonly {
    readonly dims: readonly number[];
    readonly values: readonly number[];
    readonly seeds: readonly number[];
  }[];
  readonly gradients: readonly (readonly number[] | null)[];
}

/** float32 has 7 digits; sums of many products and approximations such as that of erf lose some of them. */
const TOLERANCE = 1e-6;

const folder = new URL('./fixtures/gradients/', import.meta.url);
const cases = readdirSync(folder).flatMap((file): readonly Case[] =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
);

async function answersOf({ op, attributes, inputs, results, gradients }: Case) {
  const tensors = inputs.map((input) =>
    input === null ? null : tensorOf(input.type ?? 'float32', input.dims, input.values),
  );
  const fed = inputs.flatMap((input, index) => (input === null || input.constant ? [] : [index]));
  return runGraph({
    inputs: Object.fromEntries(fed.map((index) => [`input${index}`, tensors[index]!])),
    write: (tape, named) => {
      const values = tensors.map((tensor, index) =>
        tensor === null ? null : (named[`input${index}`] ?? tape.constant(tensor)),
      );
      const outputs = tape.ops(op, results.length, values, attributes);
      const loss = weightedSum(
        tape,
        outputs,
        results.map(({ seeds }) => seeds),
      );
      const learnt = gradients.flatMap((gradient, index) => (gradient === null ? [] : [index]));
      const found = differentiate(
        tape,
        loss,
        learnt.map((index) => values[index]!),
      );
      return Object.fromEntries([
        ...outputs.map((output, index) => [`result${index}`, output] as const),
        ...found.map((gradient, place) => [`gradient${learnt[place]}`, gradient] as const),
      ]);
    },
  });
}

describe('operators agree with PyTorch in results and gradients', () => {
  it.each(cases.map((each) => [`${each.op} ${each.title}`, each] as const))('%s', async (_, given) => {
    const answers = await answersOf(given);

    for (const [index, { dims, values }] of given.results.entries()) {
      expect(answers[`result${index}`]!.dims).toEqual(dims);
      expect(relativeError(answers[`result${index}`]!.values, values)).toBeLessThan(TOLERANCE);
    }
    for (const [index, wanted] of given.gradients.entries()) {
      if (wanted === null) continue;
      expect(answers[`gradient${index}`]!.dims).toEqual(given.inputs[index]!.dims);
      expect(relativeError(answers[`gradient${index}`]!.values, wanted)).toBeLessThan(TOLERANCE);
    }
  });

  it('leaves no operator with a gradient unchecked', () => {
    const checked = new Set(cases.map(({ op }) => op));

    const unchecked = Object.entries(OPERATORS)
      .filter(([op, { backward }]) => typeof backward === 'object' && !checked.has(op))
      .map(([op]) => op);

    expect(unchecked).toEqual([]);
  });
});
