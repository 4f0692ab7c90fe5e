/** A loopback S3 server: the wire protocol of Amazon S3 over files in one directory. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, invalidInput, type Logger, silentLogger, systemClock } from '../../../lib/core/index.ts';
import type { Credentials } from '../aws/index.ts';
import { type ObjectDisk, openObjectDisk } from './disk/object-disk.ts';
import { objectCreatedEvent } from './events.ts';
import { type HandlerContext, handleExchange } from './handler.ts';
import type { ObjectCreatedEvent } from './types.ts';
import { isBucketName } from './wire/address.ts';
import type { Platform } from './wire/exchange.ts';

/** How the server runs. */
export interface ObjectServerOptions {
  /** Where everything is kept; one server at a time may use it. */
  readonly directory: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** A loopback address. */
  readonly host?: string;
  /** Buckets to create unless they exist. */
  readonly buckets: readonly string[];
  readonly credentials: Credentials;
  /**
   * Called after an object is committed; the client gets its answer when this is done. An error is logged and does
   * not undo the write: `listCommitted` at the next start makes up for it.
   */
  readonly onObjectCreated?: (event: ObjectCreatedEvent) => void | Promise<void>;
  /** Origins of web pages that may use presigned URLs, for example `http://localhost:8080`. */
  readonly allowedOrigins?: readonly string[];
  readonly region?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Gives names that never repeat, for files and requests. */
  readonly createId?: () => string;
}

/** A server that listens. */
export interface ObjectServer {
  readonly port: number;
  readonly url: string;
  /** The event of every object there is, oldest commit first, to deliver again what a crash may have lost. */
  listCommitted(): AsyncIterable<ObjectCreatedEvent>;
  /** Stops listening, lets requests under way finish for a moment, then cuts them off. */
  close(): Promise<void>;
}

const loopback = ['127.0.0.1', '::1', 'localhost'];
const closeGraceMs = 5000;
const keepAliveMs = 75_000;

/**
 * Starts the server. Clients reach a bucket by path (`http://127.0.0.1:9000/bucket/key`) or by virtual host
 * (`http://bucket.localhost:9000/key`).
 *
 * @throws invalid_request for a host that is not loopback or a bucket name S3 does not allow
 * @example
 * const s3 = await startObjectServer({ directory: '.onramp/s3', port: 9000, buckets: ['data'], credentials })
 * process.env.AWS_ENDPOINT_URL_S3 = s3.url
 */
export async function startObjectServer(options: ObjectServerOptions): Promise<ObjectServer> {
  const { directory, port, host = '127.0.0.1', buckets, credentials } = options;
  const { region = 'us-east-1', logger = silentLogger, clock = systemClock, createId = randomUUID } = options;
  if (!loopback.includes(host)) {
    throw invalidInput(
      `The object server listens on loopback only: ${host} is not one of ${loopback.join(', ')}.`,
      { param: 'host' },
    );
  }
  const misnamed = buckets.find((name) => !isBucketName(name));
  if (misnamed !== undefined)
    throw invalidInput(`S3 does not allow the bucket name ${misnamed}.`, { param: 'buckets' });

  // The port is taken before the directory is touched, so that a second server cannot sweep the files of a running one.
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 });
  const opening = Promise.withResolvers<HandlerContext>();
  const running = serve(server, opening.promise);
  const address = await listen(server, port, host);
  try {
    const disk = await openObjectDisk(directory, { clock, createId, logger });
    const existing = new Set(disk.buckets().map(({ name }) => name));
    for (const name of buckets) if (!existing.has(name)) await disk.createBucket(name);
    const platform: Platform = {
      disk,
      clock,
      createId,
      region,
      announce: announcer(options, region, logger),
    };
    opening.resolve({ platform, credentials, allowedOrigins: options.allowedOrigins ?? [], logger });
    return {
      port: address.port,
      url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`,
      listCommitted: () => listCommitted(disk, region),
      close: () => close(server, running),
    };
  } catch (error) {
    opening.promise.catch(() => {});
    opening.reject(error);
    server.closeAllConnections();
    await close(server, running);
    throw error;
  }
}

/** Answers requests, and gives those under way. Requests that come while the store is still being opened wait for it. */
function serve(server: Server, opening: Promise<HandlerContext>): ReadonlySet<Promise<void>> {
  const running = new Set<Promise<void>>();
  const on = (event: 'request' | 'checkContinue', waiting: boolean): void => {
    server.on(event, (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const exchange = opening
        .then(
          (context) => handleExchange(context, { incoming, outgoing, waiting }),
          () => void outgoing.destroy(),
        )
        .finally(() => running.delete(exchange));
      running.add(exchange);
    });
  };
  on('request', false);
  on('checkContinue', true);
  return running;
}

function announcer(
  { onObjectCreated }: ObjectServerOptions,
  region: string,
  logger: Logger,
): Platform['announce'] {
  return async (record) => {
    try {
      await onObjectCreated?.(objectCreatedEvent(record, region));
    } catch (error) {
      logger.error('An object was stored, but its event was not taken.', {
        bucket: record.bucket,
        key: record.key,
        error,
      });
    }
  };
}

async function* listCommitted(
  disk: ObjectDisk,
  region: string,
): AsyncGenerator<ObjectCreatedEvent, void, undefined> {
  const records = disk.buckets().flatMap((bucket) => [...bucket.records.values()]);
  records.sort((left, right) => (left.sequencer < right.sequencer ? -1 : 1));
  for (const record of records) yield objectCreatedEvent(record, region);
}

async function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  server.listen(port, host);
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

/** Done when no connection is open and nothing works on the files any more. */
async function close(server: Server, running: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cutOff = setTimeout(() => server.closeAllConnections(), closeGraceMs);
  await closed;
  clearTimeout(cutOff);
  await Promise.all(running);
}
