import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventReader, type ServerEvent } from '../../lib/generate/read-events.ts';

const encoder = new TextEncoder();

function* slices(bytes: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

function read(text: string, cuts: readonly number[] = []): ServerEvent[] {
  const reader = createEventReader();
  const events = [...slices(encoder.encode(text), cuts)].flatMap((part) => reader.take(part));
  return [...events, ...reader.end()];
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
  ])('are read %s', (_, text, data) => {
    expect(dataOf(read(text))).toEqual(data);
  });

  it('have the kind that they say', () => {
    const events = read('event: error\ndata: a\n\ndata: b\n\n');

    expect(events).toEqual([
      { kind: 'error', data: 'a' },
      { kind: '', data: 'b' },
    ]);
  });

  it('are the same however the bytes are cut', () => {
    const event = fc.record({ text: fc.string({ unit: 'grapheme' }), end: fc.constantFrom('\n', '\r\n') });

    fc.assert(
      fc.property(fc.array(event), fc.array(fc.nat()), (events, cuts) => {
        const data = events.map(({ text }) => JSON.stringify(text));
        const stream = events.map(({ end }, index) => `data: ${data[index]}${end}${end}`).join('');

        expect(dataOf(read(stream, cuts))).toEqual(data);
      }),
    );
  });

  it('are read in good time where one line comes in thousands of parts', () => {
    const text = `{"choices":"${'x'.repeat(4_194_304)}"}`;
    const cuts = Array.from({ length: 4096 }, (_, index) => index * 1024);

    const events = read(text, cuts);

    expect(events.map(({ data }) => data.length)).toEqual([text.length]);
  });

  it.each([
    ['a line that never ends', 'data: '.padEnd(1_048_576, 'x'), 'x'.repeat(1_048_576)],
    ['lines that never become an event', 'event: x\n', `data: ${'x'.repeat(1_048_576)}\n`],
  ])('expected failure: are no more read after 8 million characters of %s', (_, first, next) => {
    const reader = createEventReader();
    reader.take(encoder.encode(first));
    const block = encoder.encode(next);

    for (let count = 0; count < 6; count += 1) expect(reader.take(block)).toEqual([]);
    const reading = (): void => {
      for (let count = 0; count < 8; count += 1) reader.take(block);
    };

    expect(reading).toThrow(expect.objectContaining({ kind: 'upstream', code: 'endpoint_failed' }));
  });

  it('are there as soon as their last byte is', () => {
    const reader = createEventReader();

    const seen = ['data: a\n', '\nda', 'ta: b\n\n'].map((part) => dataOf(reader.take(encoder.encode(part))));

    expect(seen).toEqual([[], ['a'], ['b']]);
  });
});
