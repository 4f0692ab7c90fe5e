import { expect, it } from 'vitest';
import { notReady } from '../../lib/core/index.ts';
import type { Timers } from '../../lib/endpoint/index.ts';
import type { QueuedCalls } from '../../lib/generate/index.ts';
import { ask, type Behaviour, eventsOf, open, said, sse } from './support.ts';

/** Time that leaps to each alarm. */
function leapingTimers(): Timers {
  let nowMs = 0;
  const after: Timers['after'] = (ms, run) => {
    nowMs += ms;
    setImmediate(run);
    return () => {};
  };
  return { now: () => nowMs, after };
}

const chunk = {
  id: 'chatcmpl-1',
  choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
};
const whole = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
});

/** A container that is asked so often in vain. */
function sleeper(times: number): Behaviour {
  let asked = 0;
  return ({ stream }) => {
    asked += 1;
    if (asked <= times) throw notReady('asleep', { code: 'endpoint_not_ready', retryAfterSeconds: 15 });
    return stream ? [sse(chunk, '[DONE]')] : whole;
  };
}

it('a model that sleeps is waited for, as a whole and in a stream', async () => {
  const timers = leapingTimers();

  const answer = await ask(sleeper(5), said('x'), { timers });
  const stream = await ask(sleeper(5), said('x', { stream: true }), { timers });

  expect([answer.status, JSON.parse(answer.text).choices[0].message.content]).toEqual([200, 'Hello']);
  expect(eventsOf(stream.text)).toContainEqual(expect.objectContaining({ choices: chunk.choices }));
  expect(stream.log).not.toHaveProperty('code');
});

it('a stream says what it waits for as long as the model sleeps', async () => {
  const alarms: (() => void)[] = [];
  const after: Timers['after'] = (_, run) => {
    alarms.push(run);
    return () => {};
  };
  const timers: Timers = { now: () => 0, after };

  const { answer } = open(sleeper(1), said('x', { stream: true }), { timers, graceMs: 1, keepAliveMs: 1 });
  const pieces: string[] = [];
  for await (const piece of (await answer).stream!) {
    pieces.push(String(piece));
    if (pieces.length === 3) alarms.shift()?.();
  }

  expect(pieces.slice(0, 3)).toEqual([
    expect.stringMatching(/^: waiting for the model to start, \d+ s\n\n$/),
    expect.stringMatching(/^: waiting for the model to start, \d+ s\n\n$/),
    expect.stringMatching(/^: waiting for the model to start, \d+ s\n\n$/),
  ]);
  expect(eventsOf(pieces.at(-1)!)).toEqual([
    expect.objectContaining({ choices: chunk.choices }),
    'data: [DONE]',
  ]);
});

it('a stream says that it waits in a queue', async () => {
  let answered = (): void => {};
  const queue: QueuedCalls = {
    invoke: async () => {
      await new Promise<void>((resolve) => {
        answered = resolve;
      });
      return { contentType: 'application/json', attempts: 1, body: new TextEncoder().encode(whole) };
    },
    accept: () => Promise.reject(new Error('nobody asked for a job')),
  };
  const options = { model: { kind: 'async' }, queue, graceMs: 1, keepAliveMs: 1 } as const;

  const { answer, log } = open(sleeper(0), said('x', { stream: true }), options);
  const pieces: string[] = [];
  for await (const piece of (await answer).stream!) {
    pieces.push(String(piece));
    answered();
  }

  expect(pieces[0]).toMatch(/^: waiting for the queue, \d+ s\n\n$/);
  expect(pieces.at(-1)).toBe('data: [DONE]\n\n');
  // The time in a queue is no work of an instance, and nobody may be charged for it.
  expect(log).toHaveProperty('output_tokens');
  expect(log).not.toHaveProperty('endpoint_ms');
});

it('expected failure: a model that does not wake in time is a refusal with the time to come again', async () => {
  const answer = await ask(sleeper(1000), said('x'), { timers: leapingTimers() });

  expect([answer.status, answer.headers['retry-after']]).toEqual([503, '15']);
  expect(JSON.parse(answer.text).error.code).toBe('endpoint_not_ready');
});

it('a preference for a job is not met by a model that has no queue', async () => {
  const queue = { invoke: sleeper(0) as never, accept: () => Promise.reject(new Error('there is no queue')) };

  const answer = await ask(sleeper(0), said('x'), { queue, headers: { prefer: 'respond-async' } });

  expect(answer.status).toBe(200);
});
