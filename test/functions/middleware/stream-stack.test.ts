import type { APIGatewayProxyEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type HttpHandler,
  type HttpRequest,
  httpStack,
  type StreamStackOptions,
  streamStack,
} from '../../../functions/middleware/index.ts';
import { nobody } from '../../../lib/access/index.ts';
import { invalidInput, isOnrampError, notReady, silentLogger } from '../../../lib/core/index.ts';
import { gatewayEvent, lambdaContext } from '../api-gateway.ts';
import { recorder } from '../recorder.ts';
import { createTime, fakeAwslambda, settled, TestOutput } from './stream-output.ts';

beforeAll(fakeAwslambda);

const ask = gatewayEvent({ method: 'POST', route: '/v1/models/{model}/predict', body: { n: 3 } });

/** Begins a call; `done` is how the invocation ends. */
function begin(
  handler: HttpHandler<unknown>,
  {
    event = ask,
    highWaterMark = 16_384,
    ...options
  }: Partial<StreamStackOptions> & {
    readonly event?: APIGatewayProxyEvent;
    readonly highWaterMark?: number;
  } = {},
) {
  const logger = recorder();
  const output = new TestOutput({ highWaterMark });
  const stack = streamStack(handler, { service: 'test', logger, ...options });
  const done = stack(event, output as never, lambdaContext);
  done.catch(() => {});
  return { done, output, lines: logger.lines };
}

/** An answer whose pieces a generator makes. */
const streaming =
  (make: (request: HttpRequest) => AsyncIterable<string | Uint8Array>): HttpHandler<unknown> =>
  async (request) => ({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    stream: make(request),
  });

