/** The text of an answer in a stream: a container's events, each held to the rules, or written like one that was. */
import { type OnrampError, upstream } from '../core/index.ts';
import { chunksOfWhole, createChunkRules } from './chunk-rules.ts';
import { type ChunkTemplate, learnTemplate } from './chunk-template.ts';
import { readContent } from './container-errors.ts';
import type { Generation } from './generation.ts';
import { createEventReader, type ServerEvent } from './read-events.ts';
import type { Fields } from './types.ts';
import { eventOf, lastEvent } from './write-events.ts';

/** What goes out, and what comes after it. */
export interface Written {
  readonly text: string;
  /** The answer is complete; what the container still says is nothing. */
  readonly isLast: boolean;
  /** Why there is no more; `null` as long as there may be. */
  readonly failure: unknown;
}

/** The text of one answer. It throws nothing: what came before a failure is shown before it. */
export interface StreamText {
  /**
   * What goes out for a part of the container's stream, its events as they come, those together that come together; or
   * for its whole answer.
   */
  take(part: Uint8Array | Fields): Written;
  /** What goes out when the container has no more to say. */
  end(): Written;
}

/** Containers whose chunks always differ in more than their words have been given a chance by then. */
const maxLessons = 8;

/** Begins the text of an answer. */
export function createStreamText({ container, form, head, meter, request }: Generation): StreamText {
  const rules = createChunkRules({ form, head, meter, body: request.body });
  const reader = createEventReader();
  let template: ChunkTemplate | null = null;
  let lessons = 0;

  const learn = (...example: Parameters<typeof learnTemplate>): void => {
    const learned = lessons < maxLessons ? learnTemplate(...example) : null;
    if (!learned) return;
    template = learned;
    lessons += 1;
  };
  const writeEvent = ({ kind, data }: ServerEvent): string => {
    const words = kind === '' ? template?.wordsOf(data) : null;
    if (template && typeof words === 'string') {
      rules.count(words);
      return template.write(words);
    }
    const content = readContent(data, kind);
    let text = '';
    for (const chunk of container.readEvent(content)) {
      const shown = rules.apply(chunk);
      if (!shown) continue;
      text += eventOf(shown);
      // An adapter has more to do for the next chunk than to put other words in.
      if (chunk === content && kind === '') learn(data, chunk, shown);
    }
    return text;
  };
  const lastText = (): string => [...rules.rest().map(eventOf), lastEvent].join('');
  const write = (eventsOf: () => readonly ServerEvent[]): Written => {
    let text = '';
    try {
      for (const event of eventsOf()) {
        if (event.data.trim() === '[DONE]') return { text: text + lastText(), isLast: true, failure: null };
        text += writeEvent(event);
      }
      return { text, isLast: false, failure: null };
    } catch (failure) {
      return { text, isLast: false, failure };
    }
  };
  const writeWhole = (content: Fields): Written => {
    const shown = chunksOfWhole(content, form).map(rules.apply);
    const text = shown.map((chunk) => (chunk ? eventOf(chunk) : '')).join('');
    return { text, isLast: false, failure: null };
  };

  return {
    take: (part) => (part instanceof Uint8Array ? write(() => reader.take(part)) : writeWhole(part)),
    end: () => {
      const written = write(reader.end);
      if (written.isLast || written.failure !== null) return written;
      if (!rules.isComplete()) return { ...written, failure: endedEarly() };
      return { ...written, text: written.text + lastText(), isLast: true };
    },
  };
}

const endedEarly = (): OnrampError =>
  upstream("The stream of the model's container ended in the middle of the answer.", {
    code: 'endpoint_stream_broken',
  });
