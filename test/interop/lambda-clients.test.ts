import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Loop, s3Credentials, startLoop } from '../loop/support.ts';
import { ensureS3Clients } from './s3-python.ts';

const pathTo = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const picture = pathTo('../images/fixtures/420.jpg');

let folder: string;
let loop: Loop;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-functions-'));
  loop = await startLoop();
});

afterAll(async () => {
  await loop.remove();
  rmSync(folder, { recursive: true });
});

/** Runs Python against the platform. */
async function python(...args: readonly string[]) {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_LAMBDA: /functions +(http:\S+)/.exec(loop.output())![1],
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(ensureS3Clients(), args, { env, cwd: folder });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { output, complaint, code };
}

test('boto3 invokes a function, and knows every failure and refusal', async () => {
  const { output, complaint } = await python(pathTo('lambda-boto.py'), picture);

  expect(complaint).toBe('');
  const saying = (words: string) => expect.stringContaining(words);
  expect(JSON.parse(output)).toEqual({
    told: [200, null, '$LATEST'],
    values: 4 * 3 * 3,
    same_by_arn: true,
    dry_run: 204,
    failed: [200, 'Unhandled', '$LATEST'],
    failure: ['OnrampError', 'The event asks for nothing that is prepared here.'],
    unknown: expect.arrayContaining([404, 'ResourceNotFoundException', saying('Function not found')]),
    no_json: expect.arrayContaining([400, 'InvalidRequestContentException']),
    event: expect.arrayContaining([400, 'InvalidParameterValueException']),
    too_large: expect.arrayContaining([413, 'RequestTooLargeException']),
    wrong_secret: expect.arrayContaining([403, 'InvalidSignatureException']),
  });
});

test('the AWS command line invokes a function, and shows why it is refused', async () => {
  const base64 = readFileSync(picture).toString('base64');
  const settings = { width: 4, height: 3 };
  const event = { kind: 'pixels', settings, pictures: [{ place: 'p', base64 }] };
  writeFileSync(join(folder, 'event.json'), JSON.stringify(event));
  const invoke = (name: string, out: string) =>
    python(
      '-m',
      'awscli',
      'lambda',
      'invoke',
      '--function-name',
      name,
      '--payload',
      'fileb://event.json',
      out,
    );

  const invoked = await invoke('onramp-prepare', 'out.json');
  const refused = await invoke('other', 'none.json');

  expect(JSON.parse(invoked.output)).toEqual({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).kind).toBe('pixels');
  expect(refused.code).not.toBe(0);
  expect(refused.complaint).toContain('(ResourceNotFoundException) when calling the Invoke operation');
});
