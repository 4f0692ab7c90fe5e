/** Makes jobs of requests for endpoints that work off a queue: stored, recorded, then handed over to SageMaker. */
import type { JobPreparation } from '../../contracts/endpoint-input.ts';
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import {
  artifactKeys,
  type EndpointJobRecord,
  type JobAsked,
  type JobInput,
  type JobRecord,
} from '../../contracts/index.ts';
import { internal } from '../../core/index.ts';
import { writeJson } from '../../storage/index.ts';
import { timestampIn } from '../context.ts';
import { dropJob } from '../end-jobs.ts';
import type { RequestKey } from '../idempotency.ts';
import { changeJob, findJob, getJob, isEndpointJob, isJobOver } from '../job-record.ts';
import { findMade, newRecord, reserveId } from '../new-record.ts';
import { handOver, inQueue, longestWaitMs, type QueueContext } from './hand-over.ts';

/** A request. */
export interface CallDraft {
  readonly model: EndpointModel;
  readonly contentType: string;
  readonly accept?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly asked: JobAsked;
  /** What a worker is to make of the input first. */
  readonly preparation?: JobPreparation | undefined;
  readonly key: RequestKey | null;
  /** Finds or stores the input of the job with this id; called again for a request sent again. */
  readonly bringInput: (id: string) => Promise<BroughtInput>;
}

/** An input, which may have become another thing than the request said. */
export type BroughtInput = JobInput & {
  readonly contentType?: string;
  /** Key of the file that it was made of. */
  readonly upload?: string;
};

/** Whoever made a record and has not handed it over by then has stopped. */
const handOverMs = 60_000;

/**
 * Makes a job, or gives the one that the same request has made before. One that is recorded is handed over once, unless
 * whoever did so stopped in the middle.
 *
 * @throws what `reserveJobId`, `bringInput` and `Endpoints.enqueue` throw; then there is no job
 */
export async function acceptCall(context: QueueContext, draft: CallDraft): Promise<EndpointJobRecord> {
  const made = await findMade(context, draft.key);
  if (made) return handedOver(context, endpointJob(made), { isNew: false });
  const id = await reserveId(context, draft.key);
  const { contentType = draft.contentType, upload, ...input } = await draft.bringInput(id);
  const { model, accept, customAttributes, key, asked, preparation } = draft;
  const record: EndpointJobRecord = {
    ...newRecord(context, { id, model: model.model, input, key }),
    message: preparation ? 'Waiting for a worker to prepare the input.' : inQueue(model.endpoint),
    endpoint: {
      name: model.endpoint,
      content_type: contentType,
      ...(accept !== undefined && { accept }),
      ...(customAttributes !== undefined && { custom_attributes: customAttributes }),
      ...(preparation && { preparation }),
      ...(upload !== undefined && { upload }),
      ...{ asked, ticket: null },
      due: timestampIn(context, longestWaitMs),
    },
  };
  const { artifacts } = context;
  await writeJson(artifacts, artifactKeys.endpointModelJob(model.model, id), {
    value: { id },
    ifAbsent: true,
  });
  const written = await writeJson(artifacts, artifactKeys.jobRecord(id), { value: record, ifAbsent: true });
  return handedOver(context, endpointJob(await getJob(context, id)), { isNew: written !== null });
}

async function handedOver(
  context: QueueContext,
  record: EndpointJobRecord,
  { isNew }: { readonly isNew: boolean },
): Promise<EndpointJobRecord> {
  const { id, created, endpoint, input } = record;
  if (endpoint.preparation) return announcePreparation(context, record);
  const isAbandoned = Date.parse(created) + handOverMs <= context.clock.now();
  if (endpoint.ticket !== null || isJobOver(record) || !(isNew || isAbandoned)) return record;
  try {
    const ticket = await handOver(context, { ...endpoint, inputKey: input.key, inferenceId: id });
    return endpointJob(
      await changeJob(context, id, (current) =>
        isJobOver(current) ? current : { ...current, endpoint: { ...endpointJob(current).endpoint, ticket } },
      ),
    );
  } catch (refusal) {
    // Whoever is refused sends another request, or this one again: neither is to find a job that never began.
    if (await findJob(context, id)) await dropJob(context, id);
    throw refusal;
  }
}

/** Wakes a worker; again for a request sent again, as the first may have broken off before this. */
async function announcePreparation(
  { artifacts }: QueueContext,
  record: EndpointJobRecord,
): Promise<EndpointJobRecord> {
  const { id, created, state } = record;
  if (state !== 'queued') return record;
  await writeJson(artifacts, artifactKeys.jobRequest(id), { value: { id, created }, ifAbsent: true });
  return record;
}

/** Another kind of job cannot have the same key: a request for it is another request. */
function endpointJob(record: JobRecord): EndpointJobRecord {
  if (isEndpointJob(record)) return record;
  throw internal(`Job "${record.id}" is not one of an endpoint.`);
}
