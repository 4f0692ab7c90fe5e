/** The log line by which the usage of a job's request is counted, as if it had been answered at once. */
import { accessMessages } from '../../lib/contracts/log-messages.ts';
import type { Logger } from '../../lib/core/index.ts';
import type { JobMeter, JobUsage } from '../../lib/jobs/index.ts';
import { errorAnswer } from './http-errors.ts';
import { createAccessLogger } from './logging.ts';

/** Writes these lines for a function; what it needs is made with the first, as most processes never write one. */
export function createJobMeter(service: string): JobMeter {
  let logger: Logger | undefined;
  let written = Promise.resolve();
  // With an error too: a log that cannot be written to is no reason to leave jobs without an end.
  const write = (line: string): void => {
    written = new Promise((resolve) => process.stdout.write(line, () => resolve()));
  };
  return (usage) => {
    logger ??= createAccessLogger(service, write);
    meterJob(logger, usage);
    return written;
  };
}

/** The line of a request that was answered, or refused; it has the id and the time of its job, by which it is counted once. */
export function meterJob(logger: Logger, usage: JobUsage): void {
  const { record, ms, endpointMs, bytesOut = 0, counts, failure } = usage;
  const { id, model, input, created } = record;
  const { caller = '', method, route } = 'call' in record ? record.call : (record.endpoint.asked ?? {});
  const status = failure === undefined ? 200 : errorAnswer(failure, id).status;
  logger.info(failure === undefined ? accessMessages.answered : accessMessages.refused, {
    ...{ request_id: id, method, route, ...(caller !== '' && { caller }), status },
    ...{ ms: Math.round(ms * 1000) / 1000, bytes: input.size_bytes, bytes_out: bytesOut },
    ...{ job: id, model, endpoint_ms: endpointMs, ...counts, usage_at: created },
  });
}
