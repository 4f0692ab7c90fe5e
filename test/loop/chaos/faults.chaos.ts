import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UsageReport } from '../../../lib/contracts/usage.ts';
import { apiKey, type Loop, startLoop, until } from '../support.ts';

const container = fileURLToPath(new URL('../../endpoint/containers/tiny-llm.ts', import.meta.url));

/** One container for each kind of fault, so that no breaker is opened by another's. */
const models = ['statuses', 'broken', 'killed', 'hanging', 'storm'];

/** Longer than SageMaker waits for a container, and for the next piece of its stream. */
const hangLimitMs = 75_000;

let loop: Loop;
let folder: string;
/** Requests of this file that were answered by a model, and all others. */
const sent = { answered: 0, refused: 0 };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-faults-'));
  const file = join(folder, 'endpoints.json');
  const tiny = { command: [process.execPath, container], speaks: 'openai' };
  writeFileSync(file, JSON.stringify(Object.fromEntries(models.map((model) => [model, tiny]))));
  loop = await startLoop('--endpoints', file);
  for (const model of models) await until(async () => (await send(model)).status === 200);
}, 120_000);

afterAll(async () => {
  await loop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

interface Fault {
  readonly kind: string;
  readonly after?: number;
  readonly status?: number;
}

async function send(model: string, more: { readonly fault?: Fault; readonly stream?: boolean } = {}) {
  const messages = [{ role: 'user', content: 'count 5' }];
  const startedAt = performance.now();
  const response = await fetch(`${loop.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages, ...more }),
  });
  const text = await response.text();
  sent[response.status < 400 ? 'answered' : 'refused'] += 1;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const events = isStream ? [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data!) : [];
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    code: isStream ? undefined : JSON.parse(text).error?.code,
    isDone: events.at(-1) === '[DONE]',
    /** What the stream says went wrong in its last event. */
    inBand:
      events.length > 0 && events.at(-1) !== '[DONE]' ? JSON.parse(events.at(-1)!).error?.code : undefined,
    words: events.flatMap((data) =>
      data === '[DONE]' ? [] : (JSON.parse(data).choices?.[0]?.delta?.content ?? []),
    ),
    ms: performance.now() - startedAt,
  };
}

/** A fault, and then an answer: the endpoint is not given up for faults here and there. */
async function sendOnce(model: string, fault: Fault, stream = false) {
  const answer = await send(model, { fault, stream });
  await until(async () => (await send(model)).status === 200);
  return answer;
}

describe('faults of a container', () => {
  test('that answers with a status are told by the right one, whole and streamed', async () => {
    for (const stream of [false, true]) {
      const failed = await sendOnce('statuses', { kind: 'status', status: 500 }, stream);
      const refused = await sendOnce('statuses', { kind: 'status', status: 400 }, stream);
      const busy = await sendOnce('statuses', { kind: 'status', status: 429 }, stream);
      const absent = await sendOnce('statuses', { kind: 'status', status: 503 }, stream);

      expect(failed).toMatchObject({ status: 502, code: 'endpoint_failed' });
      expect(refused).toMatchObject({ status: 400, code: 'endpoint_refused_input' });
      expect(busy).toMatchObject({ status: 429, code: 'endpoint_busy' });
      expect(Number(busy.retryAfter)).toBeGreaterThan(0);
      expect(absent).toMatchObject({ status: 502, code: 'endpoint_failed' });
    }
  });

  test('that breaks off or talks nonsense are told by a status before the first word, in the stream after it', async () => {
    const whole = [
      await sendOnce('broken', { kind: 'break' }),
      await sendOnce('broken', { kind: 'garbage' }),
    ];
    const early = await sendOnce('broken', { kind: 'break' }, true);
    const midway = [];
    for (const kind of ['break', 'garbage', 'error']) {
      midway.push(await sendOnce('broken', { kind, after: 2 }, true));
    }

    expect(whole.map(({ status, code }) => [status, code])).toEqual([
      [502, 'endpoint_failed'],
      [502, 'endpoint_failed'],
    ]);
    expect(early.status).toBe(502);
    for (const { status, inBand, isDone, words } of midway) {
      expect([status, isDone]).toEqual([200, false]);
      expect(inBand).toMatch(/^endpoint_(failed|stream_broken)$/);
      expect(words.join('')).toBe('0 1');
    }
  });

  test('whose process is killed are told, and it is started again', async () => {
    const whole = await sendOnce('killed', { kind: 'exit' });
    const midway = await sendOnce('killed', { kind: 'exit', after: 2 }, true);

    expect(whole).toMatchObject({ status: 502, code: 'endpoint_failed' });
    expect(midway).toMatchObject({ status: 200, isDone: false });
    expect(midway.inBand).toMatch(/^endpoint_(failed|stream_broken)$/);
  });

  test('that hangs end within its time limit, before the first word and after it', async () => {
    const [whole, early, midway] = await Promise.all([
      send('hanging', { fault: { kind: 'hang' } }),
      send('hanging', { fault: { kind: 'hang' }, stream: true }),
      send('hanging', { fault: { kind: 'hang', after: 2 }, stream: true }),
    ]);
    const after = await send('hanging');

    expect(whole).toMatchObject({ status: 504, code: 'endpoint_timed_out' });
    expect(early).toMatchObject({ status: 200, inBand: 'endpoint_timed_out', words: [] });
    expect(midway).toMatchObject({ status: 200, isDone: false, words: ['', '0', ' 1'] });
    expect(midway.inBand).toMatch(/^endpoint_(timed_out|stream_broken)$/);
    for (const { ms } of [whole, early, midway]) expect(ms).toBeLessThan(hangLimitMs);
    expect(after.status).toBe(200);
  });
});

test('after a row of failures the breaker opens, spares the container, and closes once it works again', async () => {
  const failures = [];
  for (let index = 0; index < 5; index += 1) {
    failures.push(await send('storm', { fault: { kind: 'status', status: 500 } }));
  }
  const spared = await send('storm');
  await delay(1000 * Number(spared.retryAfter));
  const probe = await send('storm');
  const after = await Promise.all([send('storm'), send('storm')]);

  expect(failures.map(({ status }) => status)).toEqual([502, 502, 502, 502, 502]);
  expect(spared).toMatchObject({ status: 503, code: 'endpoint_paused' });
  expect([probe, ...after].map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('each request is in the usage once, whatever became of it and however often it was tried', async () => {
  const usage = async () => (await loop.api<UsageReport>('GET', '/v1/usage?group_by=model')).body.total;

  await until(async () => {
    const { calls, refused } = await usage();
    return calls + refused >= sent.answered + sent.refused;
  });
  // Anything counted twice would come with the next batch.
  await delay(3000);
  const { calls, refused } = await usage();

  expect({ calls, refused }).toEqual({ calls: sent.answered, refused: sent.refused });
});
