/** The log line by which the usage of a job's request is counted, as if it had been answered at once. */
import { accessMessages } from '../../lib/contracts/log-messages.ts';
import type { Logger } from '../../lib/core/index.ts';
import type { CallUsage } from '../../lib/jobs/index.ts';
import { errorAnswer } from '../middleware/http-errors.ts';

/** The line of a request that was answered, or refused; it has the id of its job, under which it is counted once. */
export function meterCall(logger: Logger, usage: CallUsage): void {
  const { record, ms, endpointMs, body, counts, failure } = usage;
  const { id, model, input, call } = record;
  const { caller, method, route } = call;
  const status = failure === undefined ? 200 : errorAnswer(failure, id).status;
  logger.info(failure === undefined ? accessMessages.answered : accessMessages.refused, {
    ...{ request_id: id, method, route, ...(caller !== '' && { caller }), status },
    ...{ ms: Math.round(ms * 1000) / 1000, bytes: input.size_bytes, bytes_out: body?.byteLength ?? 0 },
    ...{ job: id, model, endpoint_ms: endpointMs, ...counts },
  });
}
