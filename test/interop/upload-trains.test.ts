import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BodyOf,
  dataBucket,
  heartCsv,
  type Loop,
  linearSpec,
  s3Credentials,
  startLoop,
  until,
  waitForRun,
} from '../loop/support.ts';
import { ensureS3Clients } from './s3-python.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
  await loop.api('PUT', '/v1/models/heart', linearSpec);
});
afterAll(() => loop.remove());

/** Runs Python against the platform's object store; its complaint becomes an error. */
async function python(...args: readonly string[]): Promise<void> {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: loop.s3Url,
    AWS_CONFIG_FILE: join(loop.home, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(loop.home, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(ensureS3Clients(), args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [complaint, code] = await Promise.all([text(child.stderr), exit]);
  if (code !== 0) throw new Error(`python ${args.join(' ')} ended with ${code}:\n${complaint}`);
}

const boto = 'import boto3, sys; boto3.client("s3").upload_file(*sys.argv[1:])';

test.each<[string, string, (path: string, key: string) => Promise<void>]>([
  ['boto3', '1', (path, key) => python('-c', boto, path, dataBucket, key)],
  [
    'the AWS command line',
    '2',
    (path, key) => python('-m', 'awscli', 's3', 'cp', path, `s3://${dataBucket}/${key}`),
  ],
])('a file that %s uploads, and nothing else, becomes the live version', async (_, version, upload) => {
  const file = `by-client-${version}.csv`;
  const path = join(loop.home, file);
  await writeFile(path, heartCsv(400 * Number(version), Number(version)));

  await upload(path, `datasets/heart/uploads/${file}`);
  const run = await waitForRun(loop, 'heart', file);
  const answer = await until(async () => {
    const { status, body } = await loop.api<BodyOf<'predict'>>('POST', '/v1/models/heart/predict', {
      instances: [{ age: 61, sex: 'F', weight: 70 }],
    });
    return status === 200 && body.version === version && body;
  });

  expect(run).toMatchObject({ state: 'succeeded', version });
  expect(answer.predictions).toHaveLength(1);
});
