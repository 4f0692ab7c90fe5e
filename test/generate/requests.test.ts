import { describe, expect, it } from 'vitest';
import { fullAccess } from '../../lib/access/index.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { QueuedCalls } from '../../lib/generate/index.ts';
import { createMemoryObjectStore } from '../../lib/storage/index.ts';
import { ask, eventsOf, said, textRoute } from './support.ts';

const answer = JSON.stringify({
  id: 'chatcmpl-1',
  created: 5,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
});
const never = (): never => {
  throw new Error('the container was asked');
};
const errorOf = (text: string) => JSON.parse(text).error;

describe('the model', () => {
  it('bad call: that is unknown, in the words that OpenAI’s clients know', async () => {
    const { status, text } = await ask(never, said('x', { model: 'gpt-4o' }));

    expect(status).toBe(404);
    expect(errorOf(text)).toEqual({
      type: 'not_found',
      message: 'The model "gpt-4o" does not exist or you do not have access to it.',
      param: 'model',
      code: 'model_not_found',
      request_id: 'request-1',
    });
  });

  it('bad call: whose name cannot be one', async () => {
    const { status } = await ask(never, said('x', { model: '../specs/heart' }));

    expect(status).toBe(404);
  });

  it('bad call: that is not the caller’s, whether it exists or not', async () => {
    const access = { ...fullAccess('other'), models: ['other'] };

    const [known, unknown] = await Promise.all(
      ['assistant', 'gpt-4o'].map((model) => ask(never, said('x', { model }), { access })),
    );

    expect([known!.status, unknown!.status]).toEqual([403, 403]);
    expect(errorOf(known!.text).code).toBe('model_not_allowed');
  });

  it('bad call: that predicts from rows; the route for that is named', async () => {
    const artifacts = createMemoryObjectStore();
    const spec = { dataset: 'heart', target: 'disease' };
    await artifacts.put('models/heart/spec.json', JSON.stringify(spec));

    const { status, text } = await ask(never, said('x', { model: 'heart' }), { artifacts });

    expect(status).toBe(400);
    expect(errorOf(text)).toMatchObject({ code: 'not_a_language_model', param: 'model' });
    expect(errorOf(text).message).toContain('POST /v1/models/heart/predict');
  });

  it.each<EndpointModel['speaks']>(['onramp', 'raw'])(
    'bad call: whose container speaks %s',
    async (speaks) => {
      const { status, text } = await ask(never, said('x'), { model: { speaks } });

      expect([status, errorOf(text).code]).toEqual([400, 'not_a_language_model']);
    },
  );

  it('bad call: behind a queue, where nobody waits for it', async () => {
    const { status, text } = await ask(never, said('x'), { model: { kind: 'async' } });

    expect([status, errorOf(text).code]).toEqual([400, 'model_is_queued']);
  });
});

