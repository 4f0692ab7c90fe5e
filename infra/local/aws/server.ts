/** A service of AWS on loopback: signed requests, answered in JSON or by bytes of the handler's own. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authorize, type Credentials } from './authorize.ts';
import { AwsRefusal, type RefusalName } from './refusal.ts';

/** A request whose signature is good. */
export interface AwsRequest {
  readonly method: string;
  /** As it was sent, percent-encoded. */
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** How the server runs. */
export interface AwsServerOptions {
  /** Name of the service in signatures. */
  readonly service: string;
  readonly credentials: Credentials;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly bodyLimitBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What the service calls an error of its own. */
  readonly failure: RefusalName;
  /** Its words on a body that is too large; default: a `ValidationException`. */
  readonly tooLarge?: AwsRefusal;
  /** Is told of errors that are no refusals. */
  readonly report: (message: string) => void;
  /**
   * Gives what to answer as JSON, or `null` once it has written the whole answer itself.
   *
   * @throws AwsRefusal to refuse the request
   */
  readonly answer: (request: AwsRequest, response: ServerResponse) => Promise<object | null>;
}

/** A server that listens. */
export interface AwsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a server. A request that names its operation in `x-amz-target` is answered in AWS JSON 1.1, any other in the
 * JSON of REST services.
 */
export async function startAwsServer(options: AwsServerOptions): Promise<AwsServer> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    response.setHeader('x-amzn-requestid', randomUUID());
    answerSigned(request, response, options).catch((error: unknown) => fail(response, error, options));
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

async function answerSigned(
  incoming: IncomingMessage,
  response: ServerResponse,
  { service, credentials, bodyLimitBytes, tooLarge, now, answer }: AwsServerOptions,
): Promise<void> {
  const body = await readBody(incoming, bodyLimitBytes);
  if (body === null) {
    const message = `The body is larger than ${bodyLimitBytes} bytes.`;
    throw tooLarge ?? new AwsRefusal('ValidationException', message);
  }
  authorize(incoming, body, { credentials, nowMs: now(), service });
  const { method = '', url = '/', headers } = incoming;
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const content = await answer({ method, pathname, searchParams, headers, body }, response);
  if (content !== null) write(response, 200, content);
}

/** The whole body, `null` for one that is too large. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    sizeBytes += chunk.length;
    // The rest is read and dropped: a client that is still sending would see its connection break, and no answer.
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  }
  return sizeBytes > limitBytes ? null : Buffer.concat(chunks);
}

/**
 * Reads a body as JSON.
 *
 * @throws AwsRefusal `ValidationException`
 */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new AwsRefusal('ValidationException', 'The body is not valid JSON.');
  }
}

/** Tells the client; one that has read a part of an answer sees its connection break. */
function fail(
  response: ServerResponse,
  error: unknown,
  { service, failure, report }: AwsServerOptions,
): void {
  const refusal = error instanceof AwsRefusal ? error : new AwsRefusal(failure, 'Something went wrong here.');
  if (refusal !== error) report(`${service}: ${error instanceof Error ? error.stack : String(error)}`);
  if (response.headersSent) {
    response.destroy();
  } else if (isTargeted(response.req)) {
    const status = refusal.status < 500 ? 400 : 500;
    write(response, status, { __type: refusal.name, message: refusal.message, ...refusal.members });
  } else {
    response.setHeader('x-amzn-errortype', refusal.name);
    write(response, refusal.status, { Message: refusal.message, ...refusal.members });
  }
}

function write(response: ServerResponse, status: number, content: object): void {
  const contentType = isTargeted(response.req) ? 'application/x-amz-json-1.1' : 'application/json';
  response.writeHead(status, { 'content-type': contentType });
  response.end(JSON.stringify(content));
}

/** AWS JSON names its operation in this header, and knows no other statuses of refusals than 400. */
const isTargeted = ({ headers }: IncomingMessage): boolean => headers['x-amz-target'] !== undefined;
