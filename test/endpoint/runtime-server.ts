/** SageMaker's runtime on a wire of this machine, answering as a test says, to the real client of the SDK. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SageMakerRuntimeClient, type SageMakerRuntimeClientConfig } from '@aws-sdk/client-sagemaker-runtime';
import { onTestFinished } from 'vitest';
import { createRuntimeClient } from '../../lib/endpoint/runtime-sdk.ts';

/** A request as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Settles when the client has closed the connection before the answer was whole. */
  readonly left: Promise<void>;
}

/** Answers one request. */
export type Script = (response: ServerResponse, received: Received) => void | Promise<void>;

/** A runtime that answers. */
export interface RuntimeServer {
  readonly received: readonly Received[];
  readonly client: SageMakerRuntimeClient;
  readonly url: string;
  /** Settles with the nth request, counted from 1. */
  reached(count: number): Promise<Received>;
}

/** Answers with each script in turn, and with the last one from then on. */
export async function startRuntime(...scripts: Script[]): Promise<RuntimeServer> {
  const received: Received[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    const left = new Promise<void>((resolve) => {
      response.once('close', () => !response.writableFinished && resolve());
    });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { url = '', headers } = request;
    const now = { path: url, headers, body: Buffer.concat(chunks).toString(), left };
    received.push(now);
    const script = scripts[Math.min(received.length, scripts.length) - 1]!;
    for (const check of waiting) check();
    await script(response, now);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = runtimeClient(url);
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const reached = (count: number): Promise<Received> =>
    new Promise((resolve) => {
      const check = (): void => {
        const request = received[count - 1];
        if (request) resolve(request);
      };
      waiting.push(check);
      check();
    });
  return { received, client, url, reached };
}

const clientOf = (endpoint: string): SageMakerRuntimeClientConfig => ({
  region: 'eu-west-1',
  endpoint,
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
});

/** The client of a server as the product makes it. */
export const runtimeClient = (endpoint: string): SageMakerRuntimeClient =>
  createRuntimeClient(clientOf(endpoint));

/** The SDK's client as it comes, but for its retries. */
export const plainClient = (endpoint: string): SageMakerRuntimeClient =>
  new SageMakerRuntimeClient({ ...clientOf(endpoint), maxAttempts: 1 });

/** An answer as a whole. */
export const answer =
  (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };

/** A refusal of SageMaker: restJson1 names the error in a header. */
export const refusal =
  (
    status: number,
    type: string,
    body: object | string = {},
    headers: Readonly<Record<string, string>> = {},
  ): Script =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

/** What SageMaker makes of a container's refusal. */
export const modelError = (status: number, words: string): Script =>
  refusal(424, 'ModelError', {
    Message: `Received ${status < 500 ? 'client' : 'server'} error (${status}) from primary with message "${words}". See https://eu-west-1.console.aws.amazon.com/cloudwatch/home in account 111122223333 for more information.`,
    OriginalStatusCode: status,
    OriginalMessage: words,
    LogStreamArn: 'arn:aws:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/Endpoints/llm',
  });

/** The head of a stream; what is written after it are its frames. */
export function beginStream(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): ServerResponse {
  response.writeHead(200, {
    'content-type': 'application/vnd.amazon.eventstream',
    'x-amzn-sagemaker-content-type': 'text/event-stream',
    'x-amzn-invoked-production-variant': 'AllTraffic',
    ...headers,
  });
  response.flushHeaders();
  return response;
}

/** A stream of these frames, and its end. */
export const frames =
  (...pieces: readonly Uint8Array[]): Script =>
  (response) => {
    beginStream(response);
    for (const piece of pieces) response.write(piece);
    response.end();
  };

/** Takes the request and never answers. */
export const hang: Script = () => {};

/** Breaks the connection, with nothing answered. */
export const reset: Script = (response) => {
  response.socket?.resetAndDestroy();
};
