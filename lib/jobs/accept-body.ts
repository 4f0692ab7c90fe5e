/** A prediction request that is not waited for: its body is stored as it is and read by a worker. */
import { artifactKeys, type JobInput, type JobOptions, type RowsJobRecord } from '../contracts/index.ts';
import { invalidInput, sha256, upstream } from '../core/index.ts';
import type { JobContext } from './context.ts';
import { createJob } from './create-job.ts';
import { requestKey } from './idempotency.ts';

/** The request. */
export interface BodyRequest {
  readonly model: string;
  readonly version?: string;
  readonly body: string;
  readonly options: Omit<JobOptions, 'on_error'>;
  readonly caller: string;
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Makes a job of a prediction request. The result is in JSON Lines, as the answer would have been in JSON.
 *
 * @throws invalid_request for an empty body; what `createJob` throws
 */
export async function acceptBody(context: JobContext, request: BodyRequest): Promise<RowsJobRecord> {
  const { model, version, body, options, caller, idempotencyKey } = request;
  if (body === '') {
    throw invalidInput('The body is empty; send {"instances": [...]} or {"columns": {...}}.', {
      code: 'invalid_json',
    });
  }
  const identity = { body: sha256(body), version: version ?? null, options };
  return createJob(context, {
    model,
    ...(version !== undefined && { version }),
    output: { format: 'jsonl', keep: [] },
    options: { ...options, on_error: 'skip' },
    key: requestKey(idempotencyKey, { model, caller, request: identity }),
    bringInput: (id) => storeBody(context, id, body),
  });
}

async function storeBody({ artifacts }: JobContext, id: string, body: string): Promise<JobInput> {
  const key = artifactKeys.jobBody(id);
  await artifacts.put(key, body, { ifAbsent: true, contentType: 'application/json' });
  // Looked up rather than taken from the write: the same request may have stored it before.
  const stored = await artifacts.head(key);
  if (!stored) throw upstream(`The body of job "${id}" was stored and is gone.`, { code: 'input_missing' });
  return {
    kind: 'body',
    bucket: 'artifacts',
    key,
    file: 'request.json',
    etag: stored.etag,
    size_bytes: stored.sizeBytes,
  };
}
