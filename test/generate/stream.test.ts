import { describe, expect, it } from 'vitest';
import { rateLimited, upstream } from '../../lib/core/index.ts';
import { ask, eventsOf, open, said, sse, startMs, textRoute, untilAborted } from './support.ts';
import { logprobs, reasoning, stream, text, toolCall, twoAnswers } from './vllm-streams.ts';

const streamed = (more: object = {}) => said('Say hello.', { stream: true, ...more });
const withUsage = streamed({ stream_options: { include_usage: true } });

/** What goes out for a container's chunk to a client who did not ask for the tokens. */
const shown = (chunks: readonly object[]) => chunks.map((chunk) => ({ ...chunk, model: 'assistant' }));

describe('a stream', () => {
  it.each([
    ['a text', text],
    ['a call of a tool', toolCall],
    ['what a model thinks', reasoning],
    ['probabilities', logprobs],
    ['several answers', twoAnswers],
  ])('of %s passes unharmed, but for the name of the model and the tokens', async (_, chunks) => {
    const { status, headers, text } = await ask(() => [stream(chunks)], streamed());

    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(eventsOf(text)).toEqual([...shown(chunks.slice(0, -1)), 'data: [DONE]']);
  });

  it('ends with the tokens for those who asked', async () => {
    const seen = await ask(() => [stream(text)], withUsage);

    const events = eventsOf(seen.text);
    expect(events).toEqual([
      ...shown(text.slice(0, -1)).map((chunk) => ({ ...chunk, usage: null })),
      ...shown(text.slice(-1)),
      'data: [DONE]',
    ]);
  });

  it('always asks the container for the tokens, and for what else the client said of the stream', async () => {
    const options = { include_usage: false, chunk_include_stop: true };

    const { sent } = await ask(() => [stream(text)], streamed({ stream_options: options }));

    expect(sent).toMatchObject({
      stream: true,
      stream_options: { include_usage: true, chunk_include_stop: true },
    });
  });

  it('has the tokens in a chunk of their own where the container puts them into its last', async () => {
    const [, , , last, { usage }] = text as [object, object, object, object, { usage: object }];
    const chunks = [...text.slice(0, 3), { ...last, usage }];

    const seen = await ask(() => [stream(chunks)], withUsage);

    const [ending, tokens, done] = eventsOf(seen.text).slice(-3);
    expect(ending).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: null });
    expect(tokens).toEqual({ ...shown(text.slice(-1))[0], usage });
    expect(done).toBe('data: [DONE]');
  });

  it('tells the tokens so far in every chunk to those who asked for that', async () => {
    const options = { include_usage: true, continuous_usage_stats: true };
    const counting = text.map((chunk) => ({ ...chunk, usage: { prompt_tokens: 31, completion_tokens: 1 } }));

    const seen = await ask(() => [stream(counting)], streamed({ stream_options: options }));

    expect(eventsOf(seen.text)).toEqual([...shown(counting), 'data: [DONE]']);
  });

  it('is logged with the tokens that the container counted, whoever asked', async () => {
    const { log } = await ask(() => [stream(text)], streamed());

    expect(log).toEqual({
      ...{ model: 'assistant', input_tokens: 31, output_tokens: 9 },
      endpoint_ms: expect.any(Number),
    });
  });

  it('of a careless container is put in order', async () => {
    const chunks = [
      { choices: [{ delta: { content: 'a' } }] },
      { id: 'other', created: 5, choices: [{ index: 0, delta: { role: 'assistant', content: 'b' } }] },
      { choices: [{ index: 0, delta: { content: '' }, finish_reason: '' }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    ];

    const seen = await ask(() => [sse(...chunks)], streamed());

    const same = {
      id: 'chatcmpl-request-1',
      created: startMs / 1000,
      model: 'assistant',
      object: 'chat.completion.chunk',
    };
    const choice = { index: 0, finish_reason: null };
    expect(eventsOf(seen.text)).toEqual([
      { ...same, choices: [{ ...choice, delta: { role: 'assistant', content: 'a' } }] },
      { ...same, choices: [{ ...choice, delta: { content: 'b' } }] },
      { ...same, choices: [{ ...choice, delta: { content: '' } }] },
      { ...same, choices: [{ ...choice, delta: {}, finish_reason: 'stop' }] },
      'data: [DONE]',
    ]);
  });

  it('is made of an answer as a whole where the container does not stream', async () => {
    const tool = { id: 'call-1', type: 'function', function: { name: 'weather', arguments: '{}' } };
    const whole = {
      ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 5, model: 'x' },
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: null, tool_calls: [tool] },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    };

    const seen = await ask(() => JSON.stringify(whole), withUsage);

    const same = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 5, model: 'assistant' };
    const delta = { role: 'assistant', content: null, tool_calls: [{ index: 0, ...tool }] };
    expect(eventsOf(seen.text)).toEqual([
      { ...same, choices: [{ index: 0, delta, finish_reason: null }], usage: null },
      { ...same, choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }], usage: null },
      { ...same, choices: [], usage: whole.usage },
      'data: [DONE]',
    ]);
  });

  it('of a text has texts instead of deltas', async () => {
    const body = { model: 'assistant', prompt: 'Once', stream: true };
    const chunks = [
      { id: 'cmpl-1', created: 5, choices: [{ index: 0, text: ' upon', finish_reason: null }] },
      { id: 'cmpl-1', created: 5, choices: [{ index: 0, text: '', finish_reason: 'length' }] },
    ];

    const seen = await ask(() => [stream(chunks)], body, { route: textRoute });

    const same = { id: 'cmpl-1', created: 5, model: 'assistant', object: 'text_completion' };
    expect(eventsOf(seen.text)).toEqual([
      ...chunks.map(({ choices }) => ({ ...same, choices })),
      'data: [DONE]',
    ]);
  });

  it('is forwarded as its chunks come, those together that come together, not when it is whole', async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* parts() {
      yield sse(text[0]);
      await released;
      yield stream(text.slice(1));
    }

    const { answer } = open(parts, streamed());
    const iterator = (await answer).stream![Symbol.asyncIterator]();
    const first = await iterator.next();
    release();

    expect(eventsOf(String(first.value))).toEqual(shown(text.slice(0, 1)));
    expect(eventsOf((await iterator.next()).value as string)).toEqual([
      ...shown(text.slice(1, -1)),
      'data: [DONE]',
    ]);
  });

  it('does not wait for a container that ends its answer but not its stream', async () => {
    let wasLeft = false;
    const { text: seen } = await ask(async function* (_, call) {
      yield stream(text);
      await untilAborted(call).finally(() => {
        wasLeft = true;
      });
    }, streamed());

    expect(eventsOf(seen).at(-1)).toBe('data: [DONE]');
    expect(wasLeft).toBe(true);
  });
});

