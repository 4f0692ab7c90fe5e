/** Puts server-sent events together again out of bytes that are cut anywhere. */
import { noAnswer } from './container-errors.ts';

/** One event: its kind, if it says one, and its data. */
export interface ServerEvent {
  readonly kind: string;
  readonly data: string;
}

/** More than any answer as a whole; a container that never ends a line would fill the memory. */
const maxEventChars = 8_388_608;

/**
 * The events of a stream, each as soon as its last line is there; those that a part completes come together. A line that
 * is an object of JSON counts as an event too: that is how some containers stream, and how others answer who do not
 * stream at all.
 *
 * @throws upstream `endpoint_failed` for an event of more than 8 million characters
 */
export async function* readEvents(parts: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ServerEvent[]> {
  const reader = createEventReader();
  for await (const part of parts) {
    const events = reader.take(part);
    if (events.length > 0) yield events;
  }
  const events = reader.end();
  if (events.length > 0) yield events;
}

function createEventReader() {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let kind = '';
  let data: string[] = [];
  let restChars = 0;
  let dataChars = 0;

  const endEvent = (): ServerEvent[] => {
    const event = { kind, data: data.join('\n') };
    const isEmpty = data.length === 0;
    kind = '';
    data = [];
    dataChars = 0;
    return isEmpty ? [] : [event];
  };
  const takeLine = (line: string): ServerEvent[] => {
    if (line === '') return endEvent();
    if (line.startsWith('{')) return [...endEvent(), { kind: '', data: line }];
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1);
    const text = value.startsWith(' ') ? value.slice(1) : value;
    if (line.startsWith('data:')) {
      data.push(text);
      dataChars += line.length;
    }
    if (line.startsWith('event:')) kind = text;
    return [];
  };
  const takeText = (text: string): ServerEvent[] => {
    rest.push(text);
    restChars += text.length;
    if (restChars + dataChars > maxEventChars) {
      throw noAnswer(`an event of its stream has more than ${maxEventChars} characters`);
    }
    // A line that comes in many parts is put together once: looking through it with each takes the square of its length.
    if (!text.includes('\n')) return [];
    const lines = rest.join('').split('\n');
    rest = [lines.pop()!];
    restChars = rest[0]!.length;
    return lines.flatMap((line) => takeLine(line.endsWith('\r') ? line.slice(0, -1) : line));
  };
  return {
    take: (part: Uint8Array): ServerEvent[] => takeText(decoder.decode(part, { stream: true })),
    /** What was not ended by an empty line is an event all the same: then something is missing, which its reader sees. */
    end: (): ServerEvent[] => [...takeText(`${decoder.decode()}\n`), ...endEvent()],
  };
}
