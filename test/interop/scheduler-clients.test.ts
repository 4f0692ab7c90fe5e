import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createScheduler, startSchedulerServer } from '../../infra/local/scheduler/index.ts';
import { openStateDatabase } from '../../infra/local/state-database.ts';
import { systemClock } from '../../lib/core/index.ts';
import { ensureS3Clients } from './s3-python.ts';

const credentials = { accessKeyId: 'interop', secretAccessKey: 'interop-secret' };
const queue = 'arn:aws:sqs:us-east-1:000000000000:onramp-evaluate';
const role = 'arn:aws:iam::000000000000:role/schedules';
const script = fileURLToPath(new URL('scheduler-boto.py', import.meta.url));

async function startServer(): Promise<Record<string, string | undefined>> {
  const directory = await mkdtemp(join(tmpdir(), 'onramp-interop-'));
  const database = openStateDatabase(directory);
  const scheduler = createScheduler(database, {
    clock: systemClock,
    groups: ['onramp'],
    targets: { [queue]: () => {} },
    newId: () => 'id',
    report: () => {},
  });
  const options = { scheduler, credentials, host: '127.0.0.1', port: 0, report: () => {} };
  const server = await startSchedulerServer(options);
  onTestFinished(async () => {
    await server.close();
    database.close();
    await rm(directory, { recursive: true });
  });
  return {
    ...process.env,
    PYTHONUTF8: '1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_SCHEDULER: server.url,
    AWS_CONFIG_FILE: join(directory, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

/** Runs Python to its end; gives the exit code and both outputs. */
async function python(args: readonly string[], env: Record<string, string | undefined>) {
  const child = spawn(ensureS3Clients(), args, { env });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { output, complaint, code };
}

test('boto3 creates, changes, reads and removes schedules, and knows the refusals', async () => {
  const env = await startServer();

  const { output, complaint } = await python([script, queue, role], env);

  expect(complaint).toBe('');
  const arn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/onramp';
  expect(JSON.parse(output)).toEqual({
    missing: [404, 'ResourceNotFoundException', 'Schedule heart does not exist.'],
    no_update: [404, 'ResourceNotFoundException', 'Schedule heart does not exist.'],
    arn: `${arn}/heart`,
    same_request: [`${arn}/twice`, `${arn}/twice`],
    second: [409, 'ConflictException', 'Schedule heart already exists.'],
    bad_expression: [
      400,
      'ValidationException',
      expect.stringContaining('Invalid Schedule Expression rate(2 day)'),
    ],
    bad_group: [404, 'ResourceNotFoundException', 'Schedule group nowhere does not exist.'],
    times: ['datetime', 'datetime'],
    read: {
      Arn: `${arn}/heart`,
      ScheduleExpression: 'cron(0 6 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'UTC',
      State: 'DISABLED',
      Description: 'weekdays',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: queue,
        RoleArn: role,
        Input: '{"time":"<aws.scheduler.scheduled-time>"}',
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
      ActionAfterCompletion: 'NONE',
    },
    gone: [404, 'ResourceNotFoundException', 'Schedule heart does not exist.'],
    wrong_secret: [403, 'InvalidSignatureException'],
  });
});

test('the AWS command line creates a schedule and shows why it refuses a second one', async () => {
  const env = await startServer();
  const target = JSON.stringify({ Arn: queue, RoleArn: role });
  const create = [
    '-m',
    'awscli',
    'scheduler',
    'create-schedule',
    '--name',
    'heart',
    '--group-name',
    'onramp',
  ].concat(
    ...[
      ['--schedule-expression', 'rate(1 day)'],
      ['--flexible-time-window', 'Mode=OFF'],
      ['--target', target],
    ],
  );

  const first = await python(create, env);
  const second = await python(create, env);

  expect(JSON.parse(first.output)).toEqual({
    ScheduleArn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/onramp/heart',
  });
  expect(second.code).not.toBe(0);
  expect(second.complaint).toContain(
    'An error occurred (ConflictException) when calling the CreateSchedule operation: Schedule heart already exists.',
  );
});
