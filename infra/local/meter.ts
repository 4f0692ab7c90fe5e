/** Metering on one machine: what a subscription to the logs does in the cloud, from the log files of the platform. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import type { LogDelivery, LogDeliveryEvent } from '../../lib/contracts/log-delivery.ts';
import { accessMessages } from '../../lib/contracts/log-messages.ts';
import { systemClock } from '../../lib/core/index.ts';
import { startFunctionPool } from './function-pool.ts';
import { openLogFile } from './log-file.ts';
import { createLogFollower } from './log-follower.ts';
import { openQueue } from './queue.ts';

/** What metering needs. */
export interface MeterOptions {
  /** Folder of the built functions. */
  readonly dist: string;
  /** Folder that holds all data. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (message: string) => void;
}

/** Metering at work. */
export interface Meter {
  /** Takes in what has been logged until now, and ends; what is not counted yet is, after the next start. */
  close(): Promise<void>;
}

const compress = promisify(gzip);

const readEveryMs = 1000;
const memoryLimitMb = 512;
const timeoutMs = 120_000;
const idleMs = 300_000;
/** A ledger that cannot be written to is no reason to forget what was used. */
const maxReceiveCount = 10_000;
const backoffMs = (receiveCount: number): number => Math.min(60_000, 1000 * 2 ** Math.min(receiveCount, 6));

const accessWords = Object.values(accessMessages).map((message) => `"message":"${message}"`);
const isAccessLine = (line: string): boolean => accessWords.some((word) => line.includes(word));

/** Reads the logs that were written while nobody did, and then again and again. */
export async function startMeter(
  database: DatabaseSync,
  { dist, home, environment, report }: MeterOptions,
): Promise<Meter> {
  const queue = openQueue(database, {
    ...{ name: 'meter', maxReceiveCount, clock: systemClock, newId: randomUUID },
  });
  const log = openLogFile(join(home, 'logs', 'meter.log'));
  const pool = startFunctionPool({
    ...{ functionName: 'meter', entry: join(dist, 'meter', 'index.js'), queue, environment, log },
    ...{ concurrency: 1, memoryLimitMb, timeoutMs, idleMs, maxReceiveCount, backoffMs, newId: randomUUID },
    now: () => systemClock.now(),
    eventOf: ([message]) => JSON.parse(message!.body),
    onLogError: (message) => report(`meter: ${message}`),
    report,
  });
  const readOn = createLogFollower(database, {
    paths: ['api', 'batch', 'call'].map((name) => join(home, 'logs', `${name}.log`)),
    wanted: isAccessLine,
    messageOf: async (lines, place) => JSON.stringify(await deliveryEvent(lines, place)),
    send: (message) => {
      queue.send(message);
      // Only after the transaction that the message is part of.
      setImmediate(() => pool.wake());
    },
  });
  const stop = await repeat(readOn, report);
  return {
    close: async () => {
      await stop();
      await pool.close();
      log.close();
    },
  };
}

/** Calls something now, then again and again; the function that is given back stops that and calls it a last time. */
async function repeat(work: () => Promise<void>, report: (message: string) => void) {
  const attempt = (): Promise<void> =>
    work().catch((error: unknown) => report(`the log of requests cannot be read: ${String(error)}`));
  let timer: NodeJS.Timeout | undefined;
  let running = attempt();
  let stopped = false;
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = attempt().then(next);
    }, readEveryMs);
  };
  await running;
  next();
  return async (): Promise<void> => {
    stopped = true;
    clearTimeout(timer);
    await running;
    await attempt();
  };
}

/** What CloudWatch Logs hands to a function. */
async function deliveryEvent(lines: readonly string[], place: string): Promise<LogDeliveryEvent> {
  const delivery: LogDelivery = {
    messageType: 'DATA_MESSAGE',
    owner: '000000000000',
    logGroup: '/onramp/local',
    logStream: place,
    subscriptionFilters: ['requests'],
    logEvents: lines.map((message, index) => ({
      id: `${place}-${index}`,
      timestamp: systemClock.now(),
      message,
    })),
  };
  // Lines are so alike that more effort makes them no shorter.
  const packed = await compress(JSON.stringify(delivery), { level: constants.Z_BEST_SPEED });
  return { awslogs: { data: packed.toString('base64') } };
}
