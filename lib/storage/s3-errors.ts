/** What S3's refusals mean: some are answers, the rest are failures that keep their cause. */
import { type OnrampError, upstream } from '../core/index.ts';

interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** HTTP status of a failed call; `undefined` if there was no answer at all. */
export function statusOf(error: unknown): number | undefined {
  return (error as ServiceFailure | null)?.$metadata?.httpStatusCode;
}

/** True if the object is not there; a missing bucket is a failure, not an absent object. */
export function isAbsent(error: unknown): boolean {
  return statusOf(error) === 404 && (error as ServiceFailure).name !== 'NoSuchBucket';
}

/** A call that failed for a reason that is no answer. */
export function storeFailure(action: string, bucket: string, key: string, cause: unknown): OnrampError {
  const reason = (cause as ServiceFailure | null)?.message || 'no answer';
  return upstream(`Object store: cannot ${action} "${key}" in bucket "${bucket}": ${reason}`, {
    code: 'object_store_failed',
    cause,
  });
}
