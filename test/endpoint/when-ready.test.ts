import { expect, it } from 'vitest';
import { notReady, upstream } from '../../lib/core/index.ts';
import { readQueuedFailure, type Timers, whenReady } from '../../lib/endpoint/index.ts';

const asleep = () => notReady('asleep', { code: 'endpoint_not_ready', retryAfterSeconds: 15 });

/** Time that leaps to each alarm. */
function leapingTimers(): Timers & { readonly waited: number[] } {
  const waited: number[] = [];
  let nowMs = 0;
  const after: Timers['after'] = (ms, run) => {
    waited.push(ms);
    nowMs += ms;
    queueMicrotask(run);
    return () => {};
  };
  return { waited, now: () => nowMs, after };
}

it('a model that sleeps is asked again, with growing pauses, until it answers', async () => {
  const timers = leapingTimers();
  const left: number[] = [];
  const waits: string[] = [];
  const ask = async (leftMs: number): Promise<string> => {
    left.push(leftMs);
    if (left.length < 4) throw asleep();
    return 'awake';
  };

  const answer = await whenReady(ask, { limitMs: 27_000, timers, onWait: () => void waits.push('wait') });

  expect(answer).toBe('awake');
  expect(timers.waited).toEqual([1_000, 1_500, 2_250]);
  expect(left).toEqual([27_000, 26_000, 24_500, 22_250]);
  expect(waits).toHaveLength(3);
});

it('expected failure: a model that does not wake in time is not ready', async () => {
  const timers = leapingTimers();

  await expect(whenReady(() => Promise.reject(asleep()), { limitMs: 60_000, timers })).rejects.toMatchObject({
    code: 'endpoint_not_ready',
    retryAfterSeconds: 15,
  });

  expect(Math.max(...timers.waited)).toBe(10_000);
  expect(timers.now()).toBeLessThan(60_000);
});

it.each(['endpoint_failed', 'endpoint_paused'])('expected failure: %s is not waited for', async (code) => {
  const timers = leapingTimers();

  await expect(
    whenReady(() => Promise.reject(upstream('no', { code })), { limitMs: 60_000, timers }),
  ).rejects.toMatchObject({ code });

  expect(timers.waited).toEqual([]);
});

it('expected failure: whoever leaves is not waited for', async () => {
  const leave = new AbortController();
  const timers: Timers = { now: () => 0, after: () => () => {} };
  const waiting = whenReady(() => Promise.reject(asleep()), {
    ...{ limitMs: 60_000, signal: leave.signal, timers },
    onWait: () => queueMicrotask(() => leave.abort(new Error('left'))),
  });

  await expect(waiting).rejects.toThrow('left');
});

it('the words on a failure are read however many lines and quotes they have', () => {
  const words =
    'Received client error (413) from primary with message "{"detail":"a "long"\ntext"}". See https://log.';

  expect(readQueuedFailure(words, 'llm')).toMatchObject({
    kind: 'invalid_request',
    message: '{"detail":"a "long"\ntext"}',
  });
});
