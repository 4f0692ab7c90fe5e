/** What jobs are kept with. */
import { conflict, notFound, type OnrampError } from '../core/index.ts';
import type { RegistryContext } from '../registry/index.ts';
import type { JobMeter } from './job-usage.ts';

/** Handed to what looks at jobs, which may find one answered. */
export interface SettleContext extends RegistryContext {
  /** Left out where nothing is counted. */
  readonly meter?: JobMeter;
}

/** Handed to what makes jobs. */
export interface JobContext extends SettleContext {
  /** A new id: letters, digits and `-`, unique. */
  newId(): string;
}

export const jobNotFound = (id: string): OnrampError =>
  notFound(`There is no job "${id}"; GET /v1/jobs lists them.`, { code: 'job_not_found', param: 'id' });

export const jobLeaseLost = (id: string): OnrampError =>
  conflict(`Job "${id}" is no longer this worker's; stop working on it.`, { code: 'lease_lost' });

/** The clock's time, moved on, as the documents write it. */
export function timestampIn({ clock }: RegistryContext, laterMs = 0): string {
  return new Date(clock.now() + laterMs).toISOString();
}
