/** Your environments: the one file to edit before `npx cdk deploy`. What is left out has a small, cheap default. */
import type { StageSettings } from './config.ts';

/** Deployed when nothing is said; `-c env=prod` or `ONRAMP_STAGE=prod` choose another. */
export const defaultEnvironment = 'dev';

/** By name; every field is described in `config.ts`. */
export const environments: Readonly<Record<string, StageSettings>> = {
  /** To try things out: what is deleted is gone, with the stack or without. */
  dev: { removal: 'destroy', logs: { retentionDays: 7 }, noncurrentDays: 1 },

  /** Keeps its data whatever happens to the stack. */
  prod: { encryption: 'customer-managed', logs: { retentionDays: 90 }, alarms: 'all' },
};
