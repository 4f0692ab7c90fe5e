/** What jobs that wait for an endpoint are worked on with. */
import type { CallJobRecord } from '../../contracts/index.ts';
import type { Logger } from '../../core/index.ts';
import type { Endpoints } from '../../endpoint/index.ts';
import type { RegistryContext } from '../../registry/index.ts';

/** What one request took of an endpoint. */
export interface CallUsage {
  readonly record: CallJobRecord;
  /** In the function, and of the endpoint's own work. */
  readonly ms: number;
  readonly endpointMs: number;
  /** The answer. */
  readonly body?: Uint8Array;
  /** Its rows and tokens, by the names of log lines. */
  readonly counts?: Readonly<Record<string, unknown>>;
  /** Why there is none. */
  readonly failure?: unknown;
}

/** Handed to what asks endpoints for jobs. */
export interface CallContext extends RegistryContext {
  readonly endpoints: Pick<Endpoints, 'invoke'>;
  readonly logger: Logger;
  /** Milliseconds that never go back. */
  now(): number;
  /** Notes what was used. A job whose worker died may be noted twice, under the one id by which it counts once. */
  meter(usage: CallUsage): void;
}
