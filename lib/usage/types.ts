/** What the ledger of usage is made of. */
import type { Clock } from '../core/index.ts';
import type { ObjectStore } from '../storage/index.ts';

/** Where the ledger is kept. */
export interface UsageContext {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
}

/** One request, as the ledger has it. */
export interface UsageEntry {
  /** Counted once, however often it comes. */
  readonly request_id: string;
  /** When it was answered, ISO 8601 in UTC. */
  readonly at: string;
  /** Name of the key, the role or the client; never a key. */
  readonly caller: string;
  /** Its name in the API: the one that answered, or that a refused request's route named; empty where nobody knows. */
  readonly model: string;
  readonly version: string;
  /** Method and path template. */
  readonly route: string;
  readonly status: number;
  /** True for a request that a model answered; false for one that was refused. */
  readonly call: boolean;
  /** It counts as long as there is no other entry of the request, which says what became of it. */
  readonly pending?: true;
  readonly rows: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly ms: number;
  readonly endpoint_ms: number;
  readonly bytes_in: number;
  readonly bytes_out: number;
  /** By the price table of this date. */
  readonly usd: number;
  readonly prices_as_of: string;
}
