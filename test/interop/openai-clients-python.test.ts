import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Loop } from '../loop/support.ts';
import { examplesIn } from './openai-examples.ts';
import { ensurePythonClients } from './openai-packages.ts';
import { runClients, startLanguageModel } from './openai-platform.ts';

const script = fileURLToPath(new URL('openai-clients.py', import.meta.url));

let loop: Loop;
let found: Record<string, Record<string, unknown>>;
beforeAll(async () => {
  loop = await startLanguageModel();
  found = await runClients(ensurePythonClients(), script, loop);
});
afterAll(() => loop?.remove());

const weather = ['weather', { text: 'weather in Bern' }];

describe("OpenAI's client", () => {
  test('chats, at once and in streams', () => {
    expect(found.openai).toMatchObject({
      chat: ['assistant', '0 1 2', 'stop', 5, true],
      stream: {
        ids: 1,
        text: '0 1 2',
        reasons: [null, null, null, null, 'stop'],
        tokens: [null, null, null, null, null, 5],
      },
      'stream helper': [['weather', '{"text":"weather in Bern"}']],
      asynchronous: '0 1 2 3 4',
    });
  });

  test('gets answers of a type, continues texts and lists models', () => {
    expect(found.openai).toMatchObject({ parsed: 'a word', completion: ['0 1 2', '0 1 2'], models: 'list' });
  });

  test('bad call: each kind of error has its class, with code, field and request id', () => {
    expect(found.openai?.errors).toMatchObject({
      'wrong value': { class: 'BadRequestError', code: 'invalid_field', param: 'n' },
      'wrong key': { class: 'AuthenticationError' },
      'no right': { class: 'PermissionDeniedError', code: 'model_not_allowed' },
      'no model': { class: 'NotFoundError', code: 'model_not_found', has_request_id: true },
      busy: { class: 'RateLimitError', code: 'endpoint_busy' },
      failed: { class: 'InternalServerError', status: 502 },
      'in the stream': { class: 'APIError', status: null },
    });
  });

  test('tries again when it is told to', () => {
    expect(found.openai?.retries).toEqual([
      [
        [429, '2'],
        [200, null],
      ],
      '0 1',
    ]);
  });
});

test("LangChain's ChatOpenAI answers, streams, calls tools and gets JSON", () => {
  expect(found.langchain).toMatchObject({
    invoke: ['0 1 2', 2, 3],
    stream: ['0 1 2', [5]],
    tools: [weather, weather],
    json: 'a word',
    'no model': { status: 404, code: 'model_not_found' },
  });
});

test('the examples of the documentation run', async () => {
  const python = ensurePythonClients();

  const said = await Promise.all(
    examplesIn('python', loop.url).map((example) => promisify(execFile)(python, ['-c', example])),
  );

  expect(said.map(({ stdout }) => stdout.trim())).toEqual(['Say hello.', 'Say hello.']);
});
