/** What a request took that became a job, as the ledger of usage is told of it. */
import type { CallJobRecord, EndpointJobRecord, JobAsked } from '../contracts/index.ts';

/** What one request took of an endpoint. */
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
  /**
   * When it counts, ISO 8601; now, if nothing is said. Who finds the outcome of a job in a queue first, nobody can say:
   * all of them tell of it under one id and one time, by which it counts once.
   */
  readonly at?: string;
}

/** Notes what was used; may be told of a job more than once. */
export type JobMeter = (usage: JobUsage) => void;

/** Whose usage it is, and of which route; `undefined` for a job of an earlier version, which was counted when it was made. */
export const askedFor = (record: JobUsage['record']): JobAsked | undefined =>
  'call' in record ? record.call : record.endpoint.asked;
