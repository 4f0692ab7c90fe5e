/** What a request took that became a job, as the ledger of usage is told of it. */
import type { CallJobRecord, EndpointJobRecord, JobAsked } from '../contracts/index.ts';

/**
 * What one request took of an endpoint. It counts under the id of its job and at the time that was made: who finds its
 * outcome first nobody can say, and all that do tell of it in the same words.
 */
export interface JobUsage {
  readonly record: CallJobRecord | EndpointJobRecord;
  /** In the function, and of the endpoint's own work. */
  readonly ms: number;
  readonly endpointMs: number;
  /** Of the answer. */
  readonly bytesOut?: number;
  /** Rows and tokens of the answer, by the names of log lines. */
  readonly counts?: Readonly<Record<string, unknown>>;
  /** Why there is no answer. */
  readonly failure?: unknown;
}

/**
 * Notes what was used; may be told of a job more than once. Resolves once that outlives the process: a job whose end is
 * recorded before would never be told of again.
 */
export type JobMeter = (usage: JobUsage) => Promise<void>;

/** Whose usage it is, and of which route; `undefined` for a job of an earlier version, which was counted when it was made. */
export const askedFor = (record: JobUsage['record']): JobAsked | undefined =>
  'call' in record ? record.call : record.endpoint.asked;