/** A promise, and what fulfils it. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}

const never = new Promise<never>(() => {});

describe('an answer piece by piece', () => {
  it('goes out in order, behind status and headers that let nobody collect it', async () => {
    const { done, output } = begin(
      streaming(async function* () {
        for (const piece of ['a', 'b', 'c']) yield piece;
        yield new TextEncoder().encode('ü');
      }),
    );
    await done;

    expect(output.taken).toEqual(['a', 'b', 'c', 'ü']);
    expect(output.head).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
        'x-request-id': 'request-1',
      },
    });
    expect(output.writableFinished).toBe(true);
  });

  it('goes out with its first piece before the second is made', async () => {
    const second = gate();
    const { done, output } = begin(
      streaming(async function* () {
        yield 'first';
        await second.passed;
        yield 'second';
      }),
    );

    await output.came(1);
    const atFirst = [...output.taken];
    second.open();
    await done;

    expect(atFirst).toEqual(['first']);
    expect(output.taken).toEqual(['first', 'second']);
  });

  it('is made no faster than it is taken off', async () => {
    let made = 0;
    const { done, output } = begin(
      streaming(async function* () {
        for (; made < 100; made += 1) yield '0123456789';
      }),
      { highWaterMark: 50 },
    );

    output.hold();
    await settled();
    const madeAhead = made;
    output.release();
    await done;

    expect(madeAhead).toBeLessThan(6);
    expect(output.text).toBe('0123456789'.repeat(100));
  });

  it('may be empty', async () => {
    const { done, output, lines } = begin(streaming(async function* () {}));
    await done;

    expect(output.head?.statusCode).toBe(200);
    expect(output.writableFinished).toBe(true);
    expect(lines[0]?.data).toMatchObject({ ended: 'complete', bytes_out: 0 });
    expect(lines[0]?.data).not.toHaveProperty('first_byte_ms');
  });

  it('has one line in the log, after its end, with what was added on the way', async () => {
    const end = gate();
    const { done, output, lines } = begin(
      streaming(async function* ({ annotate }) {
        annotate({ model: 'assistant' });
        yield 'häl';
        await end.passed;
        yield 'lo';
        annotate({ output_tokens: 2 });
      }),
    );

    await output.came(1);
    const early = [...lines];
    end.open();
    await done;

    expect(early).toEqual([]);
    expect(lines).toHaveLength(1);
    const { level, message, data } = lines[0]!;
    expect({ level, message }).toEqual({ level: 'info', message: 'answered' });
    expect(data).toMatchObject({
      request_id: 'request-1',
      caller: 'test',
      status: 200,
      bytes: 7,
      model: 'assistant',
      output_tokens: 2,
      ended: 'complete',
      bytes_out: 6,
    });
    expect(data.first_byte_ms).toBeLessThanOrEqual(data.ms as number);
  });
});

describe('an answer as a whole', () => {
  it.each([
    ['JSON', { body: { a: 1 } }, '{"a":1}', 'application/json'],
    ['text', { text: 'x,y', headers: { 'content-type': 'text/csv' } }, 'x,y', 'text/csv'],
    [
      'bytes',
      { bytes: Buffer.from('PK'), headers: { 'content-type': 'application/zip' } },
      'PK',
      'application/zip',
    ],
    ['nothing', {}, '', undefined],
  ])('goes out by the same way: %s', async (_, answer, text, type) => {
    const { done, output, lines } = begin(async () => ({ status: 201, ...answer }));
    await done;

    expect(output.text).toBe(text);
    expect(output.head?.statusCode).toBe(201);
    expect(output.head?.headers['content-type']).toBe(type);
    expect(output.head?.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(lines[0]?.data).toMatchObject({ status: 201, ended: 'complete', bytes_out: text.length });
  });

  it('may be longer than what other functions can give', async () => {
    const text = 'x'.repeat(8_000_000);
    const { done, output } = begin(async () => ({ status: 200, text }));
    await done;

    expect(output.text.length).toBe(text.length);
  });

  it('bad call: a body that is no JSON, and a caller nobody has checked', async () => {
    const broken = begin(async () => ({ status: 200 }), { event: { ...ask, body: '{"n": oops}' } });
    const unknown = begin(async () => ({ status: 200 }), {
      event: gatewayEvent({ method: 'POST', route: '/v1/models/{model}/predict', access: nobody }),
    });
    await Promise.all([broken.done, unknown.done]);

    expect(broken.output.head?.statusCode).toBe(400);
    expect(JSON.parse(broken.output.text).error).toMatchObject({ code: 'invalid_json' });
    expect(unknown.output.head?.statusCode).toBe(401);
  });
});

describe('a failure', () => {
  it.each([
    ['in the handler', async () => Promise.reject(notReady('Wait a little.', { code: 'starting' }))],
    [
      'before the first piece',
      // biome-ignore lint/correctness/useYield: it fails before there is anything to give
      streaming(async function* () {
        throw notReady('Wait a little.', { code: 'starting' });
      }),
    ],
  ])('expected failure: %s it is answered with a status of its own', async (_, handler) => {
    const { done, output, lines } = begin(handler);
    await done;

    expect(output.head).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/json', 'retry-after': '5' },
    });
    expect(JSON.parse(output.text).error).toMatchObject({ type: 'not_ready', code: 'starting' });
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'refused',
        data: expect.objectContaining({ status: 503, ended: 'complete' }),
      },
    ]);
  });

  it('expected failure: in the middle it ends the invocation, and nothing looks complete', async () => {
    const { done, output, lines } = begin(
      streaming(async function* () {
        yield 'a';
        throw new Error('the pipe burst');
      }),
    );

    await expect(done).rejects.toThrow('the pipe burst');
    expect(output.taken).toEqual(['a']);
    expect(output.writableEnded).toBe(false);
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'answered',
        data: expect.objectContaining({
          status: 200,
          ended: 'failed',
          bytes_out: 1,
          error: new Error('the pipe burst'),
        }),
      },
    ]);
  });

  it('expected failure: a stream under a stack that gives answers as a whole', async () => {
    const stack = httpStack(
      streaming(async function* () {
        yield 'a';
      }),
      { service: 'test', logger: silentLogger },
    );

    expect(await stack(ask, lambdaContext)).toMatchObject({ statusCode: 500 });
  });
});

describe('a client that leaves', () => {
  it('ends the producer, and leaves one line in the log with what was counted', async () => {
    const reasons: unknown[] = [];
    const { done, output, lines } = begin(
      streaming(async function* ({ signal, annotate }) {
        signal.addEventListener('abort', () => reasons.push(signal.reason.code));
        let count = 0;
        try {
          for (; ; count += 1) yield 'token ';
        } finally {
          annotate({ output_tokens: count });
        }
      }),
    );

    await output.came(3);
    output.destroy();
    await done;

    expect(reasons).toEqual(['client_left']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'info', message: 'answered' });
    expect(lines[0]?.data).toMatchObject({ status: 200, ended: 'client_left' });
    expect(lines[0]?.data.output_tokens).toBeGreaterThanOrEqual(2);
  });

  it('ends the producer even if it leaves just as the first piece is there', async () => {
    let isClosed = false;
    const { done, output, lines } = begin(async () => ({
      status: 200,
      stream: {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            queueMicrotask(() => queueMicrotask(() => output.emit('close')));
            return { done: false, value: 'a' } as const;
          },
          return: async () => {
            isClosed = true;
            return { done: true, value: undefined } as const;
          },
        }),
      },
    }));
    await done;

    expect(isClosed).toBe(true);
    expect(lines.map(({ data }) => data.ended)).toEqual(['client_left']);
  });

  it('is noticed while a slow reader is waited for', async () => {
    let isClosed = false;
    const { done, output, lines } = begin(
      streaming(async function* () {
        try {
          for (;;) yield 'token ';
        } finally {
          isClosed = true;
        }
      }),
      { highWaterMark: 1 },
    );

    output.hold();
    await settled();
    output.destroy();
    await done;

    expect(isClosed).toBe(true);
    expect(lines[0]?.data).toMatchObject({ ended: 'client_left' });
  });

  it.each([
    ['a handler', () => never],
    [
      'a producer',
      streaming(async function* () {
        yield await never;
      }),
    ],
  ])('does not have to wait for %s that hangs before the first piece', async (_, handler) => {
    const time = createTime();
    const { done, output, lines } = begin(handler, { timer: time.timer });

    await settled();
    output.destroy();
    await settled();
    // The patience with a producer that does not let itself be closed.
    time.pass(1000);
    await done;

    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'info', message: 'refused' });
    expect(lines[0]?.data).toMatchObject({
      status: 499,
      code: 'client_left',
      ended: 'client_left',
      bytes_out: 0,
    });
    expect(time.pending()).toBe(0);
  });
});

describe('the time that Lambda gives', () => {
  // The context of these calls has 30 seconds, of which a tenth is kept back.
  it('is told to the producer while there is time to say so in its own words', async () => {
    const time = createTime();
    const { done, output, lines } = begin(
      streaming(async function* ({ signal }) {
        yield 'data: 1\n\n';
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        yield isOnrampError(signal.reason) ? `data: ${signal.reason.code}\n\n` : '';
      }),
      { timer: time.timer },
    );

    await output.came(1);
    time.pass(26_999);
    await settled();
    const before = output.text;
    time.pass(1);
    await done;

    expect(before).toBe('data: 1\n\n');
    expect(output.text).toBe('data: 1\n\ndata: time_limit\n\n');
    expect(output.writableFinished).toBe(true);
    expect(lines[0]).toMatchObject({ level: 'info', data: { ended: 'time_limit', status: 200 } });
    expect(time.pending()).toBe(0);
  });

  it('ends a producer that does not listen', async () => {
    const time = createTime();
    const { done, output, lines } = begin(
      streaming(async function* () {
        yield 'data: 1\n\n';
        await never;
      }),
      { timer: time.timer },
    );

    await output.came(1);
    time.pass(27_000);
    await settled();
    const before = [...lines];
    time.pass(1500);
    await settled();
    time.pass(1000);

    await expect(done).rejects.toMatchObject({ code: 'time_limit' });
    expect(before).toEqual([]);
    expect(output.writableEnded).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'error', data: { ended: 'time_limit' } });
  });

  it('expected failure: up before the first piece it is answered with a status', async () => {
    const time = createTime();
    const { done, output } = begin(() => never, { timer: time.timer });

    await settled();
    time.pass(27_000);
    time.pass(1500);
    await done;

    expect(output.head?.statusCode).toBe(413);
    expect(JSON.parse(output.text).error).toMatchObject({
      code: 'time_limit',
      message: 'The answer was not complete after 27 s, the longest there is; ask for a shorter one.',
    });
  });

  it('leaves no timer behind when the answer is complete', async () => {
    const time = createTime();
    const { done } = begin(async () => Promise.reject(invalidInput('No.')), { timer: time.timer });
    await done;

    expect(time.pending()).toBe(0);
  });
});
