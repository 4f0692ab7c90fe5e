import { describe, expect, test } from 'vitest';
import type { Definition } from '../../../../infra/local/scheduler/definition.ts';
import { createScheduler } from '../../../../infra/local/scheduler/index.ts';
import { handClock, temporaryDatabase } from '../support.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const queue = 'arn:aws:sqs:us-east-1:000000000000:onramp-evaluate';

/** Seconds since 1970, as the API writes times. */
const seconds = (time: string): number => Date.parse(time) / 1000;

/** A scheduler; it starts on Monday, 5 January 2026, 10:00 UTC. */
function createTestScheduler() {
  const database = temporaryDatabase();
  const clock = handClock();
  const fired: string[] = [];
  const make = (send = (body: string): void => void fired.push(body)) =>
    createScheduler(database, {
      clock,
      groups: ['onramp'],
      targets: { [queue]: send },
      newId: () => 'd32c5kddcf5bb8c3',
      report: () => {},
    });
  return { scheduler: make(), restart: make, clock, fired };
}

/** The request for a schedule of the model `heart`; a rate is due first one period after 10:00. */
function heart(ScheduleExpression: string, more: Partial<Definition> = {}) {
  const definition: Definition = {
    GroupName: 'onramp',
    ScheduleExpression,
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'NONE',
    Target: {
      Arn: queue,
      RoleArn: 'arn:aws:iam::000000000000:role/schedules',
      Input: 'heart <aws.scheduler.scheduled-time>',
      RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 30 },
    },
    ...more,
  };
  return { name: 'heart', definition, clientToken: null };
}

const key = { group: 'onramp', name: 'heart' };

test('a rate with a start is due then and after each period, once each time', () => {
  const { scheduler, clock, fired } = createTestScheduler();
  scheduler.create(heart('rate(1 minute)', { StartDate: seconds('2026-01-05T10:01:00Z') }));

  clock.advance(minute - 1);
  scheduler.tick();
  const early = [...fired];
  clock.advance(1);
  scheduler.tick();
  scheduler.tick();

  expect(early).toEqual([]);
  expect(fired).toEqual(['heart 2026-01-05T10:01:00Z']);
});

test('a rate without a start is due at once, as at Amazon', () => {
  const { scheduler, clock, fired } = createTestScheduler();
  scheduler.create(heart('rate(1 hour)'));

  scheduler.tick();
  clock.advance(60 * minute);
  scheduler.tick();

  expect(fired).toEqual(['heart 2026-01-05T10:00:00Z', 'heart 2026-01-05T11:00:00Z']);
});

test('a rate whose start has passed keeps the phase of its start', () => {
  const { scheduler } = createTestScheduler();

  scheduler.create(heart('rate(1 hour)', { StartDate: seconds('2026-01-05T07:20:00Z') }));

  expect(new Date(scheduler.nextDueAt()!).toISOString()).toBe('2026-01-05T10:20:00.000Z');
});

test('a cron expression fires at its times in UTC', () => {
  const { scheduler, clock, fired } = createTestScheduler();
  scheduler.create(heart('cron(30 6 ? * TUE *)'));

  for (let count = 0; count < 15; count++) {
    clock.advance(day);
    scheduler.tick();
  }

  expect(fired).toEqual([
    'heart 2026-01-06T06:30:00Z',
    'heart 2026-01-13T06:30:00Z',
    'heart 2026-01-20T06:30:00Z',
  ]);
});

test('after a restart a missed rate is made up once and then keeps its phase', () => {
  const { scheduler, restart, clock, fired } = createTestScheduler();
  scheduler.create(heart('rate(1 day)', { StartDate: seconds('2026-01-06T10:00:00Z') }));
  clock.advance(3 * day + 5 * 60 * minute);

  const restarted = restart();
  restarted.tick();
  restarted.tick();

  expect(fired).toEqual(['heart 2026-01-08T10:00:00Z']);
  expect(new Date(restarted.nextDueAt()!).toISOString()).toBe('2026-01-09T10:00:00.000Z');
});