describe('a model behind a queue', () => {
  const queue: QueuedCalls = {
    invoke: async (_, { body }) => {
      if (String(body).includes('"stream"')) throw new Error('a queue does not stream');
      return { contentType: 'application/json', attempts: 1, body: new TextEncoder().encode(answer) };
    },
    accept: async ({ model }, call) => ({ status: 202, text: `${model} ${call.endpoint}` }),
  };
  const queued = { model: { kind: 'async' }, queue } as const;

  it('answers as a whole when it is there', async () => {
    const { status, text } = await ask(never, said('x'), queued);

    expect([status, JSON.parse(text).choices[0].message.content]).toEqual([200, 'Hello']);
  });

  it('answers in chunks for those who stream', async () => {
    const { text } = await ask(never, said('x', { stream: true }), queued);

    const same = { id: 'chatcmpl-1', created: 5, model: 'assistant', object: 'chat.completion.chunk' };
    const delta = { role: 'assistant', content: 'Hello' };
    expect(eventsOf(text)).toEqual([
      { ...same, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...same, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      'data: [DONE]',
    ]);
  });

  it('gives a job to those who would rather not wait', async () => {
    const headers = { prefer: 'respond-async' };

    const { status, text } = await ask(never, said('x'), { ...queued, headers });

    expect([status, text]).toEqual([202, 'assistant assistant-endpoint']);
  });
});

describe('the body of a chat', () => {
  const message = (content: unknown) => ({ messages: [{ role: 'user', content }] });

  it.each<[string, object, string]>([
    ['no messages', { messages: [] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'usr', content: 'x' }] }, 'messages[0].role'],
    ['a content that is no text', message(5), 'messages[0].content'],
    ['a part without its text', message([{ type: 'text' }]), 'messages[0].content[0].text'],
    ['a part without its picture', message([{ type: 'image_url' }]), 'messages[0].content[0].image_url'],
    [
      'a picture from the file system',
      message([{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }]),
      'messages[0].content[0].image_url.url',
    ],
    ['a stream that is no yes or no', { stream: 'yes' }, 'stream'],
    ['options of a stream without one', { stream_options: { include_usage: true } }, 'stream_options'],
    ['a temperature beyond 2', { temperature: 2.5 }, 'temperature'],
    ['a share beyond 1', { top_p: 1.5 }, 'top_p'],
    ['half an answer', { n: 0.5 }, 'n'],
    ['thousands of answers', { n: 1000 }, 'n'],
    ['a seed that JSON rounds', { seed: 2 ** 60 }, 'seed'],
    ['no tokens', { max_tokens: 0 }, 'max_tokens'],
    ['no tokens, by its new name', { max_completion_tokens: 0 }, 'max_completion_tokens'],
    ['a stop that is no text', { stop: 5 }, 'stop'],
    ['a bias that is no number', { logit_bias: { 5: 'high' } }, 'logit_bias.5'],
    [
      'a tool without a usable name',
      { tools: [{ type: 'function', function: { name: 'a b' } }] },
      'tools[0].function.name',
    ],
    ['a choice among no tools', { tool_choice: 'required' }, 'tool_choice'],
    ['an unknown choice', { tool_choice: 'sometimes' }, 'tool_choice'],
    ['more probabilities without any', { top_logprobs: 2 }, 'top_logprobs'],
    ['probabilities as a number', { logprobs: 2 }, 'logprobs'],
    ['a format without its schema', { response_format: { type: 'json_schema' } }, 'response_format'],
  ])('bad call: %s', async (_, fields, param) => {
    const { status, text } = await ask(never, { ...said('x'), ...fields });

    expect([status, errorOf(text).param, errorOf(text).code]).toEqual([400, param, 'invalid_field']);
  });

  it.each([undefined, [], 'text', { messages: [] }])('bad call: %j instead of a request', async (body) => {
    const { status } = await ask(never, body);

    expect(status).toBe(400);
  });

  it('reaches the container as it was sent, with all that is not known here', async () => {
    const url = 'data:image/png;base64,iVBORw0KGgo=';
    const body = {
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'boss' },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url, detail: 'low' } }, { type: 'video_url' }],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: '1', content: 'sunny' },
      ],
      stop: null,
      tools: [{ type: 'function', function: { name: 'f', parameters: {}, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'a', schema: { type: 'object' }, strict: true },
      },
      logprobs: true,
      top_logprobs: 2,
      guided_regex: '[a-z]+',
      min_p: 0.1,
    };

    const { sent } = await ask(() => answer, { model: 'assistant', ...body });

    expect(sent).toEqual({ model: 'assistant', ...body });
    expect(Object.keys(sent!)).toEqual(['model', ...Object.keys(body)]);
  });
});

describe('the body of a completion', () => {
  it.each([
    ['no prompt', {}, 'prompt'],
    ['a mixture', { prompt: ['a', 1] }, 'prompt'],
    ['tokens below none', { prompt: 'x', max_tokens: -1 }, 'max_tokens'],
    ['a chat too', { prompt: 'x', messages: [{ role: 'user', content: 'x' }] }, 'messages'],
  ])('bad call: %s', async (_, fields, param) => {
    const { status, text } = await ask(never, { model: 'assistant', ...fields }, { route: textRoute });

    expect([status, errorOf(text).param]).toEqual([400, param]);
  });

  it.each([
    ['a text', 'Once'],
    ['texts', ['Once', 'Twice']],
    ['tokens', [1, 2]],
    ['lists of tokens', [[1], [2]]],
  ])('may hold %s', async (_, prompt) => {
    const choices = [{ index: 0, text: ' upon', finish_reason: 'stop' }];

    const { status, sent } = await ask(
      () => JSON.stringify({ choices }),
      { model: 'assistant', prompt },
      { route: textRoute },
    );

    expect([status, sent?.prompt]).toEqual([200, prompt]);
  });
});