describe('a client who waits', () => {
  it('is told that the service is alive, before the first chunk and between two', async () => {
    let calls = 0;
    const waits: (() => void)[] = [];
    const pause = () => new Promise<void>((resolve) => waits.push(resolve));
    const parts = async function* () {
      for (const chunk of text) {
        calls += 1;
        if (calls <= 2) await pause();
        yield sse(chunk);
      }
      yield sse('[DONE]');
    };

    const { answer } = open(parts, streamed(), { graceMs: 1, keepAliveMs: 1 });
    const pieces: string[] = [];
    for await (const piece of (await answer).stream!) {
      pieces.push(String(piece));
      if (piece === ': keep-alive\n\n') waits.shift()?.();
    }

    const kinds = pieces.map((piece) => (piece.startsWith(':') ? 'alive' : 'event'));
    expect(kinds.slice(0, 1)).toEqual(['alive']);
    expect(kinds.slice(kinds.indexOf('event') + 1)).toContain('alive');
    expect(eventsOf(pieces.filter((piece) => !piece.startsWith(':')).join(''))).toEqual([
      ...shown(text.slice(0, -1)),
      'data: [DONE]',
    ]);
  });

  it('expected failure: hears in band of what fails after a sign of life', async () => {
    const parts = async function* (): AsyncGenerator<string> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      yield* [];
      throw rateLimited('busy', { code: 'endpoint_busy' });
    };

    const seen = await ask(parts, streamed(), { graceMs: 1, keepAliveMs: 5 });

    expect(seen.status).toBe(200);
    expect(eventsOf(seen.text).at(-1)).toMatchObject({ error: { code: 'endpoint_busy' } });
  });
});

