/** The middy stack of functions that take log lines from CloudWatch Logs: unpacked, and one line about each delivery. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { LogDelivery, LogDeliveryEvent } from '../../lib/contracts/log-delivery.ts';
import { internal, type Logger } from '../../lib/core/index.ts';
import { createLogger } from './logging.ts';

const unzip = promisify(gunzip);

/** Does something with lines, or throws to have them delivered again. Gives what is to be logged of them. */
export type LinesHandler = (lines: readonly string[]) => Promise<Readonly<Record<string, unknown>>>;

/** A Lambda handler that a log group delivers to. */
export type LambdaLogHandler = (event: LogDeliveryEvent, context: Context) => Promise<void>;

/** Settings of the stack. */
export interface LogStackOptions {
  /** Name of the function in log lines. */
  readonly service: string;
  readonly logger?: Logger;
}

/** Hands the lines of a delivery to the handler; a delivery that only tries whether anybody is there is let go. */
export function logStack(
  handleLines: LinesHandler,
  { service, logger = createLogger(service) }: LogStackOptions,
): LambdaLogHandler {
  const handler = async (event: LogDeliveryEvent): Promise<void> => {
    const { messageType, logGroup, logEvents } = await unpack(event);
    if (messageType !== 'DATA_MESSAGE') return;
    const startedAtMs = performance.now();
    const told = await handleLines(logEvents.map(({ message }) => message));
    const ms = Math.round(performance.now() - startedAtMs);
    logger.info('lines read', { log_group: logGroup, lines: logEvents.length, ms, ...told });
  };
  return middy({ timeoutEarlyInMillis: 0 }).handler(handler as never) as unknown as LambdaLogHandler;
}

async function unpack({ awslogs }: LogDeliveryEvent): Promise<LogDelivery> {
  try {
    return JSON.parse((await unzip(Buffer.from(awslogs.data, 'base64'))).toString('utf8'));
  } catch (cause) {
    throw internal('The event is no delivery of log lines: "awslogs.data" must be gzipped JSON in base64.', {
      code: 'delivery_invalid',
      cause,
    });
  }
}
