import { expect, it } from 'vitest';
import { invalidInput, notReady } from '../../lib/core/index.ts';
import type { Timers } from '../../lib/endpoint/index.ts';
import type { GenerateAnswer, QueuedCalls } from '../../lib/generate/index.ts';
import { ask, type Behaviour, eventsOf, fakeEndpoints, open, said, sse } from './support.ts';

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

/** Time in which each alarm is rung by hand. */
function heldTimers(): { readonly timers: Timers; ring(): void } {
  const alarms: (() => void)[] = [];
  const after: Timers['after'] = (_, run) => {
    alarms.push(run);
    return () => {};
  };
  return { timers: { now: () => 0, after }, ring: () => alarms.shift()?.() };
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
  const { timers, ring } = heldTimers();
  const { answer } = open(sleeper(1), said('x', { stream: true }), { timers, graceMs: 1, keepAliveMs: 1 });
  const pieces: string[] = [];
  for await (const piece of (await answer).stream!) {
    pieces.push(String(piece));
    if (pieces.length === 3) ring();
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

/** The pieces of an answer as a whole; `onPiece` is told how many there are. */
async function piecesOf({ stream }: GenerateAnswer, onPiece: (count: number) => void): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of stream!) onPiece(pieces.push(piece));
  return pieces;
}

const atOnce = { graceMs: 1, keepAliveMs: 1 } as const;

it('an answer as a whole that has to wait for the model begins with line feeds, which are JSON all the same', async () => {
  const { timers, ring } = heldTimers();
  const { answer, log } = open(sleeper(1), said('x'), { timers, ...atOnce });

  const pieces = await piecesOf((await answer) as GenerateAnswer, (count) => count === 3 && ring());

  expect(await answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  expect(pieces.slice(0, -1).every((piece) => piece === '\n')).toBe(true);
  expect(pieces.length).toBeGreaterThan(3);
  expect(JSON.parse(pieces.join(''))).toMatchObject({ object: 'chat.completion', model: 'assistant' });
  expect(log).toMatchObject({ model: 'assistant', output_tokens: expect.any(Number) });
});

it('so does one whose model is found asleep only after that time', async () => {
  const { timers, ring } = heldTimers();
  const found = fakeEndpoints(sleeper(1));
  const invoke: typeof found.invoke = async (call) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return found.invoke(call);
  };
  const { answer } = open(sleeper(0), said('x'), {
    timers,
    ...atOnce,
    endpoints: { ...found, invoke },
  } as never);

  const begun = (await answer) as GenerateAnswer;
  const pieces = await piecesOf(begun, (count) => count === 2 && ring());

  expect(pieces[0]).toBe('\n');
  expect(JSON.parse(pieces.join(''))).toMatchObject({ object: 'chat.completion' });
});

it('expected failure: what fails after the line feeds is told in the body, by its code', async () => {
  const { timers, ring } = heldTimers();
  let asked = 0;
  const refuses: Behaviour = () => {
    asked += 1;
    if (asked === 1) throw notReady('asleep', { code: 'endpoint_not_ready' });
    throw invalidInput('too long', { code: 'context_length_exceeded', param: 'messages' });
  };
  const { answer, log } = open(refuses, said('x'), { timers, ...atOnce });

  const pieces = await piecesOf((await answer) as GenerateAnswer, (count) => count === 2 && ring());

  expect(JSON.parse(pieces.join(''))).toMatchObject({
    error: { message: 'too long', code: 'context_length_exceeded', param: 'messages' },
  });
  expect(log).toMatchObject({ code: 'context_length_exceeded' });
});

it('a model that is awake has a status of its own, however long it takes', async () => {
  const refuses: Behaviour = () => {
    throw invalidInput('no', { code: 'context_length_exceeded' });
  };
  const slow = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return refuses({}, {} as never) as never;
  };
  const endpoints = { ...fakeEndpoints(refuses), invoke: slow };
  const { answer } = open(refuses, said('x'), { ...atOnce, endpoints } as never);

  await expect(answer).rejects.toMatchObject({ code: 'context_length_exceeded' });
});

it.each(['real-time', 'serverless', 'async'] as const)(
  'whoever would not wait gets a job of a %s model, which is not asked',
  async (kind) => {
    const job = { status: 202, text: '{"object":"job"}' };
    const queue = { invoke: sleeper(0) as never, accept: async () => job };
    const options = { model: { kind }, queue, headers: { prefer: 'respond-async' } };

    const { answer, calls } = open(sleeper(0), said('x'), options);

    expect(await answer).toEqual(job);
    expect(calls).toEqual([]);
  },
);
