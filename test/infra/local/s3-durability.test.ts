import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { replaceFile } from '../../../infra/local/s3/disk/durable-file.ts';
import { createRandom } from '../../../lib/core/index.ts';
import { Bucket, connect, startServer, temporaryDirectory } from './s3-fixture.ts';

/** A directory that cannot be opened, as when the process has too many files open; files in it can. */
let sealedDirectory: string | undefined;
vi.mock('node:fs/promises', async (original) => {
  const actual = await original<typeof import('node:fs/promises')>();
  const open: typeof actual.open = async (path, ...more) => {
    if (path === sealedDirectory) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    return actual.open(path, ...more);
  };
  return { ...actual, open };
});

async function spawnServer(
  directory: string,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const script = fileURLToPath(new URL('s3-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, url: line.toString().trim() };
}

async function killHard(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A body that says by itself whether it is whole: random bytes behind their own digest. */
function sealedBody(sizeBytes: number): Buffer {
  const content = randomBytes(sizeBytes);
  return Buffer.concat([createHash('sha256').update(content).digest(), content]);
}

function isWhole(body: Buffer): boolean {
  return createHash('sha256').update(body.subarray(32)).digest().equals(body.subarray(0, 32));
}

async function read(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Buffer.from(await Body!.transformToByteArray());
}

/** Puts over few keys without a pause until the server is gone; remembers the last acknowledged body of each. */
async function writeUntilDeath(
  client: S3Client,
  acknowledged: Map<string, Buffer>,
  attempted: Map<string, Buffer[]>,
  { writer, onAcknowledged }: { readonly writer: number; readonly onAcknowledged: () => void },
): Promise<void> {
  for (let round = 0; ; round += 1) {
    const Key = `key-${writer}-${round % 3}`;
    const body = sealedBody(round % 2 === 0 ? 2000 : 200_000);
    attempted.set(Key, [...(attempted.get(Key) ?? []), body]);
    try {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    } catch {
      return;
    }
    acknowledged.set(Key, body);
    attempted.set(Key, []);
    onAcknowledged();
  }
}

describe('kill -9', () => {
  test('keeps every acknowledged put, and every object is whole', async () => {
    const directory = await temporaryDirectory();
    const acknowledged = new Map<string, Buffer>();
    const random = createRandom(9);
    let { child, url } = await spawnServer(directory);

    for (let kill = 0; kill < 3; kill += 1) {
      const attempted = new Map<string, Buffer[]>();
      const client = connect(url);
      let left = 4 + random.integer(12);
      // One writer's answer pulls the trigger, wherever the other two are in their writes just then.
      const onAcknowledged = (): void => {
        left -= 1;
        if (left === 0) child.kill('SIGKILL');
      };
      const writers = [0, 1, 2].map((writer) =>
        writeUntilDeath(client, acknowledged, attempted, { writer, onAcknowledged }),
      );
      await Promise.all(writers);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      ({ child, url } = await spawnServer(directory));
      const reader = connect(url);
      const { Contents = [] } = await reader.send(new ListObjectsV2Command({ Bucket }));
      const listed = Contents.map(({ Key }) => Key!);
      expect(listed).toEqual(expect.arrayContaining([...acknowledged.keys()]));
      for (const key of listed) {
        const body = await read(reader, key);
        const possible = [acknowledged.get(key), ...(attempted.get(key) ?? [])];
        expect(isWhole(body)).toBe(true);
        expect(possible.some((candidate) => candidate?.equals(body))).toBe(true);
        acknowledged.set(key, body);
      }
    }
    await killHard(child);

    expect(acknowledged.size).toBeGreaterThan(3);
    const server = await startServer(directory);
    const [{ Contents = [] }, blobs] = [
      await server.client.send(new ListObjectsV2Command({ Bucket })),
      await readdir(join(directory, 'blobs')),
    ];
    expect(blobs).toHaveLength(Contents.length);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  }, 60_000);

  test('a multipart upload goes on where it was', async () => {
    const directory = await temporaryDirectory();
    const { child, url } = await spawnServer(directory);
    const Key = 'assembled';
    const first = randomBytes(5 * 1024 * 1024);
    const before = connect(url);
    const { UploadId } = await before.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId };
    const one = await before.send(new UploadPartCommand({ ...part, PartNumber: 1, Body: first }));
    await killHard(child);

    const { client } = await startServer(directory);
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    const two = await client.send(new UploadPartCommand({ ...part, PartNumber: 2, Body: 'end' }));
    const Parts = [one, two].map(({ ETag, ChecksumCRC32 }, index) => ({
      ETag,
      ChecksumCRC32,
      PartNumber: index + 1,
    }));
    await client.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts } }));

    expect(Uploads).toMatchObject([{ Key, UploadId }]);
    expect((await read(client, Key)).equals(Buffer.concat([first, Buffer.from('end')]))).toBe(true);
  });
});

