import { expect, it, vi } from 'vitest';
import { createAccessLogger } from '../../../functions/middleware/logging.ts';
import { createJobMeter, meterJob } from '../../../functions/middleware/meter-job.ts';
import { invalidInput } from '../../../lib/core/index.ts';
import type { JobUsage } from '../../../lib/jobs/index.ts';
import { readUsageLine } from '../../../lib/usage/index.ts';
import { price } from '../../usage/support.ts';

const asked = { caller: 'shop', method: 'POST', route: '/v1/models/{model}/jobs' };
const record = {
  ...{ id: 'job-1', model: 'assistant', created: '2026-11-20T10:15:30.000Z', input: { size_bytes: 100 } },
  endpoint: { asked },
} as unknown as JobUsage['record'];

function entryOf(usage: Omit<JobUsage, 'record'>) {
  let line = '';
  const logger = createAccessLogger('control', (text) => {
    line = text;
  });
  meterJob(logger, { record, ...usage });
  return readUsageLine(line, price);
}

it('a job is an entry of the ledger under its id and at the time that it was made, for whoever asked', () => {
  const counts = { rows: 3, input_tokens: 7, output_tokens: 5 };

  const entry = entryOf({ ms: 0, endpointMs: 1500, bytesOut: 250, counts });

  expect(entry).toMatchObject({
    ...{ request_id: 'job-1', at: '2026-11-20T10:15:30.000Z', caller: 'shop', model: 'assistant' },
    ...{ call: true, status: 200, bytes_in: 100, bytes_out: 250, endpoint_ms: 1500, ...counts },
  });
  expect(entry).not.toHaveProperty('pending');
});

it('one that failed is a refusal, with the status that the request would have had', () => {
  const entry = entryOf({ ms: 0, endpointMs: 0, failure: invalidInput('no') });

  expect(entry).toMatchObject({ request_id: 'job-1', call: false, status: 400, rows: 0 });
});

it('a job is told of once its line is written, so that nobody ends it before', async () => {
  const written: (() => void)[] = [];
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(((_line: string, done: () => void) => {
    written.push(done);
    return true;
  }) as typeof process.stdout.write);
  let isTold = false;

  const told = createJobMeter('control')({ record, ms: 0, endpointMs: 0 }).then(() => {
    isTold = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  const before = isTold;
  for (const done of written) done();
  await told;
  write.mockRestore();

  expect([written.length, before]).toEqual([1, false]);
});
