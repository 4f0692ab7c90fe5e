import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../lib/contracts/jobs.ts';
import type { UsageReport } from '../../lib/contracts/usage.ts';
import { type Answer, apiKey, artifactBucket, type BodyOf, type Loop, startLoop, until } from './support.ts';

const limitMs = 120_000;
const container = fileURLToPath(new URL('../endpoint/containers/tiny-llm.ts', import.meta.url));

const startMs = 3_000;
/** Longer than anybody waits at an endpoint that sleeps. */
const lateMs = 12_000;

/** Containers that need a while to start, behind endpoints that have none until somebody asks. */
const endpoints = Object.fromEntries(
  [
    ['queued', 'async', 'openai', startMs, 0],
    ['slow', 'async', 'openai', startMs, 3_000],
    ['asleep', 'serverless', 'openai', startMs, 0],
    ['sleeper', 'serverless', 'raw', startMs, 0],
    ['late', 'serverless', 'raw', lateMs, 0],
    ['latest', 'serverless', 'openai', lateMs, 0],
    ['awake', 'real-time', 'raw', 0, 0],
  ].map(([name, kind, speaks, readyMs, tokenMs]) => [
    name,
    {
      command: [process.execPath, container],
      ...{ kind, speaks },
      environment: {
        TINY_START_MS: String(readyMs),
        TINY_TOKEN_MS: String(tokenMs),
      },
    },
  ]),
);

