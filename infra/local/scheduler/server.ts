/** The wire protocol of EventBridge Scheduler on loopback: four operations as REST with JSON. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../../lib/core/index.ts';
import { authorize, type SchedulerCredentials } from './authorize.ts';
import { readName, readScheduleRequest } from './definition.ts';
import { arnOf, type Scheduler } from './engine.ts';
import { SchedulerRefusal } from './refusal.ts';
import type { ScheduleRow } from './table.ts';

/** How the server runs. */
export interface SchedulerServerOptions {
  readonly scheduler: Scheduler;
  readonly credentials: SchedulerCredentials;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock?: Clock;
  readonly report: (message: string) => void;
}

/** A server that listens. */
export interface SchedulerServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Amazon takes 256 KB of input; the rest of a schedule is small. */
const bodyLimitBytes = 512 * 1024;

/** Starts the server; the clients find it by `AWS_ENDPOINT_URL_SCHEDULER`. */
export async function startSchedulerServer(options: SchedulerServerOptions): Promise<SchedulerServer> {
  const { host, port, clock = systemClock, report } = options;
  const server = createServer((request, response) => {
    answer(request, { ...options, clock })
      .then((body) => write(response, 200, body))
      .catch((error: unknown) => {
        const refusal =
          error instanceof SchedulerRefusal
            ? error
            : new SchedulerRefusal('InternalServerException', 'Something went wrong here.');
        if (refusal !== error) report(`scheduler: ${error instanceof Error ? error.stack : String(error)}`);
        response.setHeader('x-amzn-errortype', refusal.name);
        write(response, refusal.status, { Message: refusal.message });
      });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  { scheduler, credentials, clock }: SchedulerServerOptions & { readonly clock: Clock },
): Promise<object> {
  const body = await readBody(request);
  authorize(request, body, { credentials, nowMs: clock.now() });
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [, encoded = ''] = /^\/schedules\/([^/]+)$/.exec(pathname) ?? [];
  const name = encoded && readName(decodeURIComponent(encoded), 'name');
  const key = { name, group: readName(searchParams.get('groupName') ?? 'default', 'groupName') };
  switch (name === '' ? '' : request.method) {
    case 'POST':
      return { ScheduleArn: arnOf(scheduler.create(readScheduleRequest(name, parseJson(body)))) };
    case 'PUT':
      return { ScheduleArn: arnOf(scheduler.update(readScheduleRequest(name, parseJson(body)))) };
    case 'GET':
      return viewOf(scheduler.get(key));
    case 'DELETE':
      scheduler.remove(key);
      return {};
    default:
      throw new SchedulerRefusal(
        'UnknownOperationException',
        `${request.method} ${pathname} is not answered here: create, update, get or delete one schedule.`,
      );
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) {
      throw new SchedulerRefusal('ValidationException', `The body is larger than ${bodyLimitBytes} bytes.`);
    }
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new SchedulerRefusal('ValidationException', 'The body is not valid JSON.');
  }
}

/** What `GetSchedule` answers; times in seconds since 1970. */
function viewOf(row: ScheduleRow): object {
  return {
    Arn: arnOf(row),
    Name: row.name,
    ...row.definition,
    CreationDate: row.createdAt / 1000,
    LastModificationDate: row.modifiedAt / 1000,
  };
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}
