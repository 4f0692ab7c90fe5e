import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BreakerSettings,
  createCircuitBreaker,
  type Passage,
} from '../../lib/endpoint/circuit-breaker.ts';
import { createEndpoints, type EndpointBodyCall } from '../../lib/endpoint/index.ts';
import { exception, part } from './event-stream.ts';
import { answer, beginStream, frames, hang, modelError, refusal, startRuntime } from './runtime-server.ts';
import { manualTimers } from './timers.ts';

const settings: BreakerSettings = {
  failuresInRow: 3,
  failureRatio: 0.5,
  leastOutcomes: 10,
  windowMs: 60_000,
  openMs: 5_000,
  longestOpenMs: 12_000,
};

const start = (changes: Partial<BreakerSettings> = {}) => {
  const timers = manualTimers();
  return { timers, breaker: createCircuitBreaker({ ...settings, ...changes }, timers) };
};

type Breaker = ReturnType<typeof createCircuitBreaker>;

/** A passage of a breaker that must let one through. */
function pass(breaker: Breaker): Passage {
  const passage = breaker.enter();
  if (!('isProbe' in passage)) throw new Error(`refused for ${passage.retryAfterMs} ms`);
  return passage;
}

function failTimes(breaker: Breaker, count: number): void {
  for (let index = 0; index < count; index += 1) pass(breaker).fail();
}

describe('opening', () => {
  test('a row of failures opens it, for its time', () => {
    const { breaker, timers } = start();

    failTimes(breaker, 3);
    timers.advance(1_000);

    expect(breaker.enter()).toEqual({ retryAfterMs: 4_000 });
  });

  test('a success in between begins the row anew', () => {
    const { breaker } = start();

    failTimes(breaker, 2);
    pass(breaker).succeed();
    failTimes(breaker, 2);

    expect(pass(breaker).isProbe).toBe(false);
  });

  test('half of the last outcomes opens it, if they are enough and not too old', () => {
    const { breaker, timers } = start();
    const mix = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        pass(breaker).succeed();
        pass(breaker).fail();
      }
    };

    mix(4);
    timers.advance(60_000);
    mix(4);
    const before = 'isProbe' in breaker.enter();
    mix(1);

    expect(before).toBe(true);
    expect(breaker.enter()).toEqual({ retryAfterMs: 5_000 });
  });

  test('attempts of which nothing was learnt count for nothing, and each counts once', () => {
    const { breaker } = start();

    failTimes(breaker, 2);
    pass(breaker).drop();
    const passage = pass(breaker);
    passage.succeed();
    passage.fail();
    passage.fail();
    failTimes(breaker, 2);

    expect(pass(breaker).isProbe).toBe(false);
  });
});

describe('closing', () => {
  test('after its time one call is let through as a probe, and the others wait for it', () => {
    const { breaker, timers } = start();
    failTimes(breaker, 3);

    timers.advance(5_000);
    const probe = pass(breaker);

    expect(probe.isProbe).toBe(true);
    expect(breaker.enter()).toEqual({ retryAfterMs: 1_000 });
    probe.succeed();
    expect(pass(breaker).isProbe).toBe(false);
    failTimes(breaker, 2);
    expect(pass(breaker).isProbe).toBe(false);
  });

  test('a probe that fails opens it for twice the time, up to the longest; one that goes well forgets that', () => {
    const { breaker, timers } = start();
    const waits: number[] = [];
    failTimes(breaker, 3);

    for (let round = 0; round < 3; round += 1) {
      const refused = breaker.enter();
      const waitMs = 'retryAfterMs' in refused ? refused.retryAfterMs : 0;
      waits.push(waitMs);
      timers.advance(waitMs);
      pass(breaker).fail();
    }
    timers.advance(12_000);
    pass(breaker).succeed();
    failTimes(breaker, 3);

    expect(waits).toEqual([5_000, 10_000, 12_000]);
    expect(breaker.enter()).toEqual({ retryAfterMs: 5_000 });
  });

  test('a probe whose caller left makes way for the next', () => {
    const { breaker, timers } = start();
    failTimes(breaker, 3);
    timers.advance(5_000);

    pass(breaker).drop();

    expect(pass(breaker).isProbe).toBe(true);
  });

  test('answers of calls from before it opened do not close it', () => {
    const { breaker } = start();
    const old = pass(breaker);
    failTimes(breaker, 3);

    old.succeed();

    expect(breaker.enter()).toEqual({ retryAfterMs: 5_000 });
  });

  test('whatever happens, at most one probe is under way, and nothing passes while it is open', () => {
    const step = fc.record({
      waitMs: fc.nat(4_000),
      outcome: fc.constantFrom('succeed', 'fail', 'drop', 'hold'),
    });

    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { breaker, timers } = start();
        const held: Passage[] = [];
        let openUntilMs = 0;
        for (const { waitMs, outcome } of steps) {
          timers.advance(waitMs);
          const passage = breaker.enter();
          if ('retryAfterMs' in passage) {
            expect(passage.retryAfterMs).toBeGreaterThan(0);
            openUntilMs = held.some(({ isProbe }) => isProbe)
              ? openUntilMs
              : timers.now() + passage.retryAfterMs;
            held.shift()?.drop();
            continue;
          }
          expect(timers.now()).toBeGreaterThanOrEqual(openUntilMs);
          expect(passage.isProbe && held.some(({ isProbe }) => isProbe)).toBe(false);
          if (outcome === 'hold') held.push(passage);
          else passage[outcome as 'succeed' | 'fail' | 'drop']();
        }
      }),
      { seed: 7 },
    );
  });
});

