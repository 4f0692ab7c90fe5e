import { describe, expect, it } from 'vitest';
import { forbidden, notReady, rateLimited, upstream } from '../../lib/core/index.ts';
import { ask, said, startMs } from './support.ts';

const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
const completion = {
  id: 'chatcmpl-7',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: '/opt/ml/model',
  choices: [
    { index: 0, message: { role: 'assistant', content: 'Hello!' }, logprobs: null, finish_reason: 'stop' },
  ],
  usage,
  system_fingerprint: 'vllm-1',
};

/** 7 characters of a name and 54 of arguments. */
const call = {
  id: 'call-0123456789',
  type: 'function',
  function: {
    name: 'weather',
    arguments: JSON.stringify({ city: 'Llanfairpwllgwyngyll', unit: 'celsius', n: 1 }),
  },
};

describe('a chat completion as a whole', () => {
  it('is the container’s answer under the name that the model has in the API', async () => {
    const { status, headers, text, sent } = await ask(
      () => JSON.stringify(completion),
      said('Say hello.', { temperature: 0, top_k: 5, chat_template_kwargs: { thinking: false } }),
      { model: { servedName: '/opt/ml/model' } },
    );

    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ ...completion, model: 'assistant' });
    expect(headers).toEqual({ 'openai-processing-ms': expect.stringMatching(/^\d+000$/) });
    expect(sent).toEqual({
      model: '/opt/ml/model',
      messages: [{ role: 'user', content: 'Say hello.' }],
      temperature: 0,
      top_k: 5,
      chat_template_kwargs: { thinking: false },
    });
  });

  it.each([
    [{ max_completion_tokens: 5 }, { max_completion_tokens: 5, max_tokens: 5 }],
    [
      { max_completion_tokens: 5, max_tokens: 9 },
      { max_completion_tokens: 5, max_tokens: 9 },
    ],
    [{ max_tokens: 9 }, { max_tokens: 9 }],
  ])('is limited by %o under the name that every container knows', async (limits, shown) => {
    const { sent } = await ask(() => JSON.stringify(completion), said('x', limits));

    expect(sent).toEqual({ ...said('x'), ...shown });
  });

  it('is asked of the endpoint that the model is declared with', async () => {
    let seen: unknown;

    await ask((_, call) => {
      seen = { ...call, body: null, signal: null };
      return JSON.stringify(completion);
    }, said('x'));

    expect(seen).toEqual({
      endpoint: 'assistant-endpoint',
      contentType: 'application/json',
      accept: 'application/json',
      inferenceId: 'request-1',
      body: null,
      signal: null,
    });
  });

  it('is asked of the inference component, where the endpoint hosts its model as one', async () => {
    let seen: unknown;

    await ask(
      (_, call) => {
        seen = call.inferenceComponent;
        return JSON.stringify(completion);
      },
      said('x'),
      { model: { component: 'assistant-1' } },
    );

    expect(seen).toBe('assistant-1');
  });

  it('has an id and a time of ours where the container gives none', async () => {
    const { choices } = completion;

    const { text } = await ask(() => JSON.stringify({ choices }), said('x'));

    expect(JSON.parse(text)).toEqual({
      id: 'chatcmpl-request-1',
      object: 'chat.completion',
      created: startMs / 1000,
      model: 'assistant',
      choices,
    });
  });

  it('is logged with the tokens that the container counted', async () => {
    const { log } = await ask(() => JSON.stringify(completion), said('x'));

    expect(log).toEqual({
      model: 'assistant',
      input_tokens: 9,
      output_tokens: 2,
      endpoint_ms: expect.any(Number),
    });
  });

  it.each([
    ['as a whole', 'a text', { content: 'Hello!' }, false, 2],
    ['as a whole', 'a call', { content: null, tool_calls: [call] }, false, 2 + 14],
    ['in a stream', 'a text', { content: 'word '.repeat(40) }, true, 50],
    ['in a stream', 'a call', { content: null, tool_calls: [call] }, true, 2 + 14],
  ] as const)(
    'is logged with an estimate where a container that answers as a whole counted nothing: %s, %s',
    async (_way, _what, message, stream, output) => {
      const { usage: _, ...silent } = completion;
      const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }];

      const { log } = await ask(
        () => JSON.stringify({ ...silent, choices }),
        said('Four words of text', { stream }),
      );

      expect(log).toMatchObject({ input_tokens: 5, output_tokens: output, usage_estimated: true });
    },
  );
});

describe('a container that fails', () => {
  it.each([
    ['garbage', '{"choices": [}', 502, 'upstream'],
    ['an answer without choices', '{"outputs": []}', 502, 'upstream'],
    [
      'an error in an answer with status 200',
      '{"error":{"message":"CUDA out of memory"}}',
      502,
      "The model's container failed: CUDA out of memory",
    ],
    [
      'a refusal in an answer with status 200',
      '{"error":{"message":"too long","code":400}}',
      400,
      'too long',
    ],
  ])('expected failure: %s', async (_, answer, status, told) => {
    const seen = await ask(() => answer, said('x'));

    const { error } = JSON.parse(seen.text);
    expect(seen.status).toBe(status);
    expect([error.message, error.type]).toContain(told);
  });

  it('expected failure: the words of a refusal reach the client, with the field they speak of', async () => {
    const error = {
      message: 'This model has 4096 tokens.',
      param: 'messages',
      code: 'context_length_exceeded',
    };

    const { text } = await ask(() => JSON.stringify({ error: { ...error, status: 400 } }), said('x'));

    expect(JSON.parse(text)).toEqual({
      error: { type: 'invalid_request', ...error, request_id: 'request-1' },
    });
  });

  it.each([
    [rateLimited('busy', { code: 'endpoint_busy', retryAfterSeconds: 3 }), 429, '3'],
    [upstream('broken', { code: 'endpoint_failed' }), 502, undefined],
    [forbidden('no', {}), 403, undefined],
  ])('expected failure: what the endpoint throws has its own status', async (error, status, retryAfter) => {
    const seen = await ask(() => {
      throw error;
    }, said('x'));

    expect([seen.status, seen.headers['retry-after']]).toEqual([status, retryAfter]);
  });

  it.each([false, true])(
    'of a model that slept is metered from when it was there, in a stream: %s',
    async (stream) => {
      let nowMs = startMs;
      let asleep = 2;
      const passing = (ms: number, run: () => void) => {
        nowMs += ms;
        const soon = setImmediate(run);
        return () => clearImmediate(soon);
      };
      const options = { clock: { now: () => nowMs }, timers: { now: () => nowMs, after: passing } };

      const { status, log } = await ask(
        () => {
          if (asleep-- > 0) throw notReady('It sleeps.', { code: 'endpoint_not_ready' });
          nowMs += 7;
          return JSON.stringify({
            choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
          });
        },
        said('x', { stream }),
        options,
      );

      expect([status, log.endpoint_ms]).toEqual([200, 7]);
      expect(nowMs - startMs).toBeGreaterThan(2000);
    },
  );

  it('expected failure: what was not answered has no tokens', async () => {
    const { log } = await ask(() => '{"choices": [}', said('x'));

    expect(log).toEqual({ model: 'assistant', endpoint_ms: expect.any(Number) });
  });
});
