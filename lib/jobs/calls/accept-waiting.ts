/** Makes jobs of requests for endpoints that have no instance: stored, recorded, and sent as soon as there is one. */
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import {
  artifactKeys,
  type CallJobRecord,
  callJobLimits,
  type JobAsked,
  type JobInput,
  type JobRecord,
} from '../../contracts/index.ts';
import { internal, sha256 } from '../../core/index.ts';
import { checkBodyCall, type EndpointBodyCall } from '../../endpoint/index.ts';
import type { RegistryContext } from '../../registry/index.ts';
import { writeJson } from '../../storage/index.ts';
import { type JobContext, timestampIn } from '../context.ts';
import { type RequestKey, requestKey } from '../idempotency.ts';
import { getJob, isCallJob, isJobOver } from '../job-record.ts';
import { findMade, newRecord, reserveId } from '../new-record.ts';

/** A request. */
export interface WaitingDraft {
  readonly model: EndpointModel;
  readonly call: EndpointBodyCall;
  readonly answer: CallJobRecord['call']['answer'];
  /** Who asked for it, and by which route: it is metered for them. */
  readonly asked: JobAsked;
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Makes a job, or gives the one that the same request has made before: nothing here minds being done twice.
 *
 * @throws what `requestKey` and `reserveJobId` throw, and what `Endpoints.invoke` throws of a call that is none
 */
export async function acceptWaiting(context: JobContext, draft: WaitingDraft): Promise<CallJobRecord> {
  const made = await findWaiting(context, draft);
  if (made) return made;
  checkBodyCall(draft.call);
  const { artifacts } = context;
  const { model } = draft.model;
  const key = keyOf(draft);
  const id = await reserveId(context, key);
  const input = await storeBody(context, id, draft.call);
  const record: CallJobRecord = {
    ...newRecord(context, { id, model, input, key }),
    message: `Waiting for endpoint "${draft.model.endpoint}".`,
    call: callOf(context, draft),
  };
  await writeJson(artifacts, artifactKeys.endpointModelJob(model, id), { value: { id }, ifAbsent: true });
  await writeJson(artifacts, artifactKeys.jobRecord(id), { value: record, ifAbsent: true });
  return announceVisit(context, callJob(await getJob(context, id)));
}

/** The job that the same request has made before, or `null`: the endpoint is not to be asked twice. Throws as above. */
export async function findWaiting(context: JobContext, draft: WaitingDraft): Promise<CallJobRecord | null> {
  const made = await findMade(context, keyOf(draft));
  return made && announceVisit(context, callJob(made));
}

/** Wakes a worker for the visit that is due; again, as whoever should have may have stopped before this. */
export async function announceVisit(
  { artifacts }: RegistryContext,
  record: CallJobRecord,
): Promise<CallJobRecord> {
  const { id, call } = record;
  if (isJobOver(record)) return record;
  const value = { id, visit: call.visits };
  await writeJson(artifacts, artifactKeys.jobVisit(id, call.visits), { value, ifAbsent: true });
  return record;
}

function keyOf({ model, call, answer, asked, idempotencyKey }: WaitingDraft): RequestKey | null {
  const { body, signal, timeoutMs, inferenceId, repeatable, ...said } = call;
  const identity = { ...said, answer, body: sha256(bytesOf(body)) };
  return requestKey(idempotencyKey, {
    ...{ model: model.model, caller: asked.caller },
    request: definedOf(identity),
  });
}

async function storeBody({ artifacts }: JobContext, id: string, call: EndpointBodyCall): Promise<JobInput> {
  const { body, contentType } = call;
  const key = artifactKeys.jobCall(id);
  const bytes = bytesOf(body);
  const stored = await artifacts.put(key, bytes, { contentType });
  const file = { bucket: 'artifacts', key, file: 'request', size_bytes: bytes.byteLength } as const;
  return { kind: 'body', ...file, etag: stored?.etag ?? '' };
}

function callOf(context: JobContext, { call, answer, asked }: WaitingDraft): CallJobRecord['call'] {
  const stated = {
    component: call.inferenceComponent,
    accept: call.accept,
    custom_attributes: call.customAttributes,
    target_variant: call.targetVariant,
    target_model: call.targetModel,
    session_id: call.sessionId,
  };
  return {
    ...definedOf(stated),
    ...{ endpoint: call.endpoint, content_type: call.contentType, answer, ...asked },
    visits: 0,
    due: timestampIn(context, callJobLimits.waitMs),
  };
}

const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body;

const definedOf = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;

/** Another kind of job cannot have the same key: a request for it is another request. */
function callJob(record: JobRecord): CallJobRecord {
  if (isCallJob(record)) return record;
  throw internal(`Job "${record.id}" does not wait for an endpoint.`);
}
