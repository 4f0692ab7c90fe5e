import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Loop, until } from '../loop/support.ts';
import { besidePackages } from './npm-packages.ts';
import { examplesIn, writeExamples } from './openai-examples.ts';
import { ensureJavaScriptClients } from './openai-packages.ts';
import { runClients, startLanguageModel } from './openai-platform.ts';

const script = fileURLToPath(new URL('openai-clients.mjs', import.meta.url));

let loop: Loop;
let found: Record<string, Record<string, unknown>>;
beforeAll(async () => {
  loop = await startLanguageModel();
  found = await runClients(process.execPath, besidePackages(ensureJavaScriptClients(), script), loop);
});
afterAll(() => loop?.remove());

const usage = { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 };
const weather = ['weather', { text: 'weather in Bern' }];

describe("OpenAI's client", () => {
  test('chats', () => {
    const message = { role: 'assistant', content: '0 1 2' };

    expect(found.openai?.chat).toEqual({
      object: 'chat.completion',
      model: 'assistant',
      choices: [{ index: 0, message, logprobs: null, finish_reason: 'stop' }],
      usage,
      hasRequestId: true,
    });
  });

  test('reads a stream by its rules, with the tokens at its end', () => {
    expect(found.openai?.stream).toEqual({
      ids: 1,
      models: ['assistant'],
      roles: ['assistant', null, null, null, null, null],
      text: '0 1 2',
      reasons: [null, null, null, null, 'stop', null],
      usages: [null, null, null, null, null, usage],
    });
    expect(found.openai?.['stream without usage']).toEqual({ chunks: 4, withUsage: 0 });
    expect(found.openai?.['stream helper']).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: '0 1 2 3' },
    });
  });

  test('has tools called, as a whole, in pieces, and until there is an answer', () => {
    const called = { name: 'weather', arguments: '{"text":"weather in Bern"}' };

    expect(found.openai?.tools).toEqual({
      reason: 'tool_calls',
      calls: [{ id: 'call_0', type: 'function', function: called }],
    });
    expect(found.openai?.['streamed tools']).toEqual({
      reason: 'tool_calls',
      call: { id: 'call_0', type: 'function', name: 'weather', text: called.arguments },
    });
    expect(found.openai?.['tools that run']).toEqual({ answer: 'sunny', called: [weather[1]] });
  });

  test('gets JSON, of a schema too', () => {
    expect(found.openai?.json).toEqual({ text: 'a word' });
    expect(found.openai?.['json of a schema']).toEqual({ text: 'a word' });
  });

  test('gets several answers with logprobs, up to so many tokens or to a word, and to pictures', () => {
    expect(found.openai).toMatchObject({
      'several answers': {
        texts: ['0 1', '0 1'],
        reasons: ['length', 'length'],
        tokens: [
          ['0', ' 1'],
          ['0', ' 1'],
        ],
        usage: { completion_tokens: 4 },
      },
      stop: '0 1 2 3',
      picture: true,
    });
  });

  test('continues texts and lists models', () => {
    expect(found.openai).toMatchObject({
      completion: { object: 'text_completion', choice: { index: 0, text: '0 1 2', finish_reason: 'stop' } },
      'streamed completion': '0 1 2',
      models: { object: 'list', isList: true },
    });
  });

  test('bad call: each kind of error has its class, with code, field and request id', () => {
    expect(found.openai?.errors).toMatchObject({
      'wrong value': { class: 'BadRequestError', status: 400, code: 'invalid_field', param: 'temperature' },
      'wrong key': { class: 'AuthenticationError', status: 401 },
      'no right': { class: 'PermissionDeniedError', status: 403, code: 'model_not_allowed' },
      'no model': { class: 'NotFoundError', status: 404, code: 'model_not_found', hasRequestId: true },
      refused: { class: 'BadRequestError', status: 400, code: 'endpoint_refused_input' },
      busy: { class: 'RateLimitError', status: 429, code: 'endpoint_busy' },
      failed: { class: 'InternalServerError', status: 502 },
      garbage: { class: 'InternalServerError', status: 502 },
      'in the stream': { class: 'APIError', type: 'upstream' },
    });
  });

  test('tries again when it is told to', () => {
    expect(found.openai?.retries).toEqual({
      attempts: [
        [429, '2'],
        [200, null],
      ],
      text: '0 1',
    });
  });

  test('leaves, and is still counted', async () => {
    const lineOfAbort = async () =>
      readFileSync(join(loop.home, 'logs', 'api.log'), 'utf8')
        .split('\n')
        .find((line) => line.includes('"client_left"'));

    const line = JSON.parse((await until(lineOfAbort))!);

    expect(found.openai?.abort).toEqual(['', '0', ' 1', ' 2']);
    expect(line).toMatchObject({ model: 'assistant', input_tokens: 3, usage_estimated: true });
    expect(line.output_tokens).toBeGreaterThanOrEqual(3);
    expect(line.output_tokens).toBeLessThan(1000);
  });
});

test("the AI SDK's provider for compatible services generates, streams, calls tools and gets JSON", () => {
  expect(found.aiSdk).toEqual({
    text: { text: '0 1 2', finishReason: 'stop', input: 2, output: 3 },
    stream: { parts: ['0', ' 1', ' 2'], reason: 'stop', input: 2, output: 3 },
    tools: { text: 'sunny', calls: [weather] },
    'streamed tools': { text: 'sunny', steps: 2 },
    json: { text: 'a word' },
    'no model': { isCallError: true, status: 404, retries: false },
  });
});

test("LangChain's ChatOpenAI answers, streams, calls tools and gets JSON", () => {
  expect(found.langchain).toMatchObject({
    invoke: { content: '0 1 2', usage: [2, 3] },
    stream: '0 1 2',
    tools: [weather],
    'streamed tools': [weather],
    json: { text: 'a word' },
    'no model': { class: 'NotFoundError', status: 404, code: 'model_not_found' },
  });
});

describe('the examples of the documentation', () => {
  const run = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(command, args)).stdout.trim();

  test('run by curl', async () => {
    const [whole, stream] = await Promise.all(
      examplesIn('sh', loop.url).map((example) => run('sh', '-c', example)),
    );

    expect(JSON.parse(whole!).choices[0].message.content).toBe('Say hello.');
    expect(stream).toMatch(/^data: \{.*\n\ndata: \[DONE\]$/s);
  });

  test('run in JavaScript', async () => {
    const examples = examplesIn('js', loop.url);
    const paths = writeExamples(examples, ensureJavaScriptClients(), 'mjs');

    const said = await Promise.all(paths.map((path) => run(process.execPath, path)));

    expect(said).toEqual(['Say hello.', 'Say hello.', 'Say hello.']);
  });
});