describe('a stream that fails', () => {
  const begun = sse(...text.slice(0, 2));
  const broken = upstream('gone', { code: 'endpoint_stream_broken' });
  const told = { type: 'upstream', message: "The model's container failed: CUDA" };

  it.each<[string, string, object]>([
    ['an event that is no JSON', 'data: {"choices": [}\n\n', { type: 'upstream' }],
    ['an event that is no object', 'data: 5\n\n', { type: 'upstream' }],
    [
      'an error of vLLM',
      sse({ error: { message: 'CUDA', type: 'InternalServerError', code: 500 } }, '[DONE]'),
      told,
    ],
    ['an error of an older vLLM', sse({ object: 'error', message: 'CUDA', code: 500 }), told],
    ['an error by its kind', 'event: error\ndata: {"message":"CUDA"}\n\n', told],
    [
      'a refusal',
      sse({ error: { message: 'too long', type: 'BadRequestError', code: 400, param: 'messages' } }),
      { type: 'invalid_request', code: 'endpoint_refused_input', message: 'too long', param: 'messages' },
    ],
    ['an end in the middle', '', { type: 'upstream' }],
  ])('expected failure: %s is told in band, and ends it', async (_, ending, error) => {
    const seen = await ask(() => [begun, ending], streamed());

    const events = eventsOf(seen.text);
    expect(seen.status).toBe(200);
    expect(events.slice(0, 2)).toEqual(shown(text.slice(0, 2)));
    expect(events.slice(2)).toEqual([
      { error: expect.objectContaining({ request_id: 'request-1', ...error }) },
    ]);
  });

  it.each([
    ['an error', sse({ error: { message: 'too long', code: 400 } }), 400],
    ['garbage', '{"choices": [}', 502],
    ['nothing', '', 502],
  ])('expected failure: %s instead of a first chunk has a status of its own', async (_, answer, status) => {
    const seen = await ask(() => [answer], streamed());

    expect(seen.status).toBe(status);
    expect(seen.log).toEqual(expect.not.objectContaining({ input_tokens: expect.anything() }));
  });

  it('expected failure: is logged with its reason and the tokens that were seen', async () => {
    const seen = await ask(async function* () {
      yield begun;
      throw broken;
    }, streamed());

    expect(seen.log).toMatchObject({
      ...{ code: 'endpoint_stream_broken', error: 'gone' },
      ...{ output_tokens: 1, input_tokens: 3, usage_estimated: true },
    });
  });
});

describe('a client who leaves', () => {
  it('ends the call, and what was seen is counted', async () => {
    let wasLeft = false;
    async function* parts() {
      try {
        for (;;) yield sse(text[1]);
      } finally {
        wasLeft = true;
      }
    }

    const { answer, log } = open(parts, streamed());
    for await (const piece of (await answer).stream!) {
      if (eventsOf(String(piece)).length > 0 && log.left === undefined) log.left = true;
      else break;
    }

    expect(wasLeft).toBe(true);
    expect(log).toMatchObject({ output_tokens: 2, usage_estimated: true });
  });

  it('is counted at once, before the answer has begun', async () => {
    const controller = new AbortController();
    const { answer, log, calls } = open(
      async function* (_, call) {
        await untilAborted(call);
        yield '';
      },
      streamed(),
      { signal: controller.signal },
    );
    const failure = answer.catch((error: unknown) => error);
    await expect.poll(() => calls).toHaveLength(1);

    controller.abort(new Error('left'));
    const counted = { ...log };
    await failure;

    expect(counted).toEqual({ model: 'assistant', endpoint_ms: expect.any(Number) });
  });

  it('ends the call even if nothing was read', async () => {
    let wasLeft = false;
    async function* parts() {
      try {
        for (;;) yield sse(text[1]);
      } finally {
        wasLeft = true;
      }
    }

    const { answer, log } = open(parts, streamed());
    await (await answer).stream![Symbol.asyncIterator]().return!();

    expect(wasLeft).toBe(true);
    expect(log).toMatchObject({ model: 'assistant', output_tokens: 1 });
  });

  it('hands the signal of the request on to the call', async () => {
    const controller = new AbortController();
    const seen = open(
      async function* (_, call) {
        yield sse(text[0]);
        await untilAborted(call);
      },
      streamed(),
      { signal: controller.signal },
    );

    const iterator = (await seen.answer).stream![Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    controller.abort(upstream('time is up', { code: 'time_limit' }));

    expect(eventsOf((await pending).value as string)).toEqual([
      { error: expect.objectContaining({ request_id: 'request-1' }) },
    ]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(seen.log).toMatchObject({ code: 'time_limit' });
  });
});
