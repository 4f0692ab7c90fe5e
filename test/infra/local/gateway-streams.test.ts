import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import {
  type HttpHandler,
  type LambdaStreamHandler,
  streamStack,
} from '../../../functions/middleware/index.ts';
import { createGateway } from '../../../infra/local/gateway.ts';
import { provideAwslambda } from '../../../infra/local/response-stream.ts';
import type { StreamHandler, StreamLimits } from '../../../infra/local/streamed-answer.ts';
import { fullAccess } from '../../../lib/access/index.ts';
import type { Route } from '../../../lib/contracts/index.ts';
import { type Logger, silentLogger } from '../../../lib/core/index.ts';
import { until } from './support.ts';

beforeAll(provideAwslambda);

const streamed: Route = {
  id: 'stream',
  method: 'GET',
  path: '/v1/stream',
  function: 'generate',
  dialect: 'native',
  scope: 'predict',
  summary: 'For a test.',
  response: z.unknown(),
  status: 200,
  streams: true,
};

interface StreamGateway {
  readonly port: number;
  readonly reports: readonly string[];
}

async function startGateway(generate: StreamHandler, streamLimits?: StreamLimits): Promise<StreamGateway> {
  const reports: string[] = [];
  const server = createGateway({
    routes: [streamed],
    handlers: { generate },
    identify: () => fullAccess('test'),
    report: (message) => reports.push(message),
    ...(streamLimits && { streamLimits }),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, reports };
}

/** A handler under the stack of functions that stream. */
function stacked(handler: HttpHandler<unknown>, logger: Logger = silentLogger): StreamHandler {
  const stack: LambdaStreamHandler = streamStack(handler, { service: 'test', logger });
  return stack as unknown as StreamHandler;
}

/** The answer's head; its body is left to be read. */
function ask({ port }: StreamGateway, agent?: Agent): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { host: '127.0.0.1', port, path: streamed.path, ...(agent && { agent }) };
  request(options, resolve).on('error', reject).end();
  return promise;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The pieces as they come, one at a time. */
function reader(answer: IncomingMessage): () => Promise<string> {
  const iterator = answer[Symbol.asyncIterator]();
  return async () => String((await iterator.next()).value);
}

const never = new Promise<never>(() => {});

describe('a route that streams', () => {
  test('is answered piece by piece, each as soon as it is made', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const gateway = await startGateway(
      stacked(async () => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        stream: (async function* () {
          yield 'a';
          await gates[0]!.promise;
          yield 'b';
          await gates[1]!.promise;
          yield 'c';
        })(),
      })),
    );

    const answer = await ask(gateway);
    const next = reader(answer);
    const first = await next();
    gates[0]!.resolve();
    const second = await next();
    gates[1]!.resolve();
    const third = await next();

    expect([first, second, third]).toEqual(['a', 'b', 'c']);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'transfer-encoding': 'chunked',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(answer.headers).not.toHaveProperty('content-length');
  });

  test('has 15 minutes', async () => {
    const left: number[] = [];
    const gateway = await startGateway(
      stacked(async (_, context) => {
        left.push(context.getRemainingTimeInMillis());
        return { status: 200, body: {} };
      }),
    );

    await textOf(await ask(gateway));

    expect(left[0]).toBeGreaterThan(890_000);
    expect(left[0]).toBeLessThanOrEqual(900_000);
  });

  test('sends a status without a body as such, and keeps the connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    let status = 204;
    const gateway = await startGateway(stacked(async () => ({ status })));

    const empty = await ask(gateway, agent);
    const { localPort } = empty.socket;
    const emptyText = await textOf(empty);
    status = 200;
    const next = await ask(gateway, agent);

    expect(empty.statusCode).toBe(204);
    expect(emptyText).toBe('');
    expect(empty.headers).not.toHaveProperty('transfer-encoding');
    expect(empty.headers).not.toHaveProperty('content-type');
    expect(next.statusCode).toBe(200);
    expect(next.socket.localPort).toBe(localPort);
  });

  test('is made no faster than the client takes it off', async () => {
    const count = 400;
    let made = 0;
    const gateway = await startGateway(
      stacked(async () => ({
        status: 200,
        stream: (async function* () {
          for (; made < count; made += 1) yield Buffer.alloc(262_144, made);
        })(),
      })),
    );

    const answer = await ask(gateway);
    let before = -1;
    await until(async () => {
      const isStill = before === made;
      before = made;
      if (!isStill) await delay(100);
      return isStill;
    });
    const madeUnread = made;
    let size = 0;
    let isInOrder = true;
    for await (const chunk of answer) {
      for (let at = 0; at < chunk.length; at += 1024) {
        isInOrder &&= chunk[at] === (Math.floor((size + at) / 262_144) & 0xff);
      }
      size += chunk.length;
    }

    // What the buffers of the connection hold is the system's choice, but not 100 MB.
    expect(madeUnread).toBeLessThan(count / 2);
    expect(size).toBe(count * 262_144);
    expect(isInOrder).toBe(true);
  });

  test('tells the handler when the client leaves, before the first piece and after it', async () => {
    const reasons: string[] = [];
    const gateway = await startGateway(
      stacked(async ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason.code));
        return {
          status: 200,
          stream: (async function* () {
            yield 'a';
            await never;
          })(),
        };
      }),
    );
    const silent = await startGateway(
      stacked(async ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(`early ${signal.reason.code}`));
        return never;
      }),
    );

    const answer = await ask(gateway);
    await reader(answer)();
    answer.destroy();
    await until(() => reasons.length === 1);
    const socket = connect(silent.port, '127.0.0.1');
    socket.write('GET /v1/stream HTTP/1.1\r\nhost: x\r\n\r\n', () => setImmediate(() => socket.destroy()));
    await until(() => reasons.length === 2);

    expect(reasons).toEqual(['client_left', 'early client_left']);
    expect([...gateway.reports, ...silent.reports]).toEqual([]);
  });

  const brokenAfter = async (pieces: readonly string[]): Promise<StreamGateway> =>
    startGateway(
      stacked(async () => ({
        status: 200,
        stream: (async function* () {
          yield* pieces;
          throw new Error('secret detail');
        })(),
      })),
    );

  test('expected failure: what fails before the first piece is a 500, later a broken answer', async () => {
    const early = await brokenAfter([]);
    const late = await brokenAfter(['a']);

    const refusal = await ask(early);
    const refusalText = await textOf(refusal);
    const answer = await ask(late);

    expect(refusal.statusCode).toBe(500);
    expect(refusalText).not.toContain('secret detail');
    expect(answer.statusCode).toBe(200);
    await expect(textOf(answer)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(late.reports).toEqual([expect.stringContaining('secret detail')]);
  });

  const misbehaving: readonly (readonly [string, StreamHandler])[] = [
    ['throws at once', async () => Promise.reject(new Error('secret detail'))],
    ['returns without an answer', async () => undefined],
  ];

  test.each(misbehaving)(
    'expected failure: a handler that %s costs its request a 500',
    async (_, handler) => {
      const gateway = await startGateway(handler);

      const answer = await ask(gateway);

      expect(answer.statusCode).toBe(500);
      expect(await textOf(answer)).not.toContain('secret detail');
      expect(gateway.reports).toHaveLength(1);
    },
  );

  test.each([
    ['altogether', { totalMs: 50, idleMs: 10_000 }],
    ['in silence', { totalMs: 10_000, idleMs: 50 }],
  ])('expected failure: a handler that takes too long %s costs its request a 504', async (_, limits) => {
    let isTold = false;
    const gateway = await startGateway((_event, output) => {
      output.on('close', () => {
        isTold = true;
      });
      return never;
    }, limits);

    const answer = await ask(gateway);

    expect(answer.statusCode).toBe(504);
    expect(JSON.parse(await textOf(answer)).error).toMatchObject({ code: 'timeout' });
    await until(() => isTold);
  });

  test('expected failure: an answer that falls silent is broken off, one that goes on is not', async () => {
    const limits = { totalMs: 60_000, idleMs: 400 };
    const silent = await startGateway(async (_event, output) => {
      output.write('a');
      await never;
    }, limits);
    const lively = await startGateway(async (_event, output) => {
      for (let count = 0; count < 8; count += 1) {
        output.write('a');
        await delay(100);
      }
      output.end();
    }, limits);

    const [broken, whole] = await Promise.all([ask(silent), ask(lively)]);

    await expect(textOf(broken)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await textOf(whole)).toBe('aaaaaaaa');
  });
});

test('bad call: a route whose function has no handler is refused at the start', () => {
  const make = () =>
    createGateway({ routes: [streamed], handlers: {}, identify: () => null, report: () => {} });

  expect(make).toThrow(/route stream: there is no handler of the function generate/);
});
