/** What jobs that wait for an endpoint are worked on with. */
import type { Logger } from '../../core/index.ts';
import type { Endpoints } from '../../endpoint/index.ts';
import type { RegistryContext } from '../../registry/index.ts';
import type { JobMeter } from '../job-usage.ts';

/** Handed to what asks endpoints for jobs. */
export interface CallContext extends RegistryContext {
  readonly endpoints: Pick<Endpoints, 'invoke'>;
  readonly logger: Logger;
  /** Milliseconds that never go back. */
  now(): number;
  /** A job whose worker died may be noted twice, under the one id by which it counts once. */
  readonly meter: JobMeter;
}
