import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { processTree } from '../../process-tree.ts';
import { quantile, readStream, type StreamSource, startContainer, startPlatform } from '../stream-load.ts';
import { until } from '../support.ts';

const streams = 200;
const tokenMs = 200;
/** Two would be enough for the streams; the oldest of what is thrown away goes every two minutes or so. */
const minutes = 4;
const words = (minutes * 60_000) / tokenMs;

/** Memory of the platform's processes that relay streams: all but the container's. */
const relayBytes = (pid: number): number =>
  [...processTree(pid)].reduce((sum, [id, { residentBytes }]) => {
    const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
    return /platform\/(main|gateway-worker)\.js/.test(command) ? sum + residentBytes : sum;
  }, 0);

const readAll = (source: StreamSource, count: number) =>
  Promise.all(Array.from({ length: streams }, () => readStream(source, count)));

const medianDelay = (reports: Awaited<ReturnType<typeof readAll>>): number =>
  quantile(
    reports.flatMap(({ delaysMs }) => delaysMs),
    0.5,
  );

test('200 streams for four minutes lose nothing, keep their order, and leave the memory level', async () => {
  const container = await startContainer(tokenMs);
  onTestFinished(container.close);
  const platform = await startPlatform(tokenMs);
  onTestFinished(platform.close);
  const direct = await readAll(container, 50);
  await readAll(platform, 50);

  const memory: number[] = [];
  const sampler = setInterval(() => memory.push(relayBytes(platform.pid)), 2000);
  const reports = await readAll(platform, words);
  clearInterval(sampler);

  expect(reports.filter(({ isComplete }) => !isComplete)).toEqual([]);
  expect(reports.reduce((sum, { missing }) => sum + missing, 0)).toBe(0);
  expect(reports.reduce((sum, { reordered }) => sum + reordered, 0)).toBe(0);
  // Peaks, because the heap first grows to its working size, and then is between a collection and the next anywhere below.
  const half = Math.floor(memory.length / 2);
  const [before, after] = [memory.slice(0, half), memory.slice(half)].map((part) => Math.max(...part)) as [
    number,
    number,
  ];
  const addedMs = medianDelay(reports) - medianDelay(direct);
  process.stdout.write(
    `added to a chunk, median: ${addedMs.toFixed(2)} ms; memory: ${memory.map((bytes) => Math.round(bytes / 1e6)).join(' ')} MB\n`,
  );
  expect(after / before).toBeLessThan(1.15);
});

test('a stop lets streams that end soon end, breaks off the others, and logs a line for each', async () => {
  const platform = await startPlatform(500);
  onTestFinished(platform.close);
  const ask = async (words: number) => {
    const body = JSON.stringify({
      model: 'tiny',
      stream: true,
      messages: [{ role: 'user', content: `count ${words}` }],
    });
    const headers = { ...platform.headers, 'content-type': 'application/json' };
    const sent = request(platform.url, { method: 'POST', headers }).end(body);
    const [response] = await once(sent, 'response');
    let text = '';
    const ended = new Promise<string>((resolve) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response
        .on('end', () => resolve('end'))
        .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code!));
    });
    await until(() => text.includes('"content":"0"'), 10);
    return { ended, text: () => text };
  };

  const [short, long] = [await ask(4), await ask(1000)];
  await delay(100);
  const code = await platform.loop.stop();

  expect(code).toBe(0);
  expect(await short.ended).toBe('end');
  expect(short.text()).toMatch(/data: \[DONE\]\n\n$/);
  expect(await long.ended).toBe('ECONNRESET');
  const lines = readFileSync(join(platform.loop.home, 'logs/api.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"answered"') && line.includes('/v1/chat/completions'))
    .map((line) => JSON.parse(line));
  expect(lines.map(({ ended }) => ended)).toEqual(['complete', 'client_left']);
  expect(lines[1].output_tokens).toBeGreaterThan(3);
});