test('after a restart a missed cron time is made up once', () => {
  const { scheduler, restart, clock, fired } = createTestScheduler();
  scheduler.create(heart('cron(0 12 * * ? *)'));
  clock.advance(4 * day);

  const restarted = restart();
  restarted.tick();
  restarted.tick();

  expect(fired).toEqual(['heart 2026-01-05T12:00:00Z']);
  expect(new Date(restarted.nextDueAt()!).toISOString()).toBe('2026-01-09T12:00:00.000Z');
});

test('a changed schedule begins anew, a removed one fires no more', () => {
  const { scheduler, clock, fired } = createTestScheduler();
  scheduler.create(heart('cron(0 12 * * ? *)'));
  clock.advance(minute);

  scheduler.update(heart('cron(0 11 * * ? *)'));
  const changed = scheduler.nextDueAt();
  scheduler.remove(key);
  clock.advance(day);
  scheduler.tick();

  expect(new Date(changed!).toISOString()).toBe('2026-01-05T11:00:00.000Z');
  expect(scheduler.nextDueAt()).toBeNull();
  expect(fired).toEqual([]);
});

test.each([
  ['is disabled', { State: 'DISABLED' }],
  ['has ended', { EndDate: seconds('2026-01-05T11:59:59Z') }],
] as const)('a schedule that %s does not fire', (_, more) => {
  const { scheduler, clock, fired } = createTestScheduler();
  scheduler.create(heart('cron(0 12 * * ? *)', more));
  clock.advance(day);

  scheduler.tick();

  expect(fired).toEqual([]);
  expect(scheduler.nextDueAt()).toBeNull();
});

test('every keyword of Amazon is filled in, other text is left alone', () => {
  const { scheduler, clock, fired } = createTestScheduler();
  const words = ['schedule-arn', 'scheduled-time', 'execution-id', 'attempt-number', 'unknown'];
  const request = heart('cron(0 12 * * ? *)');
  const Target = {
    ...request.definition.Target,
    Input: words.map((word) => `<aws.scheduler.${word}>`).join(' '),
  };
  scheduler.create({ ...request, definition: { ...request.definition, Target } });
  clock.advance(day);

  scheduler.tick();

  expect(fired).toEqual([
    'arn:aws:scheduler:us-east-1:000000000000:schedule/onramp/heart 2026-01-05T12:00:00Z d32c5kddcf5bb8c3 1 <aws.scheduler.unknown>',
  ]);
});

test('expected failure: a schedule whose message could not be stored fires at the next try', () => {
  const { scheduler, restart, clock, fired } = createTestScheduler();
  scheduler.create(heart('cron(1 10 * * ? *)'));
  clock.advance(minute);
  const failing = restart(() => {
    throw new Error('disk full');
  });

  expect(() => failing.tick()).toThrow('disk full');
  restart().tick();

  expect(fired).toHaveLength(1);
});

describe('what is refused', () => {
  test('a second schedule of a name, unless it is the same request again', () => {
    const { scheduler } = createTestScheduler();
    const request = { ...heart('rate(1 day)'), clientToken: 'one' };
    const first = scheduler.create(request);

    const again = scheduler.create(request);

    expect(again).toEqual(first);
    expect(() => scheduler.create({ ...request, clientToken: 'two' })).toThrow(
      'Schedule heart already exists.',
    );
    expect(() => scheduler.create(heart('rate(1 day)'))).toThrow('already exists');
  });

  test('what is not there', () => {
    const { scheduler } = createTestScheduler();

    expect(() => scheduler.get(key)).toThrow('Schedule heart does not exist.');
    expect(() => scheduler.update(heart('rate(1 day)'))).toThrow('Schedule heart does not exist.');
    expect(() => scheduler.remove(key)).toThrow('Schedule heart does not exist.');
    expect(() => scheduler.get({ group: 'other', name: 'heart' })).toThrow(
      'Schedule group other does not exist.',
    );
  });

  test('a target that nobody listens to', () => {
    const { scheduler } = createTestScheduler();
    const request = heart('rate(1 day)');
    const Target = { ...request.definition.Target, Arn: 'arn:aws:sqs:us-east-1:000000000000:other' };

    expect(() => scheduler.create({ ...request, definition: { ...request.definition, Target } })).toThrow(
      /here only arn:aws:sqs:us-east-1:000000000000:onramp-evaluate can be woken/,
    );
  });
});
