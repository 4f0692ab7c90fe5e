/**
 * Chunks of a stream differ in nothing but their words, mostly. By the example of one that was held to the rules, those
 * like it are written as texts, without parsing them: half of what a chunk would cost.
 */
import { isRecord } from '../core/index.ts';
import type { Fields } from './types.ts';
import { estimateSaid, readUsage } from './usage.ts';
import { jsonEvent } from './write-events.ts';

/** What chunks have in common before and behind their words, as they come and as they go out. */
export interface ChunkTemplate {
  /** The words of a chunk in JSON like the example; `null` if it is another one. */
  wordsOf(json: string): string | null;
  /** The event of the chunk with such words, as it goes out. */
  write(words: string): string;
}

const mark = 'the words of the example';
const markJson = JSON.stringify(mark);

/**
 * Learns from a chunk.
 *
 * @param json the chunk as it came
 * @param chunk the same, parsed
 * @param shown what the rules made of it
 * @returns `null` if it says more than words in one place, or ends an answer, or counts tokens
 */
export function learnTemplate(json: string, chunk: Fields, shown: Fields): ChunkTemplate | null {
  const words = readUsage(chunk.usage) ? null : onlyWords(shown.choices);
  if (words === null || !isPlain(words)) return null;
  const marked = (_: string, value: unknown): unknown => (value === words ? mark : value);
  const [head, tail, ...others] = json.split(JSON.stringify(words));
  const [shownHead, shownTail, ...shownOthers] = jsonEvent(JSON.stringify(shown, marked)).split(markJson);
  if (tail === undefined || shownTail === undefined || others.length + shownOthers.length > 0) return null;
  // What was found may not be the words but look like them, where those are written with escapes.
  if (!isJsonOf(head + markJson + tail, JSON.stringify(chunk, marked))) return null;
  const [before, behind] = [`${head}"`, `"${tail}`];
  const [shownBefore, shownBehind] = [`${shownHead}"`, `"${shownTail}`];
  return {
    wordsOf: (other) => {
      if (!other.startsWith(before) || !other.endsWith(behind)) return null;
      const text = other.slice(before.length, -behind.length);
      return isPlain(text) ? text : null;
    },
    write: (text) => shownBefore + text + shownBehind,
  };
}

/** What the only choice of a chunk says, if that is one text and not its end. */
function onlyWords(choices: unknown): string | null {
  const [choice, ...others] = choices as readonly Fields[];
  if (!choice || others.length > 0 || choice.finish_reason !== null) return null;
  const { text, delta } = choice;
  const values = [text, ...(isRecord(delta) ? Object.values(delta) : [])];
  const [words, ...more] = values.filter((value) => estimateSaid(value) > 0);
  // Not every text of a delta is said: its type is not.
  const isSaid = estimateSaid(words) === estimateSaid([text, delta]);
  return typeof words === 'string' && isSaid && more.length === 0 ? words : null;
}

/**
 * Whether a text is the same inside a string of JSON and outside, and can be written in one way only. Halves of
 * characters, which JSON.stringify escapes if they are alone, are left to it.
 */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit < 0xe000)) return false;
  }
  return text !== '';
}

function isJsonOf(json: string, canonical: string): boolean {
  try {
    return JSON.stringify(JSON.parse(json)) === canonical;
  } catch {
    return false;
  }
}
