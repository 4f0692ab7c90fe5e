/** The Python with somebody else's knowledge of what EventBridge takes for a cron expression. */
import { ensureClient } from './python-packages.ts';

/** @throws Error that says what is missing */
export const ensureCronValidator = (): string =>
  ensureClient('cron', ['aws-cron-expression-validator==1.1.15']);
