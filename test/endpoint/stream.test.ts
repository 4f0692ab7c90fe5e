import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createEndpoints,
  type EndpointBodyCall,
  type EndpointStream,
  type Endpoints,
} from '../../lib/endpoint/index.ts';
import { exception, frame, part, unmodelled } from './event-stream.ts';
import {
  beginStream,
  frames,
  plainClient,
  runtimeClient,
  type Script,
  startRuntime,
} from './runtime-server.ts';
import { manualTimers } from './timers.ts';

const call: EndpointBodyCall = { endpoint: 'llm', contentType: 'application/json', body: '{}' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is read of a stream before it ends or breaks, and by what it breaks. */
async function readAll(endpoints: Endpoints): Promise<{ readonly read: Buffer; readonly failure: unknown }> {
  const read: Uint8Array[] = [];
  try {
    const { parts } = await endpoints.stream(call);
    for await (const bytes of parts) read.push(bytes);
    return { read: Buffer.concat(read), failure: null };
  } catch (failure) {
    return { read: Buffer.concat(read), failure };
  }
}

describe('the bytes', () => {
  test.each([
    ['ours', runtimeClient],
    ['the SDK as it comes', plainClient],
  ])(
    'are the same however they are cut into parts, and the parts into packets, to %s',
    async (_, clientOf) => {
      let script: Script = frames();
      const runtime = await startRuntime((response, received) => script(response, received));
      const endpoints = createEndpoints({}, clientOf(runtime.url));
      const pieces = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 });
      const cuts = fc.array(fc.nat(400), { maxLength: 8 });

      await fc.assert(
        fc.asyncProperty(pieces, cuts, async (given, places) => {
          const wire = Buffer.concat(given.map(part));
          const sorted = [0, ...places.map((place) => place % (wire.length + 1)), wire.length].sort(
            (a, b) => a - b,
          );
          script = async (response) => {
            beginStream(response);
            for (const [index, from] of sorted.slice(0, -1).entries()) {
              response.write(wire.subarray(from, sorted[index + 1]));
              await turn();
            }
            response.end();
          };

          const { read, failure } = await readAll(endpoints);

          expect(failure).toBeNull();
          expect(read).toEqual(Buffer.concat(given));
        }),
        { numRuns: 60, seed: 7 },
      );
    },
  );

  test('up to a break are those that came whole, and the break is never taken for the end', async () => {
    const wire = Buffer.concat([part('data: one\n\n'), part('data: two\n\n')]);
    let length = 0;
    const runtime = await startRuntime((response) => {
      beginStream(response).write(wire.subarray(0, length), () => response.destroy());
    });
    const breaker = { failuresInRow: Number.POSITIVE_INFINITY, leastOutcomes: Number.POSITIVE_INFINITY };
    const endpoints = createEndpoints({ breaker, retries: { attempts: 1 } }, runtime.client);

    for (length = 1; length <= wire.length; length += 1) {
      const { read, failure } = await readAll(endpoints);

      const whole = [0, wire.length / 2, wire.length].findLast((end) => end <= length)!;
      expect(read.toString()).toBe('data: one\n\ndata: two\n\n'.slice(0, (whole / wire.length) * 22));
      const code = whole === 0 ? 'endpoint_failed' : 'endpoint_stream_broken';
      expect(failure).toMatchObject({ kind: 'upstream', code });
    }
  });

  test('are given as soon as they are there', async () => {
    const asked = Promise.withResolvers<void>();
    const runtime = await startRuntime(async (response) => {
      beginStream(response).write(part('a'));
      await asked.promise;
      response.end(part('b'));
    });

    const { parts } = await createEndpoints({}, runtime.client).stream(call);
    const iterator = parts[Symbol.asyncIterator]();
    const first = await iterator.next();
    asked.resolve();
    const second = await iterator.next();

    expect([first, second].map(({ value }) => String.fromCharCode(...value))).toEqual(['a', 'b']);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('are not read ahead: a slow reader holds up the container, and does not fill the memory', async () => {
    const block = part(new Uint8Array(65_536));
    const blocks = 1_024;
    let written = 0;
    const runtime = await startRuntime(async (response) => {
      beginStream(response);
      for (; written < blocks; written += 1) {
        if (!response.write(block)) await new Promise((resolve) => response.once('drain', resolve));
      }
      response.end();
    });

    const { parts } = await createEndpoints({}, runtime.client).stream(call);
    const iterator = parts[Symbol.asyncIterator]();
    await iterator.next();
    for (let count = 0; count < 3_000; count += 1) await turn();

    expect(written).toBeLessThan(blocks / 2);
    await iterator.return!();
  });
});

describe('a stream that breaks in the middle', () => {
  const broken = Buffer.from(part('b'));
  broken[broken.length - 6]! ^= 1;

  test.each<[string, Uint8Array, RegExp]>([
    [
      'by its container',
      exception('ModelStreamError', { Message: 'Reset by peer.', ErrorCode: 'StreamBroken' }),
      /ModelStreamError: StreamBroken: Reset by peer\.$/,
    ],
    [
      'by the time SageMaker gives it',
      exception('ModelStreamError', { Message: 'Too long.', ErrorCode: 'ModelInvocationTimeExceeded' }),
      /ModelInvocationTimeExceeded/,
    ],
    [
      'by SageMaker',
      exception('InternalStreamFailure', { Message: 'Sorry.' }),
      /InternalStreamFailure: Sorry\.$/,
    ],
    ['by what nobody knows', exception('NewFailure', { Message: 'Hm.' }), /NewFailure/],
    [
      'by an error without a model',
      unmodelled('InternalServerError', 'Oops.'),
      /InternalServerError: Oops\.$/,
    ],
    ['by a wrong checksum', broken, /checksum/],
    ['by a frame without headers', frame({}, Buffer.from('x')), /broke/],
    ['by garbage', Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\n<html></html>'), /broke/],
    ['by zeros', Buffer.alloc(32), /broke/],
  ])('%s is told of, after what came before', async (_, bytes, words) => {
    const runtime = await startRuntime(frames(part('a'), bytes, part('c')));

    const { read, failure } = await readAll(createEndpoints({}, runtime.client));

    expect(read.toString()).toBe('a');
    expect(failure).toMatchObject({ kind: 'upstream', code: 'endpoint_stream_broken' });
    expect((failure as Error).message).toMatch(words);
    expect((failure as Error).message).toMatch(/^The stream of SageMaker endpoint "llm" broke: /);
    expect(runtime.received).toHaveLength(1);
  });

  test('events that are none of ours are passed over', async () => {
    const other = frame({ ':event-type': 'Heartbeat', ':message-type': 'event' }, Buffer.alloc(0));
    const runtime = await startRuntime(frames(other, part('a'), other, part('b')));

    const { read, failure } = await readAll(createEndpoints({}, runtime.client));

    expect({ read: read.toString(), failure }).toEqual({ read: 'ab', failure: null });
  });

  test('ends its connection, whatever the container still has to say', async () => {
    const runtime = await startRuntime((response) => {
      beginStream(response).write(Buffer.concat([part('a'), exception('InternalStreamFailure', {})]));
    });

    const { failure } = await readAll(createEndpoints({}, runtime.client));

    expect(failure).toMatchObject({ code: 'endpoint_stream_broken' });
    await runtime.received[0]!.left;
  });
});

describe('a stream that says nothing more', () => {
  const silent: Script = (response) => {
    beginStream(response).write(part('a'));
  };

  test('is broken after its time of silence, counted only while a part is awaited', async () => {
    const runtime = await startRuntime(silent);
    const timers = manualTimers();
    const { parts } = await createEndpoints({ timers }, runtime.client).stream(call);
    const iterator = parts[Symbol.asyncIterator]();

    timers.advance(59_999);
    await iterator.next();
    timers.advance(59_999);
    const next = Promise.allSettled([iterator.next()]);
    await timers.isSet(60_000);
    timers.advance(60_000);

    expect(await next).toMatchObject([
      {
        reason: {
          code: 'endpoint_stream_broken',
          message: 'The stream of SageMaker endpoint "llm" broke: StreamLimit: nothing came for 60000 ms',
        },
      },
    ]);
    await runtime.received[0]!.left;
    expect(timers.pending()).toBe(0);
  });

  test('is broken when its whole time is over, read or not', async () => {
    const runtime = await startRuntime(silent);
    const timers = manualTimers();
    const { parts } = await createEndpoints({ timers }, runtime.client).stream(call);
    const iterator = parts[Symbol.asyncIterator]();

    timers.advance(490_000);
    await runtime.received[0]!.left;
    const first = await iterator.next();

    expect(first.done).toBe(false);
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'endpoint_stream_broken',
      message: expect.stringContaining('longer than 490000 ms'),
    });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe('a reader who leaves', () => {
  const endless: Script = async (response) => {
    beginStream(response);
    while (!response.destroyed) {
      response.write(part('x'));
      await turn();
    }
  };

  const open = async (script: Script, signal?: AbortSignal) => {
    const runtime = await startRuntime(script);
    const timers = manualTimers();
    const endpoints = createEndpoints({ timers }, runtime.client);
    const stream: EndpointStream = await endpoints.stream({ ...call, ...(signal && { signal }) });
    return {
      iterator: stream.parts[Symbol.asyncIterator](),
      stream,
      timers,
      left: runtime.received[0]!.left,
    };
  };

  test('the loop ends the connection', async () => {
    const { stream, timers, left } = await open(endless);

    let count = 0;
    for await (const _ of stream.parts) {
      count += 1;
      if (count === 5) break;
    }

    await left;
    expect(count).toBe(5);
    expect(timers.pending()).toBe(0);
  });

  test('without having read ends the connection', async () => {
    const { iterator, timers, left } = await open(endless);

    expect(await iterator.return!()).toEqual({ done: true, value: undefined });

    await left;
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(timers.pending()).toBe(0);
  });

  test('while a part is awaited need not wait for it', async () => {
    const { iterator, timers, left } = await open((response) => {
      beginStream(response).write(part('a'));
    });
    await iterator.next();
    const awaited = iterator.next();
    await timers.isSet(60_000);

    const end = await iterator.return!();

    expect(end).toEqual({ done: true, value: undefined });
    expect(await awaited).toEqual({ done: true, value: undefined });
    await left;
  });

  test('by its signal is told his own reason, whether a part is awaited or not', async () => {
    const silent: Script = (response) => {
      beginStream(response).write(part('a'));
    };
    const reason = new Error('gone');

    for (const isAwaited of [true, false]) {
      const caller = new AbortController();
      const { iterator, timers, left } = await open(silent, caller.signal);
      await iterator.next();
      const awaited = isAwaited ? Promise.allSettled([iterator.next()]) : null;
      caller.abort(reason);
      const [result] = await (awaited ?? Promise.allSettled([iterator.next()]));

      expect(result).toEqual({ status: 'rejected', reason });
      await left;
      expect(timers.pending()).toBe(0);
    }
  });
});
