import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createMeter } from '../../../functions/meter/meter.ts';
import { logStack } from '../../../functions/middleware/log-stack.ts';
import type { LogDelivery } from '../../../lib/contracts/log-delivery.ts';
import { silentLogger, upstream } from '../../../lib/core/index.ts';
import { reportUsage, type UsageContext } from '../../../lib/usage/index.ts';
import { createLedger, logLine, price } from '../../usage/support.ts';
import { lambdaContext } from '../api-gateway.ts';

const november = { from: '2026-11-01', to: '2026-11-30', groupBy: 'day' } as const;

/** What CloudWatch Logs hands to the function. */
function delivery(lines: readonly string[], messageType: LogDelivery['messageType'] = 'DATA_MESSAGE') {
  const content: LogDelivery = {
    messageType,
    ...{ owner: '123456789012', logGroup: '/aws/lambda/predict', logStream: 's', subscriptionFilters: ['f'] },
    logEvents: lines.map((message, at) => ({ id: String(at), timestamp: 0, message })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(content)).toString('base64') } };
}

const meter = (context: UsageContext) =>
  logStack(createMeter(context, price), { service: 'meter', logger: silentLogger });

const calls = async (context: UsageContext): Promise<number> =>
  (await reportUsage(context, november)).total.calls;

it('counts the lines of requests among all others, and a delivery that comes again once', async () => {
  const ledger = createLedger();
  const lines = [
    logLine(),
    'START RequestId: 1',
    logLine({ request_id: 'r2' }),
    '{"message":"model loaded"}',
  ];

  await meter(ledger)(delivery(lines), lambdaContext);
  await meter(ledger)(delivery(lines), lambdaContext);
  await meter(ledger)(delivery([...lines].reverse()), lambdaContext);

  expect(await calls(ledger)).toBe(2);
});

it('sums the hours that are over, so that nobody waits for it later', async () => {
  const ledger = createLedger('2026-11-20T12:00:00Z');

  await meter(ledger)(delivery([logLine()]), lambdaContext);

  expect(await ledger.keys('usage/hours/')).toHaveLength(1);
});

it('lets a question whether anybody is there go by', async () => {
  const ledger = createLedger();

  await meter(ledger)(delivery([logLine()], 'CONTROL_MESSAGE'), lambdaContext);

  expect(ledger.writes).toEqual([]);
});

it('expected failure: fails while the ledger cannot be written, so that the lines come again', async () => {
  const ledger = createLedger();
  const put = async () => Promise.reject(upstream('no answer'));
  const broken = { ...ledger, artifacts: { ...ledger.artifacts, put } };

  await expect(meter(broken)(delivery([logLine()]), lambdaContext)).rejects.toThrow('no answer');
  await meter(ledger)(delivery([logLine()]), lambdaContext);

  expect(await calls(ledger)).toBe(1);
});

it('keeps what it wrote when the sums fail, and does not have it delivered again', async () => {
  const ledger = createLedger();
  const { artifacts } = ledger;
  const listFolders: typeof artifacts.listFolders = () => {
    throw upstream('no list');
  };

  await meter({ ...ledger, artifacts: { ...artifacts, listFolders } })(delivery([logLine()]), lambdaContext);

  expect(await calls(ledger)).toBe(1);
});

it('bad call: an event of anything else is refused', async () => {
  const event = { awslogs: { data: Buffer.from('{}').toString('base64') } };

  await expect(meter(createLedger())(event, lambdaContext)).rejects.toThrow('no delivery of log lines');
});
