/** The shape of a logger that library code takes; the functions hand in powertools' one. */

/** Structured log lines: a short message and plain data. Never personal data, never secrets. */
export interface Logger {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
}

/** Says nothing; for tests and for callers that do not care. */
export const silentLogger: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