describe('an endpoint that fails', () => {
  const call: EndpointBodyCall = { endpoint: 'llm', contentType: 'application/json', body: '{}' };
  const failed = modelError(500, '');
  const five = [failed, failed, failed, failed, failed];

  /** Of the pause after a first attempt, with the random number below. */
  const pauseMs = 100;

  const endpointsOf = async (...scripts: Parameters<typeof startRuntime>) => {
    const runtime = await startRuntime(...scripts);
    const timers = manualTimers();
    return { runtime, timers, endpoints: createEndpoints({ timers, random: () => 0.5 }, runtime.client) };
  };

  test('five times in a row is left alone, says for how long, and is tried by one call then', async () => {
    const { runtime, timers, endpoints } = await endpointsOf(...five, hang, answer('{}'));
    for (const _ of five) await endpoints.invoke(call).catch(() => {});

    const refused = endpoints.invoke(call);
    await expect(refused).rejects.toMatchObject({
      kind: 'not_ready',
      code: 'endpoint_paused',
      retryAfterSeconds: 5,
    });
    expect(runtime.received).toHaveLength(5);

    timers.advance(5_000);
    const caller = new AbortController();
    const probe = Promise.allSettled([endpoints.invoke({ ...call, signal: caller.signal })]);
    await runtime.reached(6);
    await expect(endpoints.invoke(call)).rejects.toMatchObject({
      code: 'endpoint_paused',
      retryAfterSeconds: 1,
    });
    caller.abort();
    await probe;

    await endpoints.invoke(call);
    await Promise.all([endpoints.invoke(call), endpoints.invoke(call)]);
    expect(runtime.received).toHaveLength(9);
  });

  test('does not take others with it', async () => {
    const { endpoints } = await endpointsOf(...five, answer('{}'));
    for (const _ of five) await endpoints.invoke(call).catch(() => {});

    await expect(endpoints.invoke(call)).rejects.toMatchObject({ code: 'endpoint_paused' });
    await endpoints.invoke({ ...call, endpoint: 'other' });
    await endpoints.invoke({ ...call, inferenceComponent: 'other' });
  });

  test.each([
    ['refuses inputs', modelError(400, 'No.')],
    ['asks for fewer requests', modelError(429, '')],
    ['is starting', refusal(429, 'ModelNotReadyException')],
    ['has no instance', refusal(400, 'ValidationError', { Message: 'It has no capacity.' })],
  ])('is another one than one that %s, which is asked on', async (_, refused) => {
    const runtime = await startRuntime(refused);
    const endpoints = createEndpoints({ retries: { attempts: 1 } }, runtime.client);

    for (let count = 0; count < 30; count += 1) await endpoints.invoke(call).catch(() => {});

    expect(runtime.received).toHaveLength(30);
  });

  test('by breaking its streams is left alone too; the first part of one shows that it works again', async () => {
    const broken = frames(part('a'), exception('InternalStreamFailure', {}));
    const { timers, endpoints } = await endpointsOf(
      ...five.map(() => broken),
      (response) => {
        beginStream(response).write(part('a'));
      },
      answer('{}'),
    );
    const read = async (): Promise<void> => {
      for await (const _ of (await endpoints.stream(call)).parts);
    };
    for (const _ of five) await read().catch(() => {});

    await expect(read()).rejects.toMatchObject({ code: 'endpoint_paused' });
    timers.advance(5_000);
    const { parts } = await endpoints.stream(call);
    await endpoints.invoke(call);
    await parts[Symbol.asyncIterator]().return!();
  });

  test('by giving no answer in time is left alone too', async () => {
    const { runtime, timers, endpoints } = await endpointsOf(hang);
    const hanging = Promise.allSettled(five.map(() => endpoints.invoke(call)));
    await runtime.reached(5);

    timers.advance(70_000);

    for (const result of await hanging) {
      expect(result).toMatchObject({ reason: { code: 'endpoint_timed_out' } });
    }
    await expect(endpoints.invoke(call)).rejects.toMatchObject({ code: 'endpoint_paused' });
  });

  test('gives the call that opens the breaker its failure at once, without a retry', async () => {
    const { runtime, timers, endpoints } = await endpointsOf(
      ...five.slice(1),
      refusal(503, 'ServiceUnavailable'),
    );
    for (let count = 0; count < 4; count += 1) await endpoints.invoke(call).catch(() => {});

    const failure = endpoints.invoke(call);

    await expect(failure).rejects.toMatchObject({ code: 'endpoint_failed' });
    expect(runtime.received).toHaveLength(5);
    expect(timers.pending()).toBe(0);
  });

  test('for others meanwhile gives a call in its pause the failure that it had itself', async () => {
    const { timers, endpoints } = await endpointsOf(refusal(503, 'ServiceUnavailable'), failed);

    const failure = Promise.allSettled([endpoints.invoke(call)]);
    await timers.isSet(pauseMs);
    for (let count = 0; count < 4; count += 1) await endpoints.invoke(call).catch(() => {});
    timers.advance(pauseMs);

    expect(await failure).toMatchObject([
      { reason: { code: 'endpoint_failed', message: expect.stringContaining('ServiceUnavailable') } },
    ]);
  });
});
