import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents, type ServerEvent } from '../../lib/generate/read-events.ts';

const encoder = new TextEncoder();

async function* slices(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

async function read(text: string, cuts: readonly number[] = []): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const some of readEvents(slices(encoder.encode(text), cuts))) events.push(...some);
  return events;
}

const dataOf = (events: readonly ServerEvent[]): string[] => events.map(({ data }) => data);

describe('events', () => {
  it.each([
    ['with a space after the colon', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['without one', 'data:a\n\ndata:b\n\n', ['a', 'b']],
    ['with the line ends of other systems', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['among comments and fields that nobody needs', ': hi\n\nid: 1\nretry: 5\ndata: a\n\n:\n\n', ['a']],
    ['whose data are on several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['of which the last is not ended', 'data: a\n\ndata: b', ['a', 'b']],
    ['that are lines of JSON', '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['that are one object of JSON', '{"a":1}', ['{"a":1}']],
    ['with a mark of the byte order', '\ufeffdata: a\n\n', ['a']],
    ['of nothing', '', []],
  ])('are read %s', async (_, text, data) => {
    expect(dataOf(await read(text))).toEqual(data);
  });

  it('have the kind that they say', async () => {
    const events = await read('event: error\ndata: a\n\ndata: b\n\n');

    expect(events).toEqual([
      { kind: 'error', data: 'a' },
      { kind: '', data: 'b' },
    ]);
  });

  it('are the same however the bytes are cut', async () => {
    const event = fc.record({ text: fc.string({ unit: 'grapheme' }), end: fc.constantFrom('\n', '\r\n') });

    await fc.assert(
      fc.asyncProperty(fc.array(event), fc.array(fc.nat()), async (events, cuts) => {
        const data = events.map(({ text }) => JSON.stringify(text));
        const stream = events.map(({ end }, index) => `data: ${data[index]}${end}${end}`).join('');

        expect(dataOf(await read(stream, cuts))).toEqual(data);
      }),
    );
  });

  it('are read in good time where one line comes in thousands of parts', async () => {
    const text = `{"choices":"${'x'.repeat(4_194_304)}"}`;
    const cuts = Array.from({ length: 4096 }, (_, index) => index * 1024);

    const events = await read(text, cuts);

    expect(events.map(({ data }) => data.length)).toEqual([text.length]);
  });

  it.each([
    ['a line that never ends', 'data: '.padEnd(1_048_576, 'x'), 'x'.repeat(1_048_576)],
    ['lines that never become an event', 'event: x\n', `data: ${'x'.repeat(1_048_576)}\n`],
  ])('expected failure: are no more read after 8 million characters of %s', async (_, first, next) => {
    let taken = 0;
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield encoder.encode(first);
      for (;;) {
        taken += 1;
        if (taken > 16) throw new Error('this goes on for ever');
        yield encoder.encode(next);
      }
    }

    const reading = (async () => {
      for await (const _events of readEvents(parts()));
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'upstream', code: 'endpoint_failed' });
    expect(taken).toBeGreaterThan(6);
  });

  it('are there as soon as their last byte is', async () => {
    const seen: string[] = [];
    async function* parts(): AsyncGenerator<Uint8Array> {
      for (const part of ['data: a\n', '\nda', 'ta: b\n\n']) {
        yield encoder.encode(part);
        seen.push(`after ${JSON.stringify(part)}`);
      }
    }

    for await (const events of readEvents(parts())) seen.push(...dataOf(events));

    expect(seen).toEqual(['after "data: a\\n"', 'a', 'after "\\nda"', 'b', 'after "ta: b\\n\\n"']);
  });
});
