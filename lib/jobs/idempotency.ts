/** Idempotency keys: the same request sent twice is one job. */
import * as z from 'zod';
import { artifactKeys, jobLimits } from '../contracts/index.ts';
import { canonicalJson, conflict, invalidInput, sha256 } from '../core/index.ts';
import type { RegistryContext } from '../registry/index.ts';
import { readJson, updateJson } from '../storage/index.ts';
import type { JobContext } from './context.ts';

/** `job-keys/{digest}.json`. */
const keyRecord = z.object({ job: z.string(), request: z.string(), created: z.iso.datetime() });
type KeyRecord = z.infer<typeof keyRecord>;

/** A key with the request it came with; both as digests, so that neither is kept or logged. */
export interface RequestKey {
  /** Of the key, the operation, the model and the caller: nobody gets what another one has asked for. */
  readonly digest: string;
  /** Of the body and its options. */
  readonly request: string;
}

/** What a key is remembered for. */
export interface KeyedRequest {
  readonly model: string;
  /** Name of the key, the role or the client that asks. */
  readonly caller: string;
  /** Everything that makes the request the request it is. */
  readonly request: unknown;
}

/**
 * The key of a request that makes a job; `null` without the header.
 *
 * @throws invalid_request for a key that no header can carry
 */
export function requestKey(
  header: string | undefined,
  { model, caller, request }: KeyedRequest,
): RequestKey | null {
  if (header === undefined) return null;
  if (!/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw invalidInput(
      'The header "Idempotency-Key" must be 1 to 255 visible ASCII characters, such as a UUID.',
      {
        code: 'invalid_field',
        param: 'idempotency-key',
      },
    );
  }
  return {
    digest: sha256(canonicalJson({ operation: 'jobs', model, caller, key: header })),
    request: sha256(canonicalJson(request)),
  };
}

/** The job a key has led to before, or `null`. Throws as `reserveJobId` does. */
export async function findReserved(
  { artifacts, clock }: JobContext,
  key: RequestKey,
): Promise<string | null> {
  const found = await readJson(artifacts, artifactKeys.jobKey(key.digest), keyRecord);
  if (!found || isForgotten(found.value, clock.now())) return null;
  return jobOf(found.value, key);
}

/**
 * Sets an id aside for a key: of many at the same time one is first, and all of them get its id.
 *
 * @throws conflict `idempotency_conflict` if the key came with another request before
 */
export async function reserveJobId(context: JobContext, id: string, key: RequestKey): Promise<string> {
  const { artifacts, clock, pause } = context;
  const mine = { job: id, request: key.request, created: new Date(clock.now()).toISOString() };
  const record = await updateJson(artifacts, artifactKeys.jobKey(key.digest), {
    schema: keyRecord,
    change: (current) => (current && !isForgotten(current, clock.now()) ? current : mine),
    ...(pause && { pause }),
  });
  return jobOf(record, key);
}

/** Forgets a key, unless it has led to a younger job since. */
export async function forgetKey({ artifacts }: RegistryContext, digest: string, job: string): Promise<void> {
  const key = artifactKeys.jobKey(digest);
  const found = await readJson(artifacts, key, keyRecord);
  if (found?.value.job === job) await artifacts.delete(key);
}

/** A key is remembered as long as its job is kept. */
const isForgotten = ({ created }: KeyRecord, nowMs: number): boolean =>
  Date.parse(created) + jobLimits.keptMs <= nowMs;

function jobOf(record: KeyRecord, { request }: RequestKey): string {
  if (record.request === request) return record.job;
  throw conflict('This Idempotency-Key came with another request before; use a new key for a new request.', {
    code: 'idempotency_conflict',
    param: 'idempotency-key',
  });
}
