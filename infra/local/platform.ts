/** The whole platform on one machine: object store, events, queues, functions, schedules and the HTTP API. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { inspect } from 'node:util';
import type { EventFunction, ObjectCreatedEvent } from '../../lib/contracts/events.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { conflict, notReady, silentLogger, systemClock } from '../../lib/core/index.ts';
import { createS3ObjectStore } from '../../lib/storage/index.ts';
import { startApiWorkers } from './api-workers.ts';
import {
  localBuckets,
  localCredentials,
  localHost,
  localRegion,
  localSchedules,
  type PlatformSettings,
} from './config.ts';
import { adoptEnvironment, functionEnvironment } from './environment.ts';
import { openFunctionQueue, startEventFunction } from './event-functions.ts';
import { createDispatcher } from './events.ts';
import type { FunctionPool } from './function-pool.ts';
import { readKeys } from './keys.ts';
import { startInvokedFunctions } from './lambda/index.ts';
import { openLogFile } from './log-file.ts';
import { startMeter } from './meter.ts';
import { type Queue, releaseHeldMessages } from './queue.ts';
import { type ObjectServer, startObjectServer } from './s3/index.ts';
import { endpointModelsText, readEndpoints, startHosting } from './sagemaker/hosting/index.ts';
import { startTrainingJobs } from './sagemaker/index.ts';
import { adoptSchedules, createScheduler, type Scheduler, startSchedulerServer } from './scheduler/index.ts';
import { openStateDatabase } from './state-database.ts';

/** What the platform is started with, beside the user's settings. */
export interface PlatformOptions {
  /** Folder of the built functions. */
  readonly dist: string;
  /** Tells the person at the terminal, in one line. */
  readonly report: (message: string) => void;
}

/** A running platform. */
export interface Platform {
  /** Address of the HTTP API. */
  readonly url: string;
  /** Address of the object store. */
  readonly s3Url: string;
  /** Address of the runtime of the SageMaker endpoints. */
  readonly runtimeUrl: string;
  /** Address of the functions that other functions ask. */
  readonly lambdaUrl: string;
  /** Lets requests finish, ends the background work (it is taken up again at the next start), closes the files. */
  close(): Promise<void>;
}

const eventFunctions: readonly EventFunction[] = ['preprocess', 'train', 'evaluate', 'batch', 'call'];

/**
 * Starts everything and resolves when the API answers.
 * @throws `conflict` if another platform uses the home folder; `not_ready` if the functions are not built
 */
