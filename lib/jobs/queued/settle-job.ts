/** Looks whether the endpoint of a job has answered, and if so ends the job: nobody wakes us for it. */
import type { EndpointJobRecord, JobRecord } from '../../contracts/index.ts';
import { type OnrampError, upstream } from '../../core/index.ts';
import { endOverdue } from '../calls/claim-visit.ts';
import type { SettleContext } from '../context.ts';
import { changeJob, isCallJob, isEndpointJob, isJobOver } from '../job-record.ts';
import { ended, type JobOutcome } from '../work-on-job.ts';
import { meterOutcome } from './meter-outcome.ts';
import { findOutcome, type Outcome } from './outcome.ts';

/** Whoever has not noted by then that SageMaker has the request has stopped. */
const handOverMs = 120_000;

/** The job as it is now; one of rows, or one that is over, is left as it is. */
export async function settleJob(context: SettleContext, record: JobRecord): Promise<JobRecord> {
  if (isCallJob(record)) return endOverdue(context, record);
  if (!isEndpointJob(record) || isJobOver(record)) return record;
  const { ticket, name } = record.endpoint;
  const outcome = (ticket && (await findOutcome(context, ticket, name))) ?? givenUp(context, record);
  return outcome ? settleBy(context, record, outcome) : record;
}

/**
 * Ends a job by an outcome that is known, unless it was ended otherwise before. What it took is told first: whoever dies
 * in between leaves the job to the next one who looks, and that it is told of again.
 *
 * @param answer its bytes, where they are at hand
 */
export async function settleBy(
  context: SettleContext,
  record: EndpointJobRecord,
  outcome: Outcome,
  answer?: Uint8Array,
): Promise<JobRecord> {
  if (isJobOver(record)) return record;
  const counts = await meterOutcome(context, record, outcome, answer);
  return changeJob(context, record.id, (current) =>
    isJobOver(current) ? current : ended(context, current, endingBy(outcome, counts.rows ?? current.rows)),
  );
}

function endingBy(outcome: Outcome, rows: number | null): JobOutcome {
  if ('failure' in outcome) {
    const { code, message, told, param } = outcome.failure;
    return { state: 'failed', error: { code, message: told ?? message, param } };
  }
  const { key, sizeBytes, contentType } = outcome.answer;
  const result = {
    ...{ key, size_bytes: sizeBytes, rows },
    ...(contentType !== undefined && { content_type: contentType }),
  };
  const done = { rows, rows_done: rows ?? 0, rows_failed: 0, warnings: 0 };
  const progress = { ...done, progress: 1, message: 'The endpoint has answered.' };
  return { state: 'succeeded', progress, result, errors: null };
}

/** The end of waiting for what will not come. */
function givenUp({ clock }: SettleContext, { created, endpoint }: EndpointJobRecord): Outcome | null {
  const { ticket, preparation, due, name } = endpoint;
  const isUnconfirmed = ticket === null && preparation === undefined;
  if (isUnconfirmed && Date.parse(created) + handOverMs <= clock.now()) return { failure: unconfirmed() };
  return Date.parse(due) <= clock.now() ? { failure: unanswered(name) } : null;
}

const unconfirmed = (): OnrampError =>
  upstream(
    'Whoever gave the request to SageMaker stopped before its queue had confirmed it: nobody knows whether the endpoint has it, or where its answer would be. Send it again.',
    { code: 'endpoint_not_asked' },
  );

const unanswered = (endpoint: string): OnrampError =>
  upstream(
    `Endpoint "${endpoint}" neither answered nor failed within the time that SageMaker gives a request; look at its log, and send the request again.`,
    { code: 'endpoint_timed_out' },
  );
