/** Looks whether the endpoint of a job has answered, and if so ends the job: nobody wakes us for it. */
import type { EndpointJobRecord, JobRecord } from '../../contracts/index.ts';
import { type OnrampError, upstream } from '../../core/index.ts';
import type { RegistryContext } from '../../registry/index.ts';
import { endOverdue } from '../calls/claim-visit.ts';
import { changeJob, isCallJob, isEndpointJob, isJobOver } from '../job-record.ts';
import { ended, type JobOutcome } from '../work-on-job.ts';
import { findOutcome, type Outcome } from './outcome.ts';

/** Whoever has not noted by then that SageMaker has the request has stopped. */
const handOverMs = 120_000;

/** The job as it is now; one of rows, or one that is over, is left as it is. */
export async function settleJob(context: RegistryContext, record: JobRecord): Promise<JobRecord> {
  if (isCallJob(record)) return endOverdue(context, record);
  if (!isEndpointJob(record) || isJobOver(record)) return record;
  const { ticket, name } = record.endpoint;
  const outcome = (ticket && (await findOutcome(context, ticket, name))) ?? givenUp(context, record);
  return outcome ? settleBy(context, record, outcome) : record;
}

/** Ends a job by an outcome that is known, unless it was ended otherwise before. */
export function settleBy(
  context: RegistryContext,
  { id }: Pick<EndpointJobRecord, 'id'>,
  outcome: Outcome,
): Promise<JobRecord> {
  return changeJob(context, id, (current) =>
    isJobOver(current) ? current : ended(context, current, endingBy(outcome)),
  );
}

function endingBy(outcome: Outcome): JobOutcome {
  if ('failure' in outcome) {
    const { code, message, param } = outcome.failure;
    return { state: 'failed', error: { code, message, param } };
  }
  const { key, sizeBytes, contentType } = outcome.answer;
  const result = {
    ...{ key, size_bytes: sizeBytes, rows: null },
    ...(contentType !== undefined && { content_type: contentType }),
  };
  const progress = { ...nothingCounted, progress: 1, message: 'The endpoint has answered.' };
  return { state: 'succeeded', progress, result, errors: null };
}

const nothingCounted = { rows: null, rows_done: 0, rows_failed: 0, warnings: 0 } as const;

/** The end of waiting for what will not come. */
function givenUp({ clock }: RegistryContext, { created, endpoint }: EndpointJobRecord): Outcome | null {
  if (endpoint.ticket === null && Date.parse(created) + handOverMs <= clock.now())
    return { failure: unconfirmed() };
  return Date.parse(endpoint.due) <= clock.now() ? { failure: unanswered(endpoint.name) } : null;
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
