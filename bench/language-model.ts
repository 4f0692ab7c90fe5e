/**
 * Measures what the platform takes from a real language model (SmolLM2-135M): tokens per second of a stream from the
 * model's own process, and of the same stream through the whole platform, in turns.
 *
 * Usage: npm run build && node bench/language-model.ts [--rounds N]
 * The packages are those of `npm run test:interop`. All processes share the cores, so the share is a lower bound.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureLanguageModel } from '../test/interop/language-model-packages.ts';
import { freePort } from '../test/loop/process-group.ts';
import { apiKey, startLoop } from '../test/loop/support.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
const tokens = 128;

const body = JSON.stringify({
  model: 'smollm2',
  messages: [{ role: 'user', content: 'Tell a long story about a lighthouse.' }],
  ...{ temperature: 0, max_tokens: tokens, stream: true },
});

/** Tokens per second from the first to the last, and the time to the first; `null` while the model is loaded. */
async function measure(
  url: string,
): Promise<{ readonly perSecond: number; readonly firstMs: number } | null> {
  const startedAt = performance.now();
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
  if (!response?.ok) return null;
  const times: number[] = [];
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    times.push(performance.now());
  }
  if (!text.endsWith('data: [DONE]\n\n')) throw new Error(`the stream of ${url} broke off`);
  const [first, last] = [times[0]!, times.at(-1)!];
  return { perSecond: ((tokens - 1) / (last - first)) * 1000, firstMs: first - startedAt };
}

async function untilReady(url: string): Promise<void> {
  while ((await measure(url)) === null) await delay(200);
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)]!;

const { libraryFolder, modelPath } = ensureLanguageModel();
const endpoints = join(libraryFolder, 'endpoints.json');
writeFileSync(endpoints, JSON.stringify({ smollm2: { gguf: modelPath } }));
const port = String(await freePort());
const runner = spawn(
  process.execPath,
  [fileURLToPath(new URL('../dist/platform/llama.js', import.meta.url))],
  {
    cwd: libraryFolder,
    env: { ...process.env, ONRAMP_GGUF: modelPath, SAGEMAKER_BIND_TO_PORT: port },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
const loop = await startLoop('--endpoints', endpoints);
try {
  const urls = [`http://127.0.0.1:${port}/invocations`, `${loop.url}/v1/chat/completions`];
  for (const url of urls) await untilReady(url);
  const speeds: number[][] = [[], []];
  const firsts: number[][] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, url] of urls.entries()) {
      const figures = (await measure(url))!;
      speeds[index]!.push(figures.perSecond);
      firsts[index]!.push(figures.firstMs);
    }
  }
  for (const [index, name] of ['directly', 'through the platform'].entries()) {
    const [speed, first] = [median(speeds[index]!).toFixed(1), median(firsts[index]!).toFixed(0)];
    console.log(`${name.padEnd(22)}${speed} tokens/s, first after ${first} ms`);
  }
  const shares = speeds[1]!.map((speed, round) => speed / speeds[0]![round]!);
  console.log(`${'share (median)'.padEnd(22)}${median(shares).toFixed(3)}`);
} finally {
  runner.kill('SIGKILL');
  await loop.remove();
}
