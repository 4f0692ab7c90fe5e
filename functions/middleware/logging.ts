/** JSON log lines by powertools, in the shape library code takes. */
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../lib/core/index.ts';

/** A logger of one function; its level comes from `POWERTOOLS_LOG_LEVEL` or Lambda's own setting. */
export function createLogger(service: string): Logger {
  const logger = new PowertoolsLogger({ serviceName: `onramp-${service}` });
  return {
    debug: (message, data = {}) => logger.debug(message, data),
    info: (message, data = {}) => logger.info(message, data),
    warn: (message, data = {}) => logger.warn(message, data),
    error: (message, data = {}) => logger.error(message, data),
  };
}