export async function startPlatform(settings: PlatformSettings, options: PlatformOptions): Promise<Platform> {
  const closers: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await startParts(settings, options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts the parts in the order in which they need each other; `closers` is filled on the way. */
async function startParts(
  settings: PlatformSettings,
  { dist, report }: PlatformOptions,
  closers: (() => unknown)[],
): Promise<Omit<Platform, 'close'>> {
  requireBuilt(dist);
  const endpoints = readEndpoints(settings.endpointsFile, { dist });
  const { home } = settings;
  const database = openStateDatabase(home);
  closers.push(() => database.close());
  releaseHeldMessages(database, systemClock);
  const temporaryFolder = join(home, 'tmp');
  rmSync(temporaryFolder, { recursive: true, force: true });
  mkdirSync(temporaryFolder, { recursive: true });

  const queues = openQueues(database);
  const work = connectWork(database, queues, report);
  const objects = await startObjects(settings, work.deliver, report);
  closers.push(() => objects.close());
  const schedules = await startSchedules(work.scheduler, report);
  closers.push(() => schedules.close());
  const addresses = { s3Url: objects.url, schedulerUrl: schedules.url };
  const places = { ...addresses, temporaryFolder };
  const bare = (functionName: string) => functionEnvironment(process.env, { functionName, ...places });
  const jobs = await startTrainingJobs({
    ...{ home, dist, report, send: work.send },
    environment: bare('onramp-job'),
  });
  closers.push(() => jobs.close());
  const hosting = await startHosting({
    ...{ endpoints, home, report },
    environment: bare('onramp-endpoint'),
  });
  closers.push(() => hosting.close());
  const invoked = await startInvokedFunctions({ dist, home, report, environment: bare('onramp-prepare') });
  closers.push(() => invoked.close());
  const models = { runtimeUrl: hosting.url, endpointModels: endpointModelsText(endpoints) };
  const asked = { sagemakerUrl: jobs.url, lambdaUrl: invoked.url };
  const environmentOf = (functionName: string): Record<string, string> =>
    functionEnvironment(process.env, { functionName, ...places, ...asked, ...models });
  adoptEnvironment(environmentOf('onramp-platform'));
  await adoptSchedules(database, {
    settings: localSchedules,
    listSpecs: listScheduledSpecs,
    nowMs: systemClock.now(),
    report,
  });

  // What was committed while nobody could be told: a crash can fall between a commit and its event.
  for await (const event of objects.listCommitted()) await work.deliver(event);

  const apiLog = openLogFile(join(home, 'logs', 'api.log'), { isShared: true });
  closers.push(() => apiLog.close());
  const meter = await startMeter(database, { dist, home, environment: environmentOf('meter'), report });
  closers.push(() => meter.close());
  const { workers: count, port } = settings;
  const keys = readKeys(settings);
  const environment = environmentOf('onramp-api');
  const api = await startApiWorkers({ count, port, keys, dist, environment, log: apiLog, report });
  closers.push(() => api.close());
  for (const name of eventFunctions) {
    const shared = { name, dist, home, report };
    const pool = startEventFunction({ ...shared, queue: queues[name], environment: environmentOf(name) });
    work.pools.set(name, pool);
    closers.push(() => pool.close());
  }
  hosting.resume();
  work.scheduler.start();
  closers.push(() => work.scheduler.close());
  const [s3Url, runtimeUrl, lambdaUrl] = [objects.url, hosting.url, invoked.url];
  return { url: `http://${localHost}:${api.port}`, s3Url, runtimeUrl, lambdaUrl };
}

async function startObjects(
  { home, s3Port }: PlatformSettings,
  onObjectCreated: (event: ObjectCreatedEvent) => Promise<void>,
  report: (message: string) => void,
): Promise<ObjectServer> {
  const error = (message: string, data: Record<string, unknown> = {}): void =>
    report(`object store: ${message} ${inspect(data, { breakLength: Number.POSITIVE_INFINITY })}`);
  try {
    return await startObjectServer({
      directory: join(home, 's3'),
      port: s3Port,
      host: localHost,
      region: localRegion,
      buckets: Object.values(localBuckets),
      credentials: localCredentials,
      onObjectCreated,
      logger: { ...silentLogger, error },
    });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw conflict(`port ${s3Port} is in use; choose another one with --s3-port`, { cause });
  }
}

function requireBuilt(dist: string): void {
  const functions = [...eventFunctions, 'predict', 'generate', 'control', 'import', 'meter', 'prepare'];
  for (const name of functions) requireFile(join(dist, name, 'index.js'));
  requireFile(join(dist, 'container', 'main.js'));
}

function requireFile(file: string): void {
  if (!existsSync(file)) throw notReady(`${file} is missing; run "npm run build"`);
}

type Queues = Readonly<Record<EventFunction, Queue>>;

const openQueues = (database: DatabaseSync): Queues => ({
  preprocess: openFunctionQueue(database, 'preprocess'),
  train: openFunctionQueue(database, 'train'),
  evaluate: openFunctionQueue(database, 'evaluate'),
  batch: openFunctionQueue(database, 'batch'),
  call: openFunctionQueue(database, 'call'),
});

/** What an event sets going; the pools join once they are started. */
interface Work {
  readonly pools: Map<string, FunctionPool>;
  readonly scheduler: Scheduler;
  readonly send: (name: EventFunction, body: string) => void;
  readonly deliver: (event: ObjectCreatedEvent) => Promise<void>;
}

function connectWork(database: DatabaseSync, queues: Queues, report: (message: string) => void): Work {
  const pools = new Map<string, FunctionPool>();
  const send = (name: EventFunction, body: string): void => {
    queues[name].send(body);
    // Only after the transaction that the message is part of.
    setImmediate(() => pools.get(name)?.wake());
  };
  const scheduler = createScheduler(database, {
    clock: systemClock,
    groups: [localSchedules.group],
    targets: { [localSchedules.queueArn]: (body) => send('evaluate', body) },
    newId: randomUUID,
    report,
  });
  const roles = { [localBuckets.data]: 'data', [localBuckets.artifacts]: 'artifacts' } as const;
  const dispatch = createDispatcher(database, { roles, send });
  const deliver = async (event: ObjectCreatedEvent): Promise<void> => {
    dispatch(event);
  };
  return { pools, scheduler, send, deliver };
}

function startSchedules(scheduler: Scheduler, report: (message: string) => void) {
  return startSchedulerServer({ scheduler, credentials: localCredentials, host: localHost, port: 0, report });
}

/** The models whose specs have a schedule, read from the store like any client would. */
async function* listScheduledSpecs(): AsyncGenerator<{ model: string; expression: string }> {
  const artifacts = createS3ObjectStore({ bucket: localBuckets.artifacts });
  for await (const folder of artifacts.listFolders(artifactKeys.models())) {
    const model = folder.slice(0, -1);
    const object = await artifacts.get(artifactKeys.spec(model));
    if (!object) continue;
    const spec: { readonly schedule?: unknown } = JSON.parse(Buffer.from(object.body).toString('utf8'));
    if (typeof spec.schedule === 'string') yield { model, expression: spec.schedule };
  }
}
