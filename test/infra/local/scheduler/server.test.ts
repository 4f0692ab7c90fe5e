import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { expect, onTestFinished, test } from 'vitest';
import { createScheduler, startSchedulerServer } from '../../../../infra/local/scheduler/index.ts';
import { countingIds, temporaryDatabase } from '../support.ts';

const queue = 'arn:aws:sqs:us-east-1:000000000000:onramp-evaluate';
const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };

async function startServer() {
  const clock = { now: () => Date.now() };
  const scheduler = createScheduler(temporaryDatabase(), {
    clock,
    groups: ['onramp'],
    targets: { [queue]: () => {} },
    newId: countingIds(),
    report: () => {},
  });
  const reports: string[] = [];
  const report = (message: string): void => void reports.push(message);
  const server = await startSchedulerServer({ scheduler, credentials, host: '127.0.0.1', port: 0, report });
  onTestFinished(() => server.close());
  const clientOf = (given = credentials): SchedulerClient =>
    new SchedulerClient({ endpoint: server.url, region: 'us-east-1', credentials: given, maxAttempts: 1 });
  return { url: server.url, clientOf, reports };
}

const schedule = {
  Name: 'heart',
  GroupName: 'onramp',
  ScheduleExpression: 'rate(1 day)',
  FlexibleTimeWindow: { Mode: 'OFF' },
  Target: { Arn: queue, RoleArn: 'arn:aws:iam::000000000000:role/schedules' },
} as const;

/** How the SDK knows a failure. */
const failureOf = async (work: Promise<unknown>): Promise<string> => {
  const error = (await work.catch((cause: unknown) => cause)) as Error & {
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  return `${error.$metadata?.httpStatusCode} ${error.name}: ${error.message}`;
};

test('a schedule is created, read with what Amazon fills in, and deleted', async () => {
  const { clientOf } = await startServer();
  const client = clientOf();

  const { ScheduleArn } = await client.send(new CreateScheduleCommand(schedule));
  const found = await client.send(new GetScheduleCommand({ Name: 'heart', GroupName: 'onramp' }));
  await client.send(new DeleteScheduleCommand({ Name: 'heart', GroupName: 'onramp' }));
  const gone = await failureOf(client.send(new GetScheduleCommand({ Name: 'heart', GroupName: 'onramp' })));

  expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/onramp/heart');
  expect(found).toMatchObject({
    Arn: ScheduleArn,
    ScheduleExpressionTimezone: 'UTC',
    State: 'ENABLED',
    ActionAfterCompletion: 'NONE',
    Target: { RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 } },
  });
  expect(found.CreationDate).toBeInstanceOf(Date);
  expect(gone).toBe('404 ResourceNotFoundException: Schedule heart does not exist.');
});

test.each([
  [
    'a schedule that cannot be read',
    { ScheduleExpression: 'rate(1 days)' },
    /Invalid Schedule Expression rate\(1 days\)/,
  ],
  [
    'another time zone',
    { ScheduleExpressionTimezone: 'Europe/Berlin' },
    /'scheduleExpressionTimezone'.*in UTC/,
  ],
  [
    'a flexible window',
    { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
    /'flexibleTimeWindow/,
  ],
  [
    'a role that is none',
    { Target: { ...schedule.Target, RoleArn: 'me' } },
    /'target.roleArn'.*ARN of a role/,
  ],
  ['a name with a slash', { Name: 'a/b' }, /'name'/],
  [
    'too many retries',
    { Target: { ...schedule.Target, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    /maximumRetryAttempts/,
  ],
] as const)('bad call: %s', async (_, change, message) => {
  const { clientOf } = await startServer();

  const failure = await failureOf(clientOf().send(new CreateScheduleCommand({ ...schedule, ...change })));

  expect(failure).toMatch(/^400 ValidationException: /);
  expect(failure).toMatch(message);
});

test('bad call: wrong credentials', async () => {
  const { clientOf } = await startServer();
  const ask = (given: typeof credentials) =>
    failureOf(clientOf(given).send(new CreateScheduleCommand(schedule)));

  expect(await ask({ ...credentials, secretAccessKey: 'other' })).toMatch(/^403 InvalidSignatureException: /);
  expect(await ask({ ...credentials, accessKeyId: 'other' })).toMatch(/^403 UnrecognizedClientException: /);
});

test.each([
  ['no signature', {}, 403, 'MissingAuthenticationTokenException'],
  ['a broken signature', { authorization: 'AWS4-HMAC-SHA256 nonsense' }, 400, 'IncompleteSignatureException'],
] as const)('bad call: %s', async (_, headers, status, name) => {
  const { url } = await startServer();

  const answer = await fetch(`${url}/schedules/heart`, { headers });

  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([status, name]);
  expect(await answer.json()).toEqual({ Message: expect.any(String) });
});

test('bad call: a body without end is cut off', async () => {
  const { url, reports } = await startServer();

  const answer = await fetch(`${url}/schedules/heart`, { method: 'POST', body: 'x'.repeat(600_000) });

  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
  expect(reports).toEqual([]);
});
