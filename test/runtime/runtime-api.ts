/** Lambda's side of the Runtime API (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), for one process. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Largest answer that is not streamed: 6 MiB and the room that Lambda leaves for what it adds. */
const answerLimitBytes = 6_291_556;

/** How an invocation ended. */
export type Outcome =
  | { readonly kind: 'answer'; readonly body: string }
  /** `failure` is the type of an error that the runtime reported behind what had been sent; empty without one. */
  | { readonly kind: 'stream'; readonly chunks: readonly Buffer[]; readonly failure: string }
  | { readonly kind: 'error' | 'init-error'; readonly type: string; readonly body: string }
  /** Lambda ends the process then; here that is left to the test. */
  | { readonly kind: 'timeout' };

/** How an event is handed out. */
export interface InvokeOptions {
  readonly timeoutMs?: number;
  /** Sees the parts of a stream as they come. */
  readonly onChunk?: (chunk: Buffer) => void;
}

/** A Runtime API that hands out one event at a time. */
export interface RuntimeApi {
  /** Host and port, as `AWS_LAMBDA_RUNTIME_API` says them. */
  readonly address: string;
  invoke(event: unknown, options?: InvokeOptions): Promise<Outcome>;
  /** Forgets who was waiting for an event: the process is gone. */
  reset(): void;
  close(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly deadlineAt: number;
  readonly onChunk: (chunk: Buffer) => void;
  readonly end: (outcome: Outcome) => void;
}

/** Starts the API on a free port of this machine. */
export async function startRuntimeApi(): Promise<RuntimeApi> {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let idle: ServerResponse | null = null;
  let failedStart: Outcome | null = null;
  let count = 0;

  const handOut = (): void => {
    if (!idle || waiting.length === 0) return;
    const invocation = waiting.shift()!;
    running.set(invocation.id, invocation);
    idle.writeHead(200, headersOf(invocation)).end(invocation.event);
    idle = null;
  };

  const finish = (id: string, outcome: Outcome): void => {
    running.get(id)?.end(outcome);
    running.delete(id);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, id = '', what] =
      /^\/2018-06-01\/runtime\/invocation\/(?:([^/]+)\/)?(\w+)$/.exec(request.url!) ?? [];
    if (what === 'next') {
      idle = response;
      return handOut();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
      running.get(id)?.onChunk(chunk as Buffer);
    }
    const body = Buffer.concat(chunks);
    const errorType = 'lambda-runtime-function-error-type';
    const type = String(request.headers[errorType] ?? '');
    if (what === undefined) {
      failedStart = { kind: 'init-error', type, body: body.toString() };
      for (const { end } of waiting.splice(0)) end(failedStart);
    } else if (what === 'error') {
      finish(id, { kind: 'error', type, body: body.toString() });
    } else if (request.headers['lambda-runtime-function-response-mode'] === 'streaming') {
      finish(id, { kind: 'stream', chunks, failure: request.trailers[errorType] ?? '' });
    } else if (body.length > answerLimitBytes) {
      finish(id, { kind: 'error', type: 'Function.ResponseSizeTooLarge', body: '' });
      response.writeHead(413).end('{"errorType":"RequestEntityTooLarge","errorMessage":"too large"}');
      return;
    } else {
      finish(id, { kind: 'answer', body: body.toString() });
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke: (event, { timeoutMs = 20_000, onChunk = () => {} } = {}) =>
      new Promise((resolve) => {
        if (failedStart) return resolve(failedStart);
        count += 1;
        const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
        const timer = setTimeout(() => finish(id, { kind: 'timeout' }), timeoutMs);
        const end = (outcome: Outcome): void => {
          clearTimeout(timer);
          resolve(outcome);
        };
        const deadlineAt = Date.now() + timeoutMs;
        waiting.push({ id, event: JSON.stringify(event), deadlineAt, onChunk, end });
        handOut();
      }),
    reset: () => {
      idle = null;
      failedStart = null;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const headersOf = ({ id, deadlineAt }: Invocation): Record<string, string> => ({
  'content-type': 'application/json',
  'lambda-runtime-aws-request-id': id,
  'lambda-runtime-deadline-ms': String(deadlineAt),
  'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:000000000000:function:predict',
  'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
});
