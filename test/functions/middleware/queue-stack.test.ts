import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type QueueMessage, queueStack } from '../../../functions/middleware/index.ts';
import { notReady, silentLogger } from '../../../lib/core/index.ts';
import { lambdaContext } from '../api-gateway.ts';

const created = (key: string) => ({
  version: '0',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  time: '2026-11-22T06:00:00Z',
  detail: {
    bucket: { name: 'data' },
    object: { key, size: 3, etag: 'e', sequencer: '0A' },
    reason: 'PutObject',
  },
});

const record = (messageId: string, body: unknown, deliveries = 1): SQSRecord =>
  ({
    messageId,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: { ApproximateReceiveCount: String(deliveries) },
  }) as SQSRecord;

const batch = (...Records: SQSRecord[]): SQSEvent => ({ Records });

describe('queueStack', () => {
  it('hands over each message with its id, its deliveries and its event', async () => {
    const seen: QueueMessage[] = [];
    const stack = queueStack(async (message) => void seen.push(message), {
      service: 'test',
      logger: silentLogger,
    });
    const scheduled = { source: 'onramp.schedule', model: 'heart', time: '2026-11-22T06:00:00Z' };

    const answer = await stack(
      batch(record('m1', created('datasets/a/uploads/a.csv')), record('m2', scheduled, 3)),
      lambdaContext,
    );

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(seen).toMatchObject([
      {
        id: 'm1',
        deliveries: 1,
        event: { detail: { object: { key: 'datasets/a/uploads/a.csv', sequencer: '0A' } } },
      },
      { id: 'm2', deliveries: 3, event: scheduled },
    ]);
  });

  it('reports the messages that failed and lets the others through', async () => {
    const stack = queueStack(
      async ({ id }) => {
        if (id === 'm2') throw notReady('Somebody else is at it.');
      },
      { service: 'test', logger: silentLogger },
    );

    const answer = await stack(
      batch(record('m1', created('k')), record('m2', created('k')), record('m3', created('k'))),
      lambdaContext,
    );

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  });

  it('works on one message at a time', async () => {
    let running = 0;
    let most = 0;
    const stack = queueStack(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
      { service: 'test', logger: silentLogger },
    );

    await stack(batch(record('m1', created('k')), record('m2', created('k'))), lambdaContext);

    expect(most).toBe(1);
  });

  it.each([
    ['text that is not JSON', '{oops'],
    ['JSON that is no event', 'null'],
    ['an event of another source', { ...created('k'), source: 'aws.ec2' }],
    ['an event without a key', { ...created('k'), detail: { bucket: { name: 'data' }, object: {} } }],
  ])('bad call: %s is reported, so that it ends among the dead letters', async (_what, body) => {
    const seen: unknown[] = [];
    const stack = queueStack(async (message) => void seen.push(message), {
      service: 'test',
      logger: silentLogger,
    });

    const answer = await stack(batch(record('m1', body), record('m2', created('k'))), lambdaContext);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(seen).toHaveLength(1);
  });
});
