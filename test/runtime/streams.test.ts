import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { functionEnvironment } from '../../infra/local/environment.ts';
import { packageFunction } from '../../scripts/package.ts';
import { part } from '../endpoint/event-stream.ts';
import { beginStream, modelError, type Script, startRuntime } from '../endpoint/runtime-server.ts';
import { until } from '../infra/local/support.ts';
import { proxyEvent, routeOf } from './proxy-events.ts';
import { type InvokeOptions, type Outcome, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { type RuntimeProcess, startFunction } from './runtime-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const generate = packageFunction({ root, name: 'generate', architecture });
const handlers = fileURLToPath(new URL('handlers', import.meta.url));

/** An answer as API Gateway reads it: a head in JSON, eight NULs, the body. */
function answerOf(outcome: Outcome) {
  if (outcome.kind !== 'stream') throw new Error(`the invocation ended as ${JSON.stringify(outcome)}`);
  const [head = '', body] = Buffer.concat(outcome.chunks).toString().split('\0'.repeat(8));
  return { ...(JSON.parse(head) as { statusCode: number; headers: object }), body, failure: outcome.failure };
}

/** The lines of so many requests; they are written when an answer has ended, and come by another way. */
const lines = (count: number): Promise<Record<string, unknown>[]> =>
  until(() => {
    const complete = running!.output().split('\n').slice(0, -1);
    const found = complete.filter((line) => /"message":"(answered|refused)"/.test(line));
    return found.length < count ? null : found.map((line): Record<string, unknown> => JSON.parse(line));
  });

let api: RuntimeApi;
let running: RuntimeProcess | undefined;

beforeEach(async () => {
  api = await startRuntimeApi();
});

afterEach(async () => {
  await running?.kill();
  await api.close();
});

const nowhere = 'http://127.0.0.1:9';

/** Starts a function whose endpoint is asked at an address. */
function start(code: string, handler: string, runtimeUrl = nowhere): RuntimeProcess {
  const environment = functionEnvironment(process.env, {
    functionName: 'generate',
    s3Url: nowhere,
    schedulerUrl: nowhere,
    runtimeUrl,
    endpointModels: JSON.stringify({ tiny: { endpoint: 'tiny', kind: 'real-time', speaks: 'openai' } }),
    temporaryFolder: process.env.TMPDIR ?? '/tmp',
  });
  running = startFunction({ code, handler, api: api.address, environment });
  return running;
}

const chat = proxyEvent(routeOf('chat-completions'), {
  body: { model: 'tiny', stream: true, messages: [{ role: 'user', content: 'Hello' }] },
});

const chunkOf = (content: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'tiny',
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason: reason }],
  })}\n\n`;

describe('the built generate under AWS’s runtime client', () => {
  test('sends status and headers, and each piece before the next one is there', async () => {
    const seen = Promise.withResolvers<void>();
    let text = '';
    const script: Script = async (response) => {
      beginStream(response).write(part(chunkOf('first')));
      await seen.promise;
      response.end(part(`${chunkOf(' second', 'stop')}data: [DONE]\n\n`));
    };
    const runtime = await startRuntime(script);
    start(generate, 'index.handler', runtime.url);
    const onChunk: InvokeOptions['onChunk'] = (chunk) => {
      text += chunk.toString();
      if (text.includes('first')) seen.resolve();
    };

    const { statusCode, headers, body, failure } = answerOf(await api.invoke(chat, { onChunk }));

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': expect.stringContaining('text/event-stream'),
      'x-accel-buffering': 'no',
      'x-request-id': expect.any(String),
    });
    expect(body).toMatch(/first.*\n\n.* second[\s\S]*data: \[DONE\]\n\n$/);
    expect(failure).toBe('');
    expect(await lines(1)).toEqual([
      expect.objectContaining({ status: 200, ended: 'complete', bytes_out: body!.length, model: 'tiny' }),
    ]);
  });

  test('expected failure: what the endpoint refuses before the first piece has a status of its own', async () => {
    const runtime = await startRuntime(modelError(400, '{"message":"too many tokens"}'));
    start(generate, 'index.handler', runtime.url);

    const { statusCode, headers, body, failure } = answerOf(await api.invoke(chat));

    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(JSON.parse(body!).error).toMatchObject({ code: 'endpoint_refused_input' });
    expect(failure).toBe('');
  });

  test('expected failure: an endpoint that breaks off midway is told in the stream', async () => {
    const seen = Promise.withResolvers<void>();
    const script: Script = async (response) => {
      beginStream(response).write(part(chunkOf('first')));
      await seen.promise;
      response.destroy();
    };
    const runtime = await startRuntime(script);
    start(generate, 'index.handler', runtime.url);
    const onChunk: InvokeOptions['onChunk'] = (chunk) => {
      if (chunk.includes('first')) seen.resolve();
    };

    const { statusCode, body, failure } = answerOf(await api.invoke(chat, { onChunk }));

    expect(statusCode).toBe(200);
    expect(body).toMatch(/first[\s\S]*"error":\{/);
    expect(failure).toBe('');
    expect(await lines(1)).toEqual([expect.objectContaining({ code: 'endpoint_stream_broken' })]);
  });

  test('a hundred streams one after the other are all complete', async () => {
    const runtime = await startRuntime((response) => {
      beginStream(response).end(part(`${chunkOf('all', 'stop')}data: [DONE]\n\n`));
    });
    start(generate, 'index.handler', runtime.url);

    const bodies: string[] = [];
    for (let count = 0; count < 100; count += 1) bodies.push(answerOf(await api.invoke(chat)).body!);

    expect(bodies.filter((body) => !body.endsWith('data: [DONE]\n\n'))).toEqual([]);
    expect(await lines(100)).toHaveLength(100);
  });
});

describe('a handler under the stack that streams, and AWS’s runtime client', () => {
  const ask = (body: object) => proxyEvent(routeOf('chat-completions'), { body });

  test('expected failure: an answer that breaks midway is reported as failed, and the next one is given', async () => {
    start(handlers, 'stacked.handler');

    const broken = answerOf(await api.invoke(ask({ failAfter: 1 })));
    const fine = answerOf(await api.invoke(ask({})));

    expect(broken).toMatchObject({ statusCode: 200, body: 'data: 0\n\n', failure: 'Error' });
    expect(fine).toMatchObject({ body: 'data: 0\n\ndata: 1\n\ndata: 2\n\n', failure: '' });
    expect(await lines(2)).toEqual([
      expect.objectContaining({ level: 'ERROR', ended: 'failed', closed: true }),
      expect.objectContaining({ level: 'INFO', ended: 'complete', closed: true }),
    ]);
  });

  test('expected failure: one that breaks before its first piece is answered', async () => {
    start(handlers, 'stacked.handler');

    const { statusCode, body, failure } = answerOf(await api.invoke(ask({ failAfter: 0 })));

    expect(statusCode).toBe(500);
    expect(JSON.parse(body!).error).toMatchObject({ type: 'internal' });
    expect(failure).toBe('');
  });

  test('says its last words before the time is up', async () => {
    start(handlers, 'stacked.handler');

    const outcome = await api.invoke(ask({ count: 1, waits: true }), { timeoutMs: 3000 });

    expect(answerOf(outcome)).toMatchObject({ body: 'data: 0\n\ndata: time_limit\n\n', failure: '' });
    expect(await lines(1)).toEqual([expect.objectContaining({ ended: 'time_limit', closed: true })]);
  });
});
