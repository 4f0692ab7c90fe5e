/** Puts the parts together: the endpoints of the user's file, their queues and logs, and the address where they are asked. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../../../lib/core/index.ts';
import { createS3ObjectStore, type ObjectStore } from '../../../../lib/storage/index.ts';
import type { AwsServer } from '../../aws/index.ts';
import { localBuckets, localCredentials, localHost } from '../../config.ts';
import { openLogFile } from '../../log-file.ts';
import { openAsyncQueue } from './async-queue.ts';
import { startContainer } from './container-process.ts';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import type { Later } from './instance.ts';
import { type InvocationLimits, sageMakerLimits } from './invoke.ts';
import { type ServedEndpoint, startRuntimeServer } from './server.ts';
import type { HostedEndpoint } from './settings.ts';

/** Where things are, and who is told. */
export interface HostingOptions {
  readonly endpoints: readonly HostedEndpoint[];
  /** Folder that holds all data: queued requests go to `endpoint-requests/`, logs to `logs/endpoint-<name>.log`. */
  readonly home: string;
  /** What the containers see: buckets, endpoints, credentials, a folder for temporary files. */
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (message: string) => void;
  /** What else the endpoints stand on; tests put something in its place. */
  readonly parts?: HostingParts;
}

/** Time, chance, the object store and SageMaker's limits. */
export interface HostingParts {
  readonly later: Later;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly storeOf: (bucket: string) => ObjectStore;
  readonly limits: InvocationLimits;
}

/** Endpoints that are hosted. */
export interface Hosting extends AwsServer {
  /** Goes on with the requests that wait; to be called once this process has the store's address in its environment. */
  resume(): void;
}

const later: Later = (action, delayMs) => {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
};

const machineParts: HostingParts = {
  later,
  now: () => systemClock.now(),
  random: Math.random,
  storeOf: (bucket) => createS3ObjectStore({ bucket }),
  limits: sageMakerLimits,
};

/** Starts the endpoints, which need not be healthy when this resolves. */
export async function startHosting({
  endpoints,
  parts = machineParts,
  ...options
}: HostingOptions): Promise<Hosting> {
  const served = new Map<string, ServedEndpoint>();
  const closers: (() => Promise<void>)[] = [];
  for (const settings of endpoints) {
    const { close, ...one } = host(settings, { ...options, parts });
    served.set(settings.name, one);
    closers.push(close);
  }
  const server = await startRuntimeServer({
    endpoints: served,
    credentials: localCredentials,
    host: localHost,
    port: 0,
    now: parts.now,
    limits: parts.limits,
    report: options.report,
  });
  return {
    url: server.url,
    resume: () => {
      for (const { queue } of served.values()) queue?.wake();
    },
    close: async () => {
      await server.close();
      await Promise.all(closers.map((close) => close()));
    },
  };
}

function host(
  settings: HostedEndpoint,
  { home, environment, report, parts }: Required<Omit<HostingOptions, 'endpoints'>>,
): ServedEndpoint & { readonly close: () => Promise<void> } {
  const { later, now, random, storeOf } = parts;
  const log = openLogFile(join(home, 'logs', `endpoint-${settings.name}.log`));
  let wake = (): void => {};
  const containers = {
    ...{ environment, log },
    onLogError: (message: string) => report(`endpoint ${settings.name}: ${message}`),
  };
  const endpoint: Endpoint = startEndpoint({
    ...{ settings, report, later, random },
    logPath: log.path,
    launch: ({ container }) => startContainer(container, containers),
    onChange: () => wake(),
  });
  const buckets: readonly string[] = Object.values(localBuckets);
  const queue =
    settings.kind === 'async'
      ? openAsyncQueue({
          ...{ endpoint, later, now, report },
          directory: join(home, 'endpoint-requests', settings.name),
          answers: { bucket: localBuckets.artifacts, store: storeOf(localBuckets.artifacts) },
          storeOf: (bucket) => (buckets.includes(bucket) ? storeOf(bucket) : null),
          temporaryFolder: environment.TMPDIR!,
          newId: randomUUID,
        })
      : null;
  if (queue) wake = queue.wake;
  return {
    ...{ endpoint, queue },
    close: async () => {
      await queue?.close();
      await endpoint.close();
      log.close();
    },
  };
}
