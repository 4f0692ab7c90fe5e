import { describe, expect, it } from 'vitest';
import type { ExplanationBody } from '../../../lib/contracts/explain.ts';
import { attr, createGraphBuilder, createSession, encodeModel } from '../../../lib/onnx/index.ts';
import type { ServeContext, TensorModel } from '../../../lib/serve/index.ts';
import { createMemoryObjectStore } from '../../../lib/storage/index.ts';
import { ask } from '../ask.ts';

/** y = [x . (1, 2, 3), x0 x1 x2], from rows of three numbers; `batch` fixes how many at once. */
async function broughtAlong(batch: number | string = 'N'): Promise<ServeContext> {
  const builder = createGraphBuilder('brought');
  const x = builder.input('a strange name', 'float32', [batch, 3]);
  const sum = builder.op('MatMul', [x, builder.floats([1, 2, 3], [3, 1])]);
  const product = builder.op('ReduceProd', [x], { axes: attr.ints([1]), keepdims: attr.int(1) });
  const both = builder.op('Concat', [sum, product], { axis: attr.int(1) });
  builder.output('y', both, 'float32', [batch, 2]);
  return contextOf(encodeModel({ ...builder.model(), opsets: { '': 17 } }));
}

async function contextOf(bytes: Uint8Array): Promise<ServeContext> {
  const model = {
    kind: 'tensors',
    etag: '"e"',
    session: await createSession(bytes),
    extras: new Map(),
    manifest: { model: 'mine', version: '1' },
  } as unknown as TensorModel;
  const clock = { now: () => 0 };
  const resolveForecast = () => Promise.reject(new Error('The model does not forecast.'));
  const cache = { resolve: async () => model, resolveForecast };
  return { cache, clock, artifacts: createMemoryObjectStore({ clock }) };
}

async function explain(context: ServeContext, body: unknown, query: Record<string, string> = {}) {
  const request = { path: { model: 'mine' }, query, body };
  return JSON.parse((await ask(context, 'POST /v1/models/{model}/explain', request)).text!);
}

describe('explaining a model that was brought along', () => {
  it.each(['N', 1])('gives Shapley values of every output against zeros (batch %s)', async (batch) => {
    const answer = await explain(await broughtAlong(batch), { instances: [[2, 3, 4]] });

    const [sum, product] = answer.explanations as ExplanationBody[];
    expect(answer).toMatchObject({ model: 'mine', version: '1', method: 'kernel', units: 'value' });
    expect(Object.keys(sum!.values)).toEqual([0, 1, 2].map((at) => `a strange name[${at}]`));
    expect(sum).toMatchObject({ class: '0', base_value: 0, prediction: 20 });
    expect(Object.values(sum!.values).map((value) => Math.round(value * 1e9) / 1e9)).toEqual([2, 6, 12]);
    // All three are needed for a product that is not zero: each gets a third.
    expect(product).toMatchObject({ class: '1', base_value: 0, prediction: 24 });
    for (const value of Object.values(product!.values)) expect(value).toBeCloseTo(8, 9);
  });

  it('compares with the background that the request brings', async () => {
    const body = {
      instances: [[2, 3, 4]],
      background: [
        [1, 1, 1],
        [3, 1, 1],
      ],
    };

    const { explanations } = await explain(await broughtAlong(), body, { class: '0' });

    expect(explanations).toHaveLength(1);
    expect(explanations[0]).toMatchObject({ class: '0', base_value: 7, prediction: 20 });
    expect(Object.values(explanations[0].values as Record<string, number>).map(Math.round)).toEqual([
      0, 4, 9,
    ]);
  });

  it('fits LIME when it is asked for', async () => {
    const answer = await explain(await broughtAlong(), { instances: [[2, 3, 4]] }, { method: 'lime' });

    expect(answer.method).toBe('lime');
    expect(answer.explanations[0].r2).toBeGreaterThan(0.99);
  });

  it.each([
    ['rows that are no numbers', { instances: [['a', 1, 2]] }, {}, 'wrong_shape'],
    ['rows of different lengths', { instances: [[1, 2, 3], [1]] }, {}, 'wrong_shape'],
    ['a background of another width', { instances: [[1, 2, 3]], background: [[1]] }, {}, 'wrong_shape'],
    ['no rows', { instances: [] }, {}, 'wrong_shape'],
    ['a body that is no object', [1], {}, 'wrong_shape'],
    ['a row as wide as the model does not take', { instances: [[1, 2]] }, {}, 'input_shape'],
    ['a method for trained models', { instances: [[1, 2, 3]] }, { method: 'tree' }, 'method_mismatch'],
    ['an output that is not there', { instances: [[1, 2, 3]] }, { class: '2' }, 'unknown_class'],
  ])('bad call: %s', async (_what, body, query, code) => {
    const call = explain(await broughtAlong(), body, query);

    await expect(call).rejects.toMatchObject({ kind: 'invalid_request', code });
  });

  it.each([
    ['several rows at once and no other number', 4, ['N', 3] as const, 'takes exactly 4 rows'],
    ['three dimensions', 'N', ['N', 3, 2] as const, 'two dimensions'],
  ])('bad call: a model that takes %s', async (_what, batch, [, ...rest], reason) => {
    const builder = createGraphBuilder('odd');
    const x = builder.input('x', 'float32', [batch, ...rest]);
    builder.output('y', builder.op('Neg', [x]), 'float32', [batch, ...rest]);

    const call = explain(await contextOf(encodeModel(builder.model())), { instances: [[1, 2, 3]] });

    await expect(call).rejects.toThrow(reason);
  });
});
