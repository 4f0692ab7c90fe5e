/** What the registry works with: the buckets, the clock, and how to wait after a lost race. */
import { type Clock, conflict, notFound, type OnrampError } from '../core/index.ts';
import type { Deployment } from '../cost/index.ts';
import type { ObjectStore, Pause } from '../storage/index.ts';

/** Handed to every function of the registry. */
export interface RegistryContext {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
  /** Where predictions are made, for their cost; default: as deployed unless somebody says otherwise. */
  readonly deployment?: Deployment;
  /** Waits before a compare-and-swap is tried again; default: no wait. */
  readonly pause?: Pause;
}

/** Names one training run. */
export interface RunKey {
  readonly model: string;
  readonly run: string;
}

/** Part of a list that may be longer. */
export interface Page<T> {
  readonly items: readonly T[];
  /** True if there are others beyond the asked number. */
  readonly hasMore: boolean;
}

/** The clock's time as the documents write it. */
export function timestamp({ clock }: RegistryContext): string {
  return new Date(clock.now()).toISOString();
}

/** The pause of the context as an option of `updateJson`. */
export function pauseOf({ pause }: RegistryContext): { readonly pause?: Pause } {
  return pause ? { pause } : {};
}

export const modelNotFound = (model: string): OnrampError =>
  notFound(`Model "${model}" does not exist; PUT /v1/models/${model} makes it.`, {
    code: 'model_not_found',
    param: 'model',
  });

export const versionNotFound = (model: string, version: string): OnrampError =>
  notFound(`Model "${model}" has no version "${version}"; GET /v1/models/${model}/versions lists them.`, {
    code: 'version_not_found',
    param: 'version',
  });

export const runNotFound = ({ model, run }: RunKey): OnrampError =>
  notFound(`Model "${model}" has no run "${run}"; GET /v1/models/${model}/runs lists them.`, {
    code: 'run_not_found',
    param: 'run',
  });

export const leaseLost = ({ model, run }: RunKey): OnrampError =>
  conflict(`Run "${run}" of model "${model}" is no longer this worker's; stop working on it.`, {
    code: 'lease_lost',
  });
