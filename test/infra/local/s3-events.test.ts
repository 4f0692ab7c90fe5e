import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import type { ObjectCreatedEvent } from '../../../infra/local/s3/index.ts';
import type { Logger } from '../../../lib/core/index.ts';
import { silentLogger } from '../../../lib/core/index.ts';
import { Bucket, startServer, temporaryDirectory } from './s3-fixture.ts';

async function collect(events: AsyncIterable<ObjectCreatedEvent>): Promise<ObjectCreatedEvent[]> {
  const collected: ObjectCreatedEvent[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

test('a put is announced as EventBridge would', async () => {
  const events: ObjectCreatedEvent[] = [];
  const { client } = await startServer(await temporaryDirectory(), {
    onObjectCreated: (event) => void events.push(event),
  });

  const { ETag } = await client.send(
    new PutObjectCommand({ Bucket, Key: 'datasets/a b+ü.csv', Body: 'hello' }),
  );

  expect(events).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '000000000000',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::data'],
      detail: {
        version: '0',
        bucket: { name: 'data' },
        object: {
          key: 'datasets/a b+ü.csv',
          size: 5,
          etag: ETag!.replaceAll('"', ''),
          sequencer: expect.stringMatching(/^[0-9A-F]{18}$/),
        },
        'request-id': expect.stringMatching(/^[0-9A-F]{16}$/),
        requester: 'local',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    },
  ]);
});

test('the client has its answer only after the event was taken', async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const onObjectCreated = async (): Promise<void> => {
    await gate.promise;
    order.push('taken');
  };
  const { client } = await startServer(await temporaryDirectory(), { onObjectCreated });

  const put = client
    .send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
    .then(() => order.push('answered'));
  gate.resolve();
  await put;

  expect(order).toEqual(['taken', 'answered']);
});

test('only new bytes are announced, each with the reason', async () => {
  const seen: string[] = [];
  const onObjectCreated = ({ detail }: ObjectCreatedEvent): void =>
    void seen.push(`${detail.reason} ${detail.object.key}`);
  const { client } = await startServer(await temporaryDirectory(), { onObjectCreated });

  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
  await client.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: 'data/a' }));
  await client.send(
    new PutObjectTaggingCommand({ Bucket, Key: 'a', Tagging: { TagSet: [{ Key: 'k', Value: 'v' }] } }),
  );
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  const refused = await client
    .send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'y', IfNoneMatch: '*' }))
    .catch((error: Error) => error.name);

  expect(refused).toBe('PreconditionFailed');
  expect(seen).toEqual(['PutObject a', 'CopyObject b']);
});

test('sequencers grow from commit to commit, across a restart and with the clock set back', async () => {
  const directory = await temporaryDirectory();
  const sequencers: string[] = [];
  const onObjectCreated = ({ detail }: ObjectCreatedEvent): void =>
    void sequencers.push(detail.object.sequencer);
  for (const offsetMs of [0, -600_000]) {
    const server = await startServer(directory, {
      onObjectCreated,
      clock: { now: () => Date.now() + offsetMs },
    });
    for (let round = 0; round < 3; round += 1) {
      await server.client.send(new PutObjectCommand({ Bucket, Key: 'same', Body: String(round) }));
    }
    await server.close();
  }

  expect(new Set(sequencers).size).toBe(6);
  expect(sequencers).toEqual([...sequencers].sort());
});

test('after a restart every committed object can be announced again, as the same event', async () => {
  const directory = await temporaryDirectory();
  const events: ObjectCreatedEvent[] = [];
  const first = await startServer(directory, { onObjectCreated: (event) => void events.push(event) });
  for (const Key of ['a', 'b', 'c'])
    await first.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await first.client.send(new DeleteObjectCommand({ Bucket, Key: 'b' }));
  await first.close();

  const second = await startServer(directory);

  const again = await collect(second.listCommitted());
  expect(again).toEqual(events.filter(({ detail }) => detail.object.key !== 'b'));
});

test('expected failure: an event that is not taken is logged, and the object stays', async () => {
  const errors: string[] = [];
  const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) };
  const onObjectCreated = (): void => {
    throw new Error('the queue is full');
  };
  const server = await startServer(await temporaryDirectory(), { onObjectCreated, logger });

  await server.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));

  expect(errors).toEqual(['An object was stored, but its event was not taken.']);
  expect(await collect(server.listCommitted())).toHaveLength(1);
});
