import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readParts } from '../../lib/endpoint/event-stream.ts';
import { bytesOf, frame, part } from './event-stream.ts';

async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* payloads(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const { PayloadPart } of readParts(Readable.from(source))) yield PayloadPart.Bytes;
}

const read = async (...chunks: readonly Uint8Array[]): Promise<string> =>
  (await bytesOf(payloads(chunksOf(...chunks)))).toString();

/** The beginning of a message of so many bytes, without headers. */
function prelude(length: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

const wire = Buffer.concat([part('data: one\n\n'), part('data: two\n\n')]);

test('parts are read however the bytes are cut, empty pieces among them', async () => {
  const cuts = fc.array(fc.nat(wire.length), { maxLength: 30 });

  await fc.assert(
    fc.asyncProperty(cuts, async (places) => {
      const ends = [...places, wire.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => wire.subarray(ends[index - 1] ?? 0, end));

      expect(await read(...chunks)).toBe('data: one\n\ndata: two\n\n');
    }),
    { seed: 7 },
  );
});

test('a part may be longer than any piece it comes in', async () => {
  const long = part('x'.repeat(200_000));
  const chunks = Array.from({ length: 51 }, (_, index) => long.subarray(index * 4_000, (index + 1) * 4_000));

  expect(await read(...chunks)).toBe('x'.repeat(200_000));
});

test('headers of every type are passed over but for texts', async () => {
  const values = [
    [0],
    [1],
    [2, 7],
    [3, 0, 7],
    [4, 0, 0, 0, 7],
    [5, 0, 0, 0, 0, 0, 0, 0, 7],
    [6, 0, 2, 58, 109],
    [8, 0, 0, 0, 0, 0, 0, 0, 7],
    [9, ...Array.from({ length: 16 }, () => 7)],
  ];
  const others = values.flatMap((value) => [1, 120, ...value]);

  const message = frame({ ':message-type': 'event', ':event-type': 'PayloadPart' }, Buffer.from('a'), others);

  expect(await read(message)).toBe('a');
});

describe('what is wrong with the bytes', () => {
  test('any byte that is not the one that was sent is noticed', async () => {
    for (let index = 0; index < wire.length; index += 1) {
      const changed = Buffer.from(wire);
      changed[index]! ^= 0x41;

      await expect(read(changed)).rejects.toThrow(/checksum|message/);
    }
  });

  test('an end within a message is noticed, wherever it is', async () => {
    for (let length = 1; length < wire.length; length += 1) {
      if (length === wire.length / 2) continue;

      await expect(read(wire.subarray(0, length))).rejects.toThrow(/bytes into a message/);
    }
  });

  test('bytes that are no stream are refused by the first of them, whatever length they seem to name', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('<html>garb');
      yield Buffer.from('age</html>');
      throw new Error('read on');
    };

    await expect(bytesOf(payloads(endless()))).rejects.toThrow('no event stream');
  });

  test('a message that would be longer than any is refused by its first bytes, and nothing is kept of it', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      yield prelude(16_777_217);
      throw new Error('read on');
    };

    await expect(bytesOf(payloads(endless()))).rejects.toThrow('16777217 bytes is longer than the 16777216');
    await expect(read(prelude(16_777_216))).rejects.toThrow('12 bytes into a message');
  });

  test.each([
    [
      'a header of a type that is not known',
      frame({ ':message-type': 'event' }, Buffer.alloc(0), [1, 120, 10]),
      'type 10',
    ],
    ['a type of message that is not known', frame({ ':message-type': 'news' }, Buffer.alloc(0)), '"news"'],
  ])('%s is named', async (_, message, words) => {
    await expect(read(message)).rejects.toThrow(words);
  });
});