let loop: Loop;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-endpoints-'));
  const file = join(folder, 'endpoints.json');
  writeFileSync(file, JSON.stringify(endpoints));
  loop = await startLoop('--endpoints', file);
}, limitMs);
afterAll(async () => {
  await loop?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks as any client does. */
async function ask<Body = JobView>(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${loop.url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}

const predict = (model: string): string => `/v1/models/${model}/predict`;
const later = { prefer: 'respond-async' };
const count = (words: number, more: object = {}) => ({ prompt: `count ${words}`, ...more });
/** The container's answer. */
interface Completion {
  readonly choices: readonly { readonly text?: string; readonly message?: { readonly content: string } }[];
}

const jobOf = async (id: string): Promise<JobView> => (await loop.api<JobView>('GET', `/v1/jobs/${id}`)).body;
const ended = (id: string): Promise<JobView> =>
  until(async () => {
    const job = await jobOf(id);
    return job.ended !== null && job;
  });
const resultOf = async ({ result }: JobView): Promise<Completion> =>
  (await (await fetch(result!.url)).json()) as Completion;

// First, while the container is still to be started.
test(
  'a job that is in the queue when everything is killed is answered after the next start',
  async () => {
    const { body: job } = await ask(predict('queued'), count(3), later);
    await loop.killTree();
    await loop.start();

    const done = await ended(job.id);

    expect(job.status).toBe('queued');
    expect(done).toMatchObject({ status: 'succeeded', model: 'queued', version: null });
    expect(await resultOf(done)).toMatchObject({ choices: [{ text: '0 1 2' }] });
  },
  limitMs,
);

test(
  'a request for an endpoint without an instance is a job that waits, also over a kill of everything',
  async () => {
    const headers = { prefer: 'wait=1', 'idempotency-key': 'late' };
    const asked = await ask(predict('late'), count(3), headers);
    await until(async () =>
      /Waiting for endpoint "late" to start, \d+ s\./.test((await jobOf(asked.body.id)).message),
    );
    await loop.killTree();
    await loop.start();
    const again = await ask(predict('late'), count(3), headers);

    const done = await ended(asked.body.id);

    expect(asked.status).toBe(202);
    expect(asked.headers.get('location')).toBe(`/v1/jobs/${asked.body.id}`);
    expect(asked.headers.get('retry-after')).toBe('5');
    expect([again.status, again.body.id]).toEqual([202, asked.body.id]);
    expect(done).toMatchObject({ status: 'succeeded', model: 'late', version: null, error: null });
    expect(done.result).toMatchObject({ content_type: 'application/json' });
    expect(await resultOf(done)).toMatchObject({ choices: [{ text: '0 1 2' }] });
    await until(async () => {
      const { body } = await loop.api<UsageReport>('GET', '/v1/usage?group_by=model');
      const late = body.data.find(({ model }) => model === 'late');
      // The requests that became the job are none of their own.
      return late !== undefined && late.calls === 1 && late.endpoint_ms > 0;
    });
  },
  limitMs,
);

test.concurrent(
  'a client can say how long it would wait for an endpoint that sleeps',
  async () => {
    const answer = await ask<Completion>(predict('sleeper'), count(2), { prefer: 'wait=15' });
    const job = await ask('/v1/embeddings', { model: 'latest', input: ['a', 'b'] }, later);

    expect([answer.status, answer.body.choices[0]!.text]).toEqual([200, '0 1']);
    expect([job.status, job.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    const vectors = (await resultOf(await ended(job.body.id))) as unknown as {
      model: string;
      data: unknown[];
    };
    expect([vectors.model, vectors.data.length]).toEqual(['latest', 2]);
  },
  limitMs,
);

test.concurrent(
  'vectors come from a model that works off a queue as well',
  async () => {
    const answer = await ask<{ model: string; data: unknown[] }>('/v1/embeddings', {
      model: 'queued',
      input: ['a'],
    });

    expect([answer.status, answer.body.model, answer.body.data.length]).toEqual([200, 'queued', 1]);
  },
  limitMs,
);

test.concurrent(
  'a waiting job is cancelled, and the endpoint is not asked for it',
  async () => {
    const { body: job } = await ask(predict('latest'), count(20), later);
    const cancelled = await ask(`/v1/jobs/${job.id}/cancel`, {});
    const deleted = await loop.api('DELETE', `/v1/jobs/${job.id}`);
    const gone = await loop.api('GET', `/v1/jobs/${job.id}`);

    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
    expect([deleted.status, gone.status]).toEqual([200, 404]);
  },
  limitMs,
);

test.concurrent(
  'an answer that does not come while API Gateway waits is that of a job',
  async () => {
    const answer = await ask(predict('slow'), count(10));

    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/jobs/${answer.body.id}`);
    expect(await resultOf(await ended(answer.body.id))).toMatchObject({
      choices: [{ text: '0 1 2 3 4 5 6 7 8 9' }],
    });
  },
  limitMs,
);

test.concurrent(
  'a model that works off a queue answers at once when it can',
  async () => {
    const answer = await ask<Completion>(predict('queued'), count(2));

    expect([answer.status, answer.body.choices[0]!.text]).toEqual([200, '0 1']);
  },
  limitMs,
);

test.concurrent(
  'the same request with the same key is the same job, and another one is refused',
  async () => {
    const headers = { ...later, 'idempotency-key': 'once' };
    const first = await ask(predict('queued'), count(2), headers);
    const again = await ask(predict('queued'), count(2), headers);
    const other = await ask<{ error: { code: string } }>(predict('queued'), count(3), headers);

    expect(first.headers.get('preference-applied')).toBe('respond-async');
    expect(again.body.id).toBe(first.body.id);
    expect([other.status, other.body.error.code]).toEqual([409, 'idempotency_conflict']);
  },
  limitMs,
);

test.concurrent(
  'expected failure: a job that the container refuses says why in its words',
  async () => {
    const fault = { fault: { kind: 'status', status: 400 } };
    const { body: job } = await ask(predict('queued'), count(1, fault), later);

    const done = await ended(job.id);

    expect(done).toMatchObject({ status: 'failed', error: { message: 'told to answer 400' }, result: null });
  },
  limitMs,
);

test.concurrent(
  'a job is cancelled once and deleted with all that it left',
  async () => {
    const { body: job } = await ask(predict('slow'), count(20), later);
    const cancelled = await ask(`/v1/jobs/${job.id}/cancel`, {});
    const deleted = await loop.api('DELETE', `/v1/jobs/${job.id}`);
    const gone = await loop.api('GET', `/v1/jobs/${job.id}`);

    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
    expect([deleted.status, gone.status]).toEqual([200, 404]);
  },
  limitMs,
);

test.concurrent(
  'an input longer than a request may be is uploaded and handed over as a job',
  async () => {
    const uploads = '/v1/models/queued/jobs/uploads';
    const long = JSON.stringify(count(4, { padding: 'x'.repeat(7_000_000) }));
    const { body: ticket } = await ask<BodyOf<'create-job-upload'>>(uploads, {
      file: 'long.json',
      bytes: long.length,
    });
    const put = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: long });
    const input = { key: ticket.key };
    const { status, body: job } = await ask('/v1/models/queued/jobs', {
      input,
      content_type: 'application/json',
    });

    const done = await ended(job.id);

    expect([put.status, status]).toEqual([200, 202]);
    expect(done.input).toEqual({ kind: 'file', file: 'long.json', size_bytes: long.length });
    expect(await resultOf(done)).toMatchObject({ choices: [{ text: '0 1 2 3' }] });
  },
  limitMs,
);

test.concurrent(
  'bad call: jobs of an endpoint read nothing but its own uploads, and only those with a queue have any',
  async () => {
    const body = {
      input: { s3: `s3://${artifactBucket}/models/heart/spec.json` },
      content_type: 'text/plain',
    };
    const foreign = await ask<{ error: { code: string } }>('/v1/models/queued/jobs', body);
    const address = { ...body, custom_attributes: 'onramp-call=GET+%2F' };
    const spoofed = await ask<{ error: { code: string } }>('/v1/models/queued/jobs', address);
    const unqueued = await ask<{ error: { code: string } }>('/v1/models/awake/jobs', body);

    expect([foreign.status, foreign.body.error.code]).toEqual([400, 'input_not_allowed']);
    expect([spoofed.status, spoofed.body.error.code]).toEqual([400, 'invalid_field']);
    expect([unqueued.status, unqueued.body.error.code]).toEqual([400, 'model_has_no_queue']);
  },
  limitMs,
);

const chat = (model: string, more: object = {}) => ({
  model,
  messages: [{ role: 'user', content: 'count 3' }],
  ...more,
});

test.concurrent(
  'a chat with a model that works off a queue is streamed, or answered as a whole',
  async () => {
    const response = await fetch(`${loop.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(chat('queued', { stream: true })),
    });
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('data: {'));
    const whole = await ask<Completion>('/v1/chat/completions', chat('queued'));

    const said = events.map((event) => JSON.parse(event.slice(6)).choices[0]?.delta?.content ?? '').join('');
    expect([response.status, said]).toEqual([200, '0 1 2']);
    expect(whole.body.choices[0]!.message!.content).toBe('0 1 2');
  },
  limitMs,
);

test.concurrent(
  'a chat can become a job, whose answer is the container’s',
  async () => {
    const { status, body: job } = await ask('/v1/chat/completions', chat('queued'), later);

    expect(status).toBe(202);
    expect(await resultOf(await ended(job.id))).toMatchObject({
      choices: [{ message: { content: '0 1 2' } }],
    });
  },
  limitMs,
);

test.concurrent(
  'a chat waits for a model that sleeps',
  async () => {
    const talk = await ask<Completion>('/v1/chat/completions', chat('asleep'));

    expect([talk.status, talk.body.choices[0]!.message!.content]).toEqual([200, '0 1 2']);
  },
  limitMs,
);

test.concurrent(
  'a request need not be waited for, though the model could answer at once',
  async () => {
    const [talk, raw] = await Promise.all([
      ask('/v1/chat/completions', chat('asleep'), later),
      ask(predict('awake'), count(2), later),
    ]);

    expect([talk.status, raw.status]).toEqual([202, 202]);
    const content = { message: { content: '0 1 2' } };
    expect(await resultOf(await ended(talk.body.id))).toMatchObject({ choices: [content] });
    expect(await resultOf(await ended(raw.body.id))).toMatchObject({ choices: [{ text: '0 1' }] });
  },
  limitMs,
);
