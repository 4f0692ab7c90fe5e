import { expect, test } from 'vitest';
import { createScheduler } from '../../../infra/local/scheduler.ts';
import { handClock, temporaryDatabase } from './support.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** A scheduler over specs that the test can change; it starts on Monday, 5 January 2026, 10:00 UTC. */
function createTestScheduler(specs: Record<string, string | null>, database = temporaryDatabase()) {
  const clock = handClock();
  const fired: string[] = [];
  const reports: string[] = [];
  const make = () =>
    createScheduler(database, {
      clock,
      readSchedule: async (model) => specs[model] ?? null,
      send: (body) => {
        const { source, model, time } = JSON.parse(body);
        fired.push(`${source} ${model} ${time}`);
      },
      report: (message) => reports.push(message),
    });
  return { scheduler: make(), restart: make, clock, specs, fired, reports, database };
}

test('a rate counts from the time it was set, and fires once each time', async () => {
  const { scheduler, clock, fired } = createTestScheduler({ heart: 'rate(1 minute)' });
  await scheduler.refresh('heart');

  clock.advance(minute - 1);
  await scheduler.tick();
  const early = [...fired];
  clock.advance(1);
  await scheduler.tick();
  await scheduler.tick();

  expect(early).toEqual([]);
  expect(fired).toEqual(['onramp.schedule heart 2026-01-05T10:01:00.000Z']);
});

test('a cron expression fires at its times in UTC', async () => {
  const { scheduler, clock, fired } = createTestScheduler({ heart: 'cron(30 6 ? * TUE *)' });
  await scheduler.refresh('heart');

  for (let count = 0; count < 15; count++) {
    clock.advance(day);
    await scheduler.tick();
  }

  expect(fired).toEqual([
    'onramp.schedule heart 2026-01-06T06:30:00.000Z',
    'onramp.schedule heart 2026-01-13T06:30:00.000Z',
    'onramp.schedule heart 2026-01-20T06:30:00.000Z',
  ]);
});

test('after a restart a missed rate is made up once and then keeps its phase', async () => {
  const { scheduler, restart, clock, fired } = createTestScheduler({ heart: 'rate(1 day)' });
  await scheduler.refresh('heart');
  clock.advance(3 * day + 5 * 60 * minute);

  const restarted = restart();
  await restarted.refresh('heart');
  await restarted.tick();
  await restarted.tick();

  expect(fired).toEqual(['onramp.schedule heart 2026-01-08T10:00:00.000Z']);
  expect(new Date(restarted.nextDueAt()!).toISOString()).toBe('2026-01-09T10:00:00.000Z');
});

test('after a restart a missed cron time is made up once', async () => {
  const { scheduler, restart, clock, fired } = createTestScheduler({ heart: 'cron(0 12 * * ? *)' });
  await scheduler.refresh('heart');
  clock.advance(4 * day);

  const restarted = restart();
  await restarted.tick();
  await restarted.tick();

  expect(fired).toEqual(['onramp.schedule heart 2026-01-05T12:00:00.000Z']);
  expect(new Date(restarted.nextDueAt()!).toISOString()).toBe('2026-01-09T12:00:00.000Z');
});

test('the same schedule written again keeps its phase, another one starts anew', async () => {
  const { scheduler, clock, specs } = createTestScheduler({ heart: 'rate(10 minutes)' });
  await scheduler.refresh('heart');
  clock.advance(4 * minute);

  await scheduler.refresh('heart');
  const unchanged = scheduler.nextDueAt();
  specs.heart = 'rate(20 minutes)';
  await scheduler.refresh('heart');
  const changed = scheduler.nextDueAt();

  expect(unchanged).toBe(clock.now() + 6 * minute);
  expect(changed).toBe(clock.now() + 20 * minute);
});

test.each([
  ['its schedule taken away', { heart: null }],
  ['been deleted', {}],
])('a model that has %s fires no more', async (_, later) => {
  const { scheduler, clock, specs, fired } = createTestScheduler({ heart: 'rate(1 minute)' });
  await scheduler.refresh('heart');
  delete specs.heart;
  Object.assign(specs, later);
  clock.advance(minute);

  await scheduler.tick();

  expect(fired).toEqual([]);
  expect(scheduler.nextDueAt()).toBeNull();
});

test('a schedule changed without notice is followed from when it is noticed', async () => {
  const { scheduler, clock, specs, fired } = createTestScheduler({ heart: 'rate(1 minute)' });
  await scheduler.refresh('heart');
  specs.heart = 'rate(1 hour)';
  clock.advance(minute);

  await scheduler.tick();

  expect(fired).toEqual([]);
  expect(scheduler.nextDueAt()).toBe(clock.now() + 60 * minute);
});

test('bad call: a schedule that cannot be read is reported and not followed', async () => {
  const { scheduler, reports } = createTestScheduler({ heart: 'rate(1 fortnight)' });

  await scheduler.refresh('heart');

  expect(scheduler.nextDueAt()).toBeNull();
  expect(reports).toEqual([
    expect.stringMatching(/heart: the schedule "rate\(1 fortnight\)" is not followed/),
  ]);
});

test('expected failure: a schedule whose message could not be stored fires at the next try', async () => {
  const { scheduler, restart, clock, fired, database } = createTestScheduler({ heart: 'rate(1 minute)' });
  await scheduler.refresh('heart');
  clock.advance(minute);
  const failing = createScheduler(database, {
    clock,
    readSchedule: async () => 'rate(1 minute)',
    send: () => {
      throw new Error('disk full');
    },
    report: () => {},
  });

  await expect(failing.tick()).rejects.toThrow('disk full');
  await restart().tick();

  expect(fired).toHaveLength(1);
});