describe('starting again', () => {
  test('objects, headers, tags and order are as before', async () => {
    const directory = await temporaryDirectory();
    const before = await startServer(directory);
    for (const Key of ['b', 'a/1', 'a/2']) {
      await before.client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body: Key,
          ContentType: 'text/x',
          Metadata: { of: Key },
          Tagging: 'k=v',
        }),
      );
    }
    await before.client.send(new DeleteObjectCommand({ Bucket, Key: 'a/1' }));
    await before.close();

    const { client } = await startServer(directory);

    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'a/2' }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['a/2', 'b']);
    expect(found).toMatchObject({ ContentType: 'text/x', Metadata: { of: 'a/2' }, TagCount: 1 });
    expect(await found.Body!.transformToString()).toBe('a/2');
  });

  test('sweeps what no record names and keeps what one does', async () => {
    const directory = await temporaryDirectory();
    const before = await startServer(directory);
    await before.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
    await before.close();
    const [kept] = await readdir(join(directory, 'blobs'));
    await writeFile(join(directory, 'blobs', 'orphan'), 'left by a crash');
    await writeFile(join(directory, 'temporary', 'half'), 'left by a cra');

    const { client } = await startServer(directory);

    expect(await readdir(join(directory, 'blobs'))).toEqual([kept]);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
    expect((await read(client, 'kept')).toString()).toBe('kept');
  });

  test('expected failure: a directory that cannot be read stops the start and loses nothing', async () => {
    const directory = await temporaryDirectory();
    const before = await startServer(directory);
    await before.client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
    await before.close();
    const [records, aside] = [join(directory, 'objects', Bucket), join(directory, 'aside')];
    await rename(records, aside);
    await symlink(Bucket, records);

    const refusal = await startServer(directory).catch((error: NodeJS.ErrnoException) => error.code);
    await rm(records);
    await rename(aside, records);
    const { client } = await startServer(directory);

    expect(refusal).toBe('ELOOP');
    expect((await read(client, 'kept')).toString()).toBe('kept');
  });

  test('expected failure: a file is not replaced when its directory could not be flushed after it', async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, 'record.json');
    await writeFile(path, 'old');
    sealedDirectory = directory;
    onTestFinished(() => {
      sealedDirectory = undefined;
    });

    const refusal = await replaceFile(path, 'new', { temporary: join(directory, 'temporary') }).catch(
      (error: NodeJS.ErrnoException) => error.code,
    );

    expect(refusal).toBe('EMFILE');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['record.json']);
  });

  test('an overwritten, deleted or refused object leaves no bytes behind', async () => {
    const directory = await temporaryDirectory();
    const { client } = await startServer(directory);
    const put = (Key: string, more: object = {}): Promise<unknown> =>
      client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(300_000), ...more }));
    await put('twice');
    await put('twice');
    await put('deleted');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'deleted' }));

    const refused = await put('twice', { IfNoneMatch: '*' }).catch((error: Error) => error.name);
    const mismatch = await put('broken', { ChecksumCRC32: 'AAAAAA==' }).catch((error: Error) => error.name);

    expect([refused, mismatch]).toEqual(['PreconditionFailed', 'BadDigest']);
    expect(await readdir(join(directory, 'blobs'))).toHaveLength(1);
    expect(await readdir(join(directory, 'temporary'))).toEqual([]);
  });
});
