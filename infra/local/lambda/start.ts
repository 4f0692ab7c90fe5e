/** Starts what answers invocations: a server, and the processes behind it. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../lib/core/index.ts';
import type { AwsServer } from '../aws/index.ts';
import { localCredentials, localFunctions, localHost } from '../config.ts';
import { openLogFile } from '../log-file.ts';
import { createInvokePool } from './invoke-pool.ts';
import { startLambdaServer } from './server.ts';

/** Where things are. */
export interface InvokedFunctionsOptions {
  /** Folder of the built functions. */
  readonly dist: string;
  /** Folder that holds all data; the log goes to `logs/prepare.log`. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (message: string) => void;
}

/** A picture of the largest size takes a quarter of this; as on AWS, see `infra/function-settings.ts`. */
const memoryLimitMb = 1769;
const timeoutMs = 20_000;
const idleMs = 60_000;
const maxWaiting = 1000;

/** What a decoder has no use for, and whoever gets into it would. */
const secrets = /^(AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|ENDPOINT_URL.*)|ONRAMP_.*)$/;

/** Starts the function `prepare`, whose processes get no credentials and no names of buckets. */
export async function startInvokedFunctions(options: InvokedFunctionsOptions): Promise<AwsServer> {
  const { dist, home, environment, report } = options;
  const log = openLogFile(join(home, 'logs', 'prepare.log'));
  const pool = createInvokePool({
    functionName: localFunctions.prepare,
    entry: join(dist, 'prepare', 'index.js'),
    environment: Object.fromEntries(Object.entries(environment).filter(([name]) => !secrets.test(name))),
    log,
    memoryLimitMb,
    timeoutMs,
    idleMs,
    maxWaiting,
    concurrency: Math.max(2, Math.min(4, availableParallelism())),
    onLogError: (message) => report(`prepare: ${message}`),
  });
  const server = await startLambdaServer({
    functions: new Map([[localFunctions.prepare, pool]]),
    credentials: localCredentials,
    host: localHost,
    port: 0,
    now: () => systemClock.now(),
    report,
  });
  const close = async (): Promise<void> => {
    await server.close();
    await pool.close();
    log.close();
  };
  return { url: server.url, close };
}
