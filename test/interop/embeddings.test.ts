/** A real embedding model: imported by the command, asked by other people's clients, held against its own package. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../cli/run.ts';
import { createTokenizer } from '../../lib/tokenize/index.ts';
import { apiKey, type Loop, startLoop } from '../loop/support.ts';
import { ensureEmbeddings } from './embedding-packages.ts';
import { besidePackages } from './npm-packages.ts';
import { ensureJavaScriptClients } from './openai-packages.ts';

const python = ensureEmbeddings();
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onramp-embeddings-'));
const minilm = join(folder, 'minilm');

/** What a script prints, as JSON. */
async function run<T>(command: string, args: readonly string[], input: unknown = null): Promise<T> {
  const child = spawn(command, args, { env: { ...process.env, PYTHONUTF8: '1' } });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(input));
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${complaint}`);
  return (output === '' ? null : JSON.parse(output)) as T;
}

const ask = <T>(args: readonly string[], input?: unknown): Promise<T> =>
  run<T>(python, [here('embedding-model.py'), ...args], input);

/** 120 texts in eight languages, short ones and such of several sentences. */
const sentences = [
  ...['How do I return an item?', 'The patient came back after a week.', 'house prices in Zürich, 2026', 'x'],
  ...[
    'Wie gebe ich einen Artikel zurück?',
    'Straße & Übermut — 12,5 %',
    'Où est la gare ? À côté.',
    '¿Dónde está?',
  ],
  ...[
    'Как вернуть товар?',
    'Πού είναι ο ΣΤΑΘΜΟΣ;',
    '商品を返品するには?',
    '如何退货？ 北京 𠀀',
    'कैसे लौटाएं',
    'كيف أعيد',
  ],
  ...['e\u0301cole \ud83d\ude00 [SEP] <b>HTML</b>'],
];
const texts = Array.from({ length: 120 }, (_, index) =>
  Array.from(
    { length: 1 + (index % 8) },
    (_unused, at) => sentences[(index + at * 7) % sentences.length],
  ).join(' '),
);

let loop: Loop;
let expected: readonly number[][];
beforeAll(async () => {
  await ask(['folder', minilm]);
  expected = await ask<number[][]>(['vectors'], texts);
  loop = await startLoop();
});
afterAll(async () => {
  await loop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** The largest difference between vectors. */
const distance = (left: readonly number[][], right: readonly number[][]): number =>
  Math.max(...left.flatMap((vector, row) => vector.map((value, at) => Math.abs(value - right[row]![at]!))));

async function embed(input: unknown): Promise<{ vectors: number[][]; tokens: number }> {
  const { status, body } = await loop.api<{
    data: { embedding: number[] }[];
    usage: { prompt_tokens: number };
  }>('POST', '/v1/embeddings', { model: 'minilm', input });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return { vectors: body.data.map(({ embedding }) => embedding), tokens: body.usage.prompt_tokens };
}

test('the command imports the folder and says how texts are asked about', async () => {
  let [stdout, stderr] = ['', ''];

  const code = await runCommandLine(['import', minilm, '--model', 'minilm', '--url', loop.url], {
    stdout: { write: (piece) => (stdout += piece) },
    stderr: { write: (piece) => (stderr += piece) },
    stdin: Object.assign((async function* () {})(), { isTTY: true }),
    env: {},
    onInterrupt: () => () => {},
  });

  expect([code, stderr.includes('rror')]).toEqual([0, false]);
  expect(stdout).toContain('texts of up to 256 tokens');
  expect(stdout).toContain('/v1/embeddings');
});

describe('vectors', () => {
  test('are those of the package that carries the model, one by one and all at once', async () => {
    const { vectors } = await embed(texts);
    const one = await embed(texts[7]);

    expect(distance(vectors, expected)).toBeLessThan(1e-5);
    expect(distance(one.vectors, [vectors[7]!])).toBeLessThan(1e-6);
  });

  test('put what means the same nearer together than what does not', async () => {
    const { vectors } = await embed([
      'a cat sits on the mat',
      'a kitten is on the rug',
      'stock prices fell sharply',
    ]);
    const cosine = (left: number, right: number): number =>
      vectors[left]!.reduce((sum, value, at) => sum + value * vectors[right]![at]!, 0);

    expect(cosine(0, 1)).toBeGreaterThan(0.5);
    expect(cosine(0, 2)).toBeLessThan(0.2);
  });
});

describe('tokens', () => {
  test.each([
    ['the model', () => join(minilm, 'tokenizer.json')],
    ['a Unigram model with a table of replacements', () => here('../tokenize/fixtures/unigram.json')],
    ['a byte-level model', () => here('../tokenize/fixtures/byte-pair.json')],
  ])('of %s are those of the library, for 20,000 hard texts', async (_name, path) => {
    const oracle = await ask<{ texts: string[]; ids: number[][] }>(['ids', path(), '20000']);
    const tokenizer = createTokenizer(readFileSync(path(), 'utf8'));

    const different = oracle.texts.flatMap((text, index) => {
      const ids = tokenizer.encode(text);
      const wanted = oracle.ids[index]!;
      return String(ids) === String(wanted) ? [] : [{ text, ids, wanted }];
    });

    expect(oracle.texts).toHaveLength(20_002);
    expect(different).toEqual([]);
  });
});

interface ClientAnswer {
  readonly vectors: number[][];
  readonly floats: number[][];
  readonly short: number[];
  readonly model: string;
  readonly usage: object;
}

describe('clients', () => {
  const some = texts.slice(0, 6);

  async function check({ vectors, floats, short, model, usage }: ClientAnswer): Promise<void> {
    const { tokens } = await embed(some);
    expect(distance(vectors, expected)).toBeLessThan(1e-5);
    expect(vectors).toEqual(floats.map((vector) => vector.map(Math.fround)));
    const length = Math.hypot(...vectors[0]!.slice(0, 8));
    expect(distance([short], [vectors[0]!.slice(0, 8).map((value) => value / length)])).toBeLessThan(1e-6);
    expect({ model, usage }).toEqual({
      model: 'minilm',
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
  }

  test("OpenAI's for Python reads base64, which it asks for by itself, numbers and a refusal", async () => {
    const answer = await ask<ClientAnswer & { error: object }>(['client', `${loop.url}/v1`, apiKey], some);

    await check(answer);
    expect(answer.error).toEqual({
      code: 'context_length_exceeded',
      param: 'input[1]',
      has_request_id: true,
    });
  });

  test("OpenAI's for JavaScript, the AI SDK and LangChain read the same vectors", async () => {
    const script = besidePackages(ensureJavaScriptClients(), here('embedding-clients.mjs'));

    const answer = await run<ClientAnswer & { aiSdk: number[][]; langchain: number[][]; refusal: object }>(
      process.execPath,
      [script, `${loop.url}/v1`, apiKey],
      some,
    );

    await check(answer);
    expect(distance(answer.aiSdk, expected)).toBeLessThan(1e-5);
    expect(distance(answer.langchain, expected)).toBeLessThan(1e-5);
    expect(answer.refusal).toEqual({ class: 'NotFoundError', status: 404, code: 'model_not_found' });
  });
});
