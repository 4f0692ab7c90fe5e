import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import {
  type Counters,
  createCounters,
  type QueueMessage,
  queueStack,
} from '../../../functions/middleware/index.ts';
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

const silentCounters: Counters = { count: () => {}, publish: () => {} };

const batch = (...Records: SQSRecord[]): SQSEvent => ({ Records });

describe('queueStack', () => {
  it('hands over each message with its id, its deliveries and its event', async () => {
    const seen: QueueMessage[] = [];
    const stack = queueStack(async (message) => void seen.push(message), {
      service: 'test',
      logger: silentLogger,
      counters: silentCounters,
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
      { service: 'test', logger: silentLogger, counters: silentCounters },
    );

    const answer = await stack(
      batch(record('m1', created('k')), record('m2', created('k')), record('m3', created('k'))),
      lambdaContext,
    );

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  });

  it('counts what was done and what failed, as the invocation itself never fails', async () => {
    const counted: unknown[] = [];
    const counters: Counters = {
      count: (name, value) => void counted.push([name, value]),
      publish: () => void counted.push('published'),
    };
    const stack = queueStack(async () => {}, { service: 'test', logger: silentLogger, counters });

    await stack(batch(record('m1', created('k')), record('m2', '{')), lambdaContext);

    expect(counted).toEqual([['MessagesDone', 1], ['MessagesFailed', 1], 'published']);
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
      { service: 'test', logger: silentLogger, counters: silentCounters },
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
      counters: silentCounters,
    });

    const answer = await stack(batch(record('m1', body), record('m2', created('k'))), lambdaContext);

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(seen).toHaveLength(1);
  });
});

describe('createCounters', () => {
  it('writes one line in the embedded metric format of CloudWatch', () => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const counters = createCounters('train');

    counters.count('MessagesDone');
    counters.count('MessagesFailed', 2);
    counters.publish();
    log.mockRestore();
    vi.unstubAllEnvs();

    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      service: 'onramp-train',
      MessagesDone: 1,
      MessagesFailed: 2,
      _aws: { CloudWatchMetrics: [{ Namespace: 'Onramp', Dimensions: [['service']] }] },
    });
  });
});
