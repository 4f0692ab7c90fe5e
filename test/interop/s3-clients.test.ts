import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ObjectServer, startObjectServer } from '../../infra/local/s3/index.ts';
import { ensureS3Clients } from './s3-python.ts';

const credentials = { accessKeyId: 'interop', secretAccessKey: 'interop-secret' };
let directory: string;
let server: ObjectServer;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onramp-interop-'));
  server = await startObjectServer({
    directory: join(directory, 's3'),
    port: 0,
    buckets: ['boto', 'cli'],
    credentials,
  });
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

/** Runs Python with the credentials in its environment; gives its output, or its complaint as an error. */
async function python(...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    PYTHONUTF8: '1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    // In us-east-1 boto3 would sign URLs and forms by the outdated version 2.
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: server.url,
    AWS_CONFIG_FILE: join(directory, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const child = spawn(ensureS3Clients(), args, { env });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`python ${args.join(' ')} ended with ${code}:\n${complaint}`);
  return output;
}

describe('boto3', () => {
  test('puts, lists, transfers in parts, signs URLs and forms, and meets the refusals it knows', async () => {
    const script = fileURLToPath(new URL('s3-boto.py', import.meta.url));

    const found: unknown = JSON.parse(await python(script, server.url, 'boto'));

    expect(found).toEqual({
      small_objects: { listed: true, bodies: true },
      checksums: {
        CRC32: Buffer.from('cbf43926', 'hex').toString('base64'),
        SHA1: createHash('sha1').update('123456789').digest('base64'),
        SHA256: createHash('sha256').update('123456789').digest('base64'),
      },
      transfer: { same: true, etag: true, range: true },
      conditions: ['PreconditionFailed', 'PreconditionFailed', 'NoSuchKey'],
      presigned: 'signed',
      form: 'posted',
      batch: { tags: [{ Key: 'k', Value: 'v' }], deleted: ['x&2', 'x<1>'] },
    });
  });
});

describe('the AWS command line', () => {
  const aws = (...args: readonly string[]): Promise<string> => python('-m', 'awscli', ...args);

  test('copies a file of 20 MB there and back in parts', async () => {
    const [source, target] = [join(directory, 'source.bin'), join(directory, 'target.bin')];
    const content = randomBytes(20_000_000);
    await writeFile(source, content);

    await aws('s3', 'cp', source, 's3://cli/folder/source.bin', '--quiet');
    const listing = await aws('s3', 'ls', 's3://cli/', '--recursive');
    await aws('s3', 'cp', 's3://cli/folder/source.bin', target, '--quiet');

    expect(listing).toMatch(/ 20000000 folder\/source\.bin\n$/);
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  test('makes a bucket, signs a URL, syncs and removes', async () => {
    const file = join(directory, 'small.txt');
    await writeFile(file, 'small');

    await aws('s3', 'mb', 's3://made');
    await aws('s3', 'cp', file, 's3://made/a b.txt', '--quiet');
    const url = (await aws('s3', 'presign', 's3://made/a b.txt', '--expires-in', '60')).trim();
    const fetched = await (await fetch(url)).text();
    await aws('s3', 'sync', 's3://made', 's3://cli/synced', '--quiet');
    const head = await aws('s3api', 'head-object', '--bucket', 'cli', '--key', 'synced/a b.txt');
    await aws('s3', 'rb', 's3://made', '--force');
    const buckets = await aws('s3', 'ls');

    expect(fetched).toBe('small');
    expect(JSON.parse(head)).toMatchObject({ ContentLength: 5, ETag: '"eb5c1399a871211c7e7ed732d15e3a8b"' });
    expect(buckets).not.toContain('made');
  });
});
