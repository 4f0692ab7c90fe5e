/** JSON log lines by powertools, in the shape library code takes. */
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import type { Logger } from '../../lib/core/index.ts';

/** A logger of one function; its level comes from `POWERTOOLS_LOG_LEVEL` or Lambda's own setting. */
export function createLogger(service: string): Logger {
  return levelsOf(new PowertoolsLogger({ serviceName: nameOf(service) }));
}

/**
 * A logger for functions that write a line a request: it makes the lines of `info` itself, in the form of powertools
 * but several times as fast. Their data must be what JSON can say: no errors, no cycles.
 *
 * @param write takes a line with its end
 */
export function createAccessLogger(service: string, write: (line: string) => void = writeOut): Logger {
  const powertools = new PowertoolsLogger({ serviceName: nameOf(service) });
  const beginning = '{"level":"INFO","message":';
  const end = `,"service":${JSON.stringify(nameOf(service))}`;
  // Lambda says at start where traces go, and then with every request which one it belongs to.
  const isTraced = process.env.AWS_XRAY_DAEMON_ADDRESS !== undefined;
  const info = (message: string, data: Record<string, unknown> = {}): void => {
    const time = timestamp(Date.now());
    const more = JSON.stringify(data).slice(1);
    const rest = more === '}' ? more : `,${more}`;
    write(
      `${beginning}${JSON.stringify(message)},"timestamp":"${time}"${end}${isTraced ? traceId() : ''}${rest}\n`,
    );
  };
  const isSilent = levelsAboveInfo.has(powertools.getLevelName());
  return { ...levelsOf(powertools), info: isSilent ? () => {} : info };
}

const nameOf = (service: string): string => `onramp-${service}`;

const levelsAboveInfo: ReadonlySet<string> = new Set(['WARN', 'ERROR', 'CRITICAL', 'SILENT']);

/** Not by `console`, whose lines Lambda wraps in its own. */
const writeOut = (line: string): void => void process.stdout.write(line);

let [lastMs, lastTimestamp] = [0, ''];

/** ISO 8601; several lines of one millisecond are common. */
function timestamp(nowMs: number): string {
  if (nowMs !== lastMs) [lastMs, lastTimestamp] = [nowMs, new Date(nowMs).toISOString()];
  return lastTimestamp;
}

/** The field with the id under which X-Ray follows the request, if it does. */
function traceId(): string {
  const trace = process.env._X_AMZN_TRACE_ID;
  const [, root] = trace === undefined ? [] : (/Root=([^;]+)/.exec(trace) ?? []);
  return root === undefined ? '' : `,"xray_trace_id":${JSON.stringify(root)}`;
}

function levelsOf(logger: PowertoolsLogger): Logger {
  return {
    debug: (message, data = {}) => logger.debug(message, data),
    info: (message, data = {}) => logger.info(message, data),
    warn: (message, data = {}) => logger.warn(message, data),
    error: (message, data = {}) => logger.error(message, data),
  };
}
