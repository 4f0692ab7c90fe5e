import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createScheduler, type Scheduler, startSchedulerServer } from '../../infra/local/scheduler/index.ts';
import { scheduledEvent } from '../../lib/contracts/events.ts';
import { isOnrampError } from '../../lib/core/index.ts';
import { createModelSchedules, type ModelSchedules } from '../../lib/schedules/index.ts';
import { countingIds, handClock, temporaryDatabase } from '../infra/local/support.ts';

const settings = {
  group: 'onramp',
  roleArn: 'arn:aws:iam::123456789012:role/onramp-schedules',
  queueArn: 'arn:aws:sqs:us-east-1:123456789012:evaluate',
};
const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const day = 24 * 3_600_000;

let client: SchedulerClient;
let schedules: ModelSchedules;
let scheduler: Scheduler;
let clock: ReturnType<typeof handClock>;
let sent: string[];
/** The operations the service has been asked for. */
let asked: string[];

beforeEach(async () => {
  sent = [];
  asked = [];
  clock = handClock();
  scheduler = createScheduler(temporaryDatabase(), {
    clock,
    groups: [settings.group],
    targets: { [settings.queueArn]: (body) => sent.push(body) },
    newId: countingIds('execution'),
    report: () => {},
  });
  const server = await startSchedulerServer({
    ...{ scheduler, credentials, host: '127.0.0.1', port: 0 },
    report: (message) => {
      throw new Error(message);
    },
  });
  client = makeClient(server.url);
  schedules = createModelSchedules({ ...settings, clock, client });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
});

function makeClient(endpoint: string): SchedulerClient {
  const made = new SchedulerClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  made.middlewareStack.add(
    (next, context) => async (args) => {
      asked.push(String(context.commandName).replace('ScheduleCommand', ''));
      return next(args);
    },
    { step: 'initialize' },
  );
  return made;
}

const read = (Name: string) => client.send(new GetScheduleCommand({ Name, GroupName: settings.group }));

test('a schedule has its model’s name and wakes the evaluation with the time it was due', async () => {
  await schedules.put('heart-2.v_1', 'rate(1 day)');
  const found = await read('heart-2.v_1');
  clock.advance(day);
  scheduler.tick();

  expect(found).toMatchObject({
    GroupName: 'onramp',
    Name: 'heart-2.v_1',
    ScheduleExpression: 'rate(1 day)',
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: settings.queueArn, RoleArn: settings.roleArn },
  });
  expect(found.StartDate?.toISOString()).toBe('2026-01-06T10:00:00.000Z');
  expect(sent.map((body) => scheduledEvent.strict().parse(JSON.parse(body)))).toEqual([
    { source: 'onramp.schedule', model: 'heart-2.v_1', time: '2026-01-06T10:00:00Z' },
  ]);
});

test('the same schedule again changes nothing, so that a rate keeps its phase', async () => {
  await schedules.put('heart', 'rate(1 day)');
  clock.advance(5 * 3_600_000);
  asked.length = 0;

  await schedules.put('heart', 'rate(1 day)');

  expect(asked).toEqual(['Get']);
  expect(new Date(scheduler.nextDueAt()!).toISOString()).toBe('2026-01-06T10:00:00.000Z');
});

test.each([
  ['another expression', { ScheduleExpression: 'rate(2 days)' }],
  ['a disabled state', { State: 'DISABLED' }],
  ['an end', { EndDate: new Date('2030-01-01T00:00:00Z') }],
] as const)('%s is put right', async (_, change) => {
  await schedules.put('heart', 'rate(1 day)');
  const { Target, FlexibleTimeWindow, ScheduleExpression } = await read('heart');
  await client.send(
    new UpdateScheduleCommand({
      ...{ Name: 'heart', GroupName: 'onramp', Target, FlexibleTimeWindow, ScheduleExpression },
      ...change,
    }),
  );

  await schedules.put('heart', 'rate(1 day)');

  const found = await read('heart');
  expect([found.ScheduleExpression, found.State, found.EndDate]).toEqual([
    'rate(1 day)',
    'ENABLED',
    undefined,
  ]);
});

test('a schedule is removed, and none to remove is fine', async () => {
  await schedules.put('heart', 'cron(0 6 * * ? *)');

  await schedules.remove('heart');
  await schedules.remove('heart');

  expect(scheduler.nextDueAt()).toBeNull();
});

describe('writers that cross', () => {
  test('of ten that set a schedule at the same time, all succeed', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => schedules.put('heart', `rate(${index + 2} days)`)),
    );

    const { ScheduleExpression } = await read('heart');
    expect(ScheduleExpression).toMatch(/^rate\(\d+ days\)$/);
    expect(asked).toContain('Update');
  });

  test('a schedule that is removed between the look and the change is made anew', async () => {
    await schedules.put('heart', 'rate(1 day)');
    let isFirst = true;
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'UpdateScheduleCommand' && isFirst) {
          isFirst = false;
          scheduler.remove({ group: 'onramp', name: 'heart' });
        }
        return next(args);
      },
      { step: 'initialize' },
    );

    await schedules.put('heart', 'rate(2 days)');

    expect((await read('heart')).ScheduleExpression).toBe('rate(2 days)');
    expect(asked.slice(-3)).toEqual(['Get', 'Create', 'Get']);
  });
});

describe('what cannot be done is said', () => {
  const failureOf = async (work: Promise<void>): Promise<unknown> => {
    const error: unknown = await work.catch((cause: unknown) => cause);
    return isOnrampError(error) ? { kind: error.kind, code: error.code, message: error.message } : error;
  };

  test('expected failure: a scheduler that does not answer is worth another try', async () => {
    const unreachable = makeClient('http://127.0.0.1:1');
    const broken = createModelSchedules({ ...settings, clock, client: unreachable });

    expect(await failureOf(broken.put('heart', 'rate(1 day)'))).toMatchObject({
      kind: 'upstream',
      code: 'schedule_failed',
      message: expect.stringContaining('The schedule of model "heart" cannot be set: '),
    });
    expect(await failureOf(broken.remove('heart'))).toMatchObject({
      kind: 'upstream',
      message: expect.stringContaining('cannot be removed'),
    });
  });

  test('expected failure: a group that was never made is named', async () => {
    const lost = createModelSchedules({ ...settings, group: 'nowhere', clock, client });

    expect(await failureOf(lost.put('heart', 'rate(1 day)'))).toMatchObject({
      kind: 'upstream',
      message: expect.stringContaining('Schedule group nowhere does not exist.'),
    });
    expect(await failureOf(lost.remove('heart'))).toBeUndefined();
  });

  test('bad call: an expression that only the service refuses is the caller’s to mend', async () => {
    client.middlewareStack.add(
      () => async () => {
        throw Object.assign(new Error('Invalid Schedule Expression cron(0 6 LW * ? *).'), {
          name: 'ValidationException',
        });
      },
      { step: 'build' },
    );

    expect(await failureOf(schedules.put('heart', 'cron(0 6 LW * ? *)'))).toEqual({
      kind: 'invalid_request',
      code: 'invalid_schedule',
      message: expect.stringMatching(/refuses the schedule of model "heart".*PUT it again/),
    });
  });
});
