import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKey, type Loop, startLoop } from '../loop/support.ts';
import { ensureLanguageModel } from './language-model-packages.ts';
import { besidePackages } from './npm-packages.ts';
import { ensureJavaScriptClients, ensurePythonClients } from './openai-packages.ts';

const run = promisify(execFile);
const scriptOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const system = 'You answer in short sentences.';
const question = 'Name three colours of the rainbow.';

interface Said {
  readonly text: string;
  readonly calls?: readonly { readonly name: string; readonly arguments: string }[];
  readonly reason: string;
  readonly usage: Readonly<Record<string, number>>;
}

interface Found {
  readonly first: Said;
  readonly again: Said;
  readonly stream: Said & { readonly pieces: number };
  readonly seeds: readonly string[];
  readonly limited: Said;
  readonly stop: Said;
  readonly schema: Said;
  readonly tool: Said;
  readonly logprobs: readonly {
    readonly token: string;
    readonly logprob: number;
    readonly top_logprobs: object[];
  }[];
  readonly completion: object;
  readonly picture: object;
  readonly rule: object;
}

let loop: Loop;
let direct: { readonly answer: string; readonly promptTokens: number; readonly answerTokens: number };
let found: Found;
beforeAll(async () => {
  const { libraryFolder, modelPath } = ensureLanguageModel();
  const asker = besidePackages(libraryFolder, scriptOf('language-model-direct.mjs'));
  direct = JSON.parse((await run(process.execPath, [asker, modelPath, system, question, '60'])).stdout);
  const endpoints = join(libraryFolder, 'endpoints.json');
  writeFileSync(endpoints, JSON.stringify({ smollm2: { gguf: modelPath } }));
  loop = await startLoop('--endpoints', endpoints);
  const client = besidePackages(ensureJavaScriptClients(), scriptOf('language-model-clients.mjs'));
  await untilReady();
  found = JSON.parse(
    (await run(process.execPath, [client, `${loop.url}/v1`, apiKey, system, question])).stdout,
  );
});
afterAll(() => loop?.remove());

/** The endpoint answers that it is not ready while its model is loaded. */
async function untilReady(): Promise<void> {
  const body = { model: 'smollm2', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
  for (;;) {
    const { status } = await loop.api('POST', '/v1/chat/completions', body);
    if (status === 200) return;
    if (status !== 503 && status !== 429)
      throw new Error(`the endpoint answers ${status}:\n${loop.output()}`);
    await delay(100);
  }
}

describe('SmolLM2 behind an endpoint of this machine, asked by the client of OpenAI', () => {
  test('answers what the library answers, each time the same', () => {
    expect(found.first.text).toBe(direct.answer);
    expect(found.again).toEqual(found.first);
    expect(found.stream.text).toBe(direct.answer);
    expect(found.seeds[0]).toBe(found.seeds[1]);
    expect(found.seeds[2]).not.toBe(found.seeds[0]);
  });

  test('counts tokens as the tokenizer does, and ends at max_tokens', () => {
    const usage = {
      prompt_tokens: direct.promptTokens,
      completion_tokens: direct.answerTokens,
      total_tokens: direct.promptTokens + direct.answerTokens,
    };

    expect(found.first).toMatchObject({ usage, reason: 'stop' });
    expect(found.stream).toMatchObject({ usage, reason: 'stop', pieces: direct.answerTokens });
    expect(found.limited).toMatchObject({ reason: 'length', usage: { completion_tokens: 5 } });
    expect(direct.answer.startsWith(found.limited.text)).toBe(true);
    expect(found.completion).toEqual({ prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 });
  });

  test('stops at the first of its stops', () => {
    const [before] = direct.answer.split(/[.,]/);

    expect(found.stop).toMatchObject({ text: before, reason: 'stop' });
  });

  test('writes JSON by a schema', () => {
    const person = JSON.parse(found.schema.text);

    expect(Object.keys(person)).toEqual(['name', 'age', 'mood']);
    expect(person).toMatchObject({ name: expect.any(String), age: expect.any(Number) });
    expect(['happy', 'sad']).toContain(person.mood);
    expect(found.schema.reason).toBe('stop');
  });

  test('calls a tool with arguments by its schema', () => {
    const [call] = found.tool.calls!;

    expect(call!.name).toBe('weather');
    expect(JSON.parse(call!.arguments)).toEqual({ city: expect.any(String) });
    expect(found.tool.reason).toBe('tool_calls');
  });

  test('tells how probable its tokens were: the likeliest ones at temperature 0', () => {
    for (const { token, logprob, top_logprobs: top } of found.logprobs) {
      expect(top[0]).toMatchObject({ token, logprob });
      expect(logprob).toBeLessThan(0);
      expect(top).toHaveLength(2);
    }
  });

  test('bad call: pictures and rules that no grammar holds are refused by name', () => {
    expect(found.picture).toMatchObject({
      status: 400,
      code: 'unsupported_content',
      param: 'messages.0.content.0',
    });
    expect(found.rule).toMatchObject({ status: 400, code: 'unsupported_schema' });
  });

  test('answers the client for Python alike', async () => {
    const script = scriptOf('language-model-clients.py');

    const { stdout } = await run(ensurePythonClients(), [script, `${loop.url}/v1`, apiKey, system, question]);

    expect(JSON.parse(stdout)).toEqual({
      whole: direct.answer,
      tokens: direct.answerTokens,
      stream: direct.answer,
    });
  });
});
