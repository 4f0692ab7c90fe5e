/** Reads many streams at once, of the tiny language model itself and of the platform before it, and looks at each chunk. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './process-group.ts';
import { apiKey, type Loop, startLoop } from './support.ts';

const container = fileURLToPath(new URL('../endpoint/containers/tiny-llm.ts', import.meta.url));

/** Where a stream is asked for. */
export interface StreamSource {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** First process; those it started belong to it. */
  readonly pid: number;
  close(): Promise<void>;
}

/** The platform, as a source. */
export interface PlatformSource extends StreamSource {
  readonly loop: Loop;
}

/** Starts the container alone; a word takes it `tokenMs`. */
export async function startContainer(tokenMs: number): Promise<StreamSource> {
  const port = await freePort();
  const variables = { SAGEMAKER_BIND_TO_PORT: String(port), TINY_TOKEN_MS: String(tokenMs) };
  const child = spawn(process.execPath, [container], {
    stdio: 'ignore',
    env: { ...process.env, ...variables },
  });
  const address = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${address}/ping`).catch(() => null))) await delay(20);
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
  };
  return { name: 'container', url: `${address}/invocations`, headers: {}, pid: child.pid!, close };
}

/** Starts the whole platform with the container behind an endpoint. */
export async function startPlatform(tokenMs: number): Promise<PlatformSource> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-streams-'));
  const endpoints = join(folder, 'endpoints.json');
  const tiny = {
    command: [process.execPath, container],
    speaks: 'openai',
    environment: { TINY_TOKEN_MS: String(tokenMs) },
  };
  writeFileSync(endpoints, JSON.stringify({ tiny }));
  const loop = await startLoop('--endpoints', endpoints);
  return {
    name: 'onramp',
    loop,
    url: `${loop.url}/v1/chat/completions`,
    headers: { 'x-api-key': apiKey },
    pid: loop.processId(),
    close: async () => {
      await loop.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What came of one stream. */
export interface StreamReport {
  /** How long each chunk was on its way, in the order in which they came. */
  readonly delaysMs: readonly number[];
  /** Chunks that came after one that had been sent later. */
  readonly reordered: number;
  /** Chunks that never came, or came twice: the difference to what was asked for. */
  readonly missing: number;
  readonly isComplete: boolean;
  readonly totalMs: number;
}

const agent = new Agent({ keepAlive: true });
const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1000;

/**
 * Asks for so many words and reads them. Each word is the time at which it was sent, which both says how long it was on
 * its way and numbers it.
 *
 * @throws if the answer is no stream, or breaks
 */
export async function readStream(source: StreamSource, words: number): Promise<StreamReport> {
  const startedAt = performance.now();
  const stamps: number[] = [];
  const delaysMs: number[] = [];
  let isComplete = false;
  let rest = '';
  const response = await ask(source, words);
  if (response.statusCode !== 200) throw new Error(`${source.name} answered ${response.statusCode}`);
  for await (const chunk of response) {
    const arrivedUs = nowUs();
    const events = (rest + chunk).split('\n\n');
    rest = events.pop()!;
    for (const event of events) {
      if (event === 'data: [DONE]') isComplete = true;
      const stamp = Number(/"content":" ?(\d+)"/.exec(event)?.[1] ?? 0);
      if (stamp === 0) continue;
      stamps.push(stamp);
      delaysMs.push((arrivedUs - stamp) / 1000);
    }
  }
  const reordered = stamps.filter((stamp, index) => index > 0 && stamp < stamps[index - 1]!).length;
  const missing = Math.abs(words - new Set(stamps).size) + (stamps.length - new Set(stamps).size);
  return { delaysMs, reordered, missing, isComplete, totalMs: performance.now() - startedAt };
}

function ask({ url, headers }: StreamSource, words: number): Promise<IncomingMessage> {
  const body = JSON.stringify({
    model: 'tiny',
    stream: true,
    messages: [{ role: 'user', content: `stamp ${words}` }],
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const all = { ...headers, 'content-type': 'application/json' };
  request(url, { method: 'POST', agent, headers: all }, (response) => {
    response.setEncoding('utf8');
    resolve(response);
  })
    .on('error', reject)
    .end(body);
  return promise;
}

/** The value that a share of the values does not pass. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
