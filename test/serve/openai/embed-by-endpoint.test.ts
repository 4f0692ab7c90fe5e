/** `POST /v1/embeddings` of a model behind an endpoint. */
import { expect, onTestFinished, test, vi } from 'vitest';
import type { EndpointModel } from '../../../lib/contracts/endpoint-models.ts';
import { gatewayLimits } from '../../../lib/contracts/gateway.ts';
import { notReady } from '../../../lib/core/index.ts';
import type { EndpointBodyCall, Endpoints } from '../../../lib/endpoint/types.ts';
import { createMemoryObjectStore } from '../../../lib/storage/index.ts';
import { ask, contextOf } from '../ask.ts';
import { refusalOf } from '../refusal.ts';

const large: EndpointModel = {
  ...{ model: 'bge', endpoint: 'bge-large', kind: 'real-time', speaks: 'openai' },
  servedName: 'BAAI/bge-large',
};

/** A context in which an endpoint answers with this body, and the calls that reach it. */
function contextWith(body: string, model: EndpointModel = large) {
  const calls: EndpointBodyCall[] = [];
  const endpoints = {
    invoke: async (call) => {
      calls.push(call);
      return { body: Buffer.from(body), contentType: 'application/json', attempts: 1 };
    },
  } as Pick<Endpoints, 'invoke'> as Endpoints;
  const models = new Map([[model.model, model]]);
  const context = {
    ...contextOf(createMemoryObjectStore()),
    large: { models, endpoints: async () => endpoints },
  };
  return { context, calls };
}

const vectors = {
  ...{ object: 'list', model: 'BAAI/bge-large' },
  data: [{ object: 'embedding', index: 0, embedding: 'AACAPw==' }],
  usage: { prompt_tokens: 5, total_tokens: 5 },
};

test('the container gets what the client sent under its own name for the model, and the answer has ours', async () => {
  const { context, calls } = contextWith(JSON.stringify(vectors));
  const body = { model: 'bge', input: ['a'], encoding_format: 'base64', truncate_prompt_tokens: 5 };

  const { text, fields } = await ask(context, 'POST /v1/embeddings', { body });

  expect(calls).toHaveLength(1);
  expect(calls[0]!.endpoint).toBe('bge-large');
  expect(JSON.parse(String(calls[0]!.body))).toEqual({ ...body, model: 'BAAI/bge-large' });
  expect(JSON.parse(text!)).toEqual({ ...vectors, model: 'bge' });
  expect(fields).toEqual({ model: 'bge', rows: 1, input_tokens: 5, endpoint_ms: expect.any(Number) });
});

test('a model that sleeps is waited for, which is not counted as its work', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { context, calls } = contextWith(JSON.stringify(vectors));
  const { invoke } = await context.large.endpoints();
  let asleep = 2;
  const endpoints = {
    invoke: async (call: EndpointBodyCall) => {
      if (asleep-- > 0) throw notReady('It sleeps.', { code: 'endpoint_not_ready' });
      return invoke(call);
    },
  } as Endpoints;
  const large = { ...context.large, endpoints: async () => endpoints };

  const answer = ask({ ...context, large }, 'POST /v1/embeddings', { body: { model: 'bge', input: 'a' } });
  await vi.waitUntil(() => calls.length > 0, { interval: 100, timeout: 20_000 });

  expect((await answer).fields?.endpoint_ms).toBeLessThan(1_000);
  expect(calls[0]!.timeoutMs).toBeLessThan(gatewayLimits.timeoutMs - 4_000);
  expect(asleep).toBe(-1);
});

test('a model that works off a queue answers too, and its wait there is not counted as work', async () => {
  const { context } = contextWith(JSON.stringify(vectors), { ...large, kind: 'async' });

  const { text, fields } = await ask(context, 'POST /v1/embeddings', {
    body: { model: 'bge', input: ['a'] },
  });

  expect(JSON.parse(text!)).toEqual({ ...vectors, model: 'bge' });
  expect(fields).toEqual({ model: 'bge', rows: 1, input_tokens: 5 });
});

test('the container has less time than the function, so that there is some left to tell of a failure', async () => {
  const { context, calls } = contextWith(JSON.stringify(vectors));

  await ask(context, 'POST /v1/embeddings', { body: { model: 'bge', input: 'a' } });

  expect(calls[0]!.timeoutMs).toBeLessThan(gatewayLimits.timeoutMs);
});

test.each([
  ['a container of another dialect', { ...large, speaks: 'huggingface' }, '{}', 'no_embedding_model'],
  ['an answer without vectors', large, '{}', 'endpoint_failed'],
  ['an answer that is no JSON', large, '<html>', 'endpoint_failed'],
] as const)('bad call: %s', async (_name, model, body, code) => {
  const { context } = contextWith(body, model);

  const refusal = await refusalOf(
    ask(context, 'POST /v1/embeddings', { body: { model: 'bge', input: 'a' } }),
  );

  expect(refusal.code).toBe(code);
});

test('bad call: a body that nests too deep to be written again', async () => {
  const { context, calls } = contextWith(JSON.stringify(vectors));
  const body = `{"model":"bge","input":"a","more":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

  const refusal = await refusalOf(ask(context, 'POST /v1/embeddings', { body }));

  expect(refusal.code).toBe('nested_too_deep');
  expect(calls).toEqual([]);
});
