/** Puts server-sent events together again out of bytes that are cut anywhere. */
import { noAnswer } from './container-errors.ts';

/** One event: its kind, if it says one, and its data. */
export interface ServerEvent {
  readonly kind: string;
  readonly data: string;
}

/** The events of one stream. */
export interface EventReader {
  /**
   * The events that a part completes.
   *
   * @throws upstream `endpoint_failed` for an event of more than 8 million characters
   */
  take(part: Uint8Array): readonly ServerEvent[];
  /** What was not ended by an empty line is an event all the same: then something is missing, which its reader sees. */
  end(): readonly ServerEvent[];
}

/** More than any answer as a whole; a container that never ends a line would fill the memory. */
const maxEventChars = 8_388_608;

/**
 * Reads events, each as soon as its last line is there. A line that is an object of JSON counts as an event too: that is
 * how some containers stream, and how others answer who do not stream at all.
 */
export function createEventReader(): EventReader {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  let restChars = 0;
  let kind = '';
  let data: string[] = [];
  let dataChars = 0;

  const endEvent = (events: ServerEvent[]): void => {
    if (data.length > 0) events.push({ kind, data: data.length === 1 ? data[0]! : data.join('\n') });
    kind = '';
    data = [];
    dataChars = 0;
  };
  const takeLine = (line: string, events: ServerEvent[]): void => {
    if (line === '') endEvent(events);
    else if (line.startsWith('data:')) {
      data.push(fieldOf(line));
      dataChars += line.length;
    } else if (line.startsWith('{')) {
      endEvent(events);
      events.push({ kind: '', data: line });
    } else if (line.startsWith('event:')) kind = fieldOf(line);
  };
  const takeText = (text: string): readonly ServerEvent[] => {
    rest.push(text);
    restChars += text.length;
    if (restChars + dataChars > maxEventChars) {
      throw noAnswer(`an event of its stream has more than ${maxEventChars} characters`);
    }
    // A line that comes in many parts is put together once: looking through it with each takes the square of its length.
    if (!text.includes('\n')) return [];
    const all = rest.length === 1 ? text : rest.join('');
    const events: ServerEvent[] = [];
    let start = 0;
    for (let end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', start)) {
      takeLine(all.slice(start, all[end - 1] === '\r' ? end - 1 : end), events);
      start = end + 1;
    }
    rest = start < all.length ? [all.slice(start)] : [];
    restChars = all.length - start;
    return events;
  };
  return {
    take: (part) => takeText(decoder.decode(part, { stream: true })),
    end: () => {
      const events = [...takeText(`${decoder.decode()}\n`)];
      endEvent(events);
      return events;
    },
  };
}

/** What a line's field says. */
function fieldOf(line: string): string {
  const start = line.indexOf(':') + 1;
  return line.slice(line[start] === ' ' ? start + 1 : start);
}
