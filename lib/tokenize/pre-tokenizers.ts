/** Pre-tokenisers: they cut a normalised text into the words that are looked up one by one. */
import { byteLevel, splitters } from './byte-level.ts';
import { everyBertWord, everyPunctuated } from './characters.ts';
import { fieldsOf, flagOf, listOf, refuse, requireDefault, textOf, typeOf } from './fields.ts';
import type { PreTokenizer } from './types.ts';

const makers: Readonly<Record<string, (value: unknown, place: string) => PreTokenizer>> = {
  BertPreTokenizer: cutting(everyBertWord),
  WhitespaceSplit: cutting(/[^\p{White_Space}]+/gu),
  Punctuation: punctuation,
  Digits: digits,
  Split: split,
  Metaspace: metaspace,
  Sequence: sequence,
  ByteLevel: (value, place) => {
    const fields = fieldsOf(value, place, ['type', 'add_prefix_space', 'trim_offsets', 'use_regex']);
    const addsSpace = flagOf(fields, 'add_prefix_space', place, true);
    return byteLevel({ addsSpace, cuts: flagOf(fields, 'use_regex', place, true) });
  },
};

/**
 * The pre-tokeniser that a part of `tokenizer.json` describes; without one, a text is one word.
 *
 * @param place path of the part in the file, for refusals
 * @throws invalid_request `unsupported_tokenizer`
 */
export function readPreTokenizer(value: unknown, place: string): PreTokenizer {
  if (value === null || value === undefined) return (text) => (text === '' ? [] : [text]);
  const type = typeOf(value, place);
  const maker = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (!maker) throw refuse(place, `is a "${type}", which is not supported.`);
  return maker(value, place);
}

/** Of a pre-tokeniser without settings, whose words are what an expression finds. */
function cutting(words: RegExp): (value: unknown, place: string) => PreTokenizer {
  return (value, place) => {
    fieldsOf(value, place, ['type']);
    return (text) => text.match(words) ?? [];
  };
}

function punctuation(value: unknown, place: string): PreTokenizer {
  requireDefault(fieldsOf(value, place, ['type', 'behavior']), place, { behavior: 'Isolated' });
  return (text) => text.match(everyPunctuated) ?? [];
}

function digits(value: unknown, place: string): PreTokenizer {
  const fields = fieldsOf(value, place, ['type', 'individual_digits']);
  const words = flagOf(fields, 'individual_digits', place, false) ? /\p{N}|\P{N}+/gu : /\p{N}+|\P{N}+/gu;
  return (text) => text.match(words) ?? [];
}

/** Only expressions that are in use: they cut all of a text, and none takes longer than the text is long. */
function split(value: unknown, place: string): PreTokenizer {
  const fields = fieldsOf(value, place, ['type', 'pattern', 'behavior', 'invert']);
  requireDefault(fields, place, { invert: false });
  const pattern = fieldsOf(fields.pattern, `${place}.pattern`, ['Regex']);
  const source = textOf(pattern, 'Regex', `${place}.pattern`);
  const words = splitters.get(source);
  if (!words) throw refuse(`${place}.pattern.Regex`, `is ${JSON.stringify(source)}, which is not supported.`);
  requireDefault(fields, place, { behavior: 'Isolated' });
  return (text) => text.match(words) ?? [];
}

/** SentencePiece's way: spaces become a visible mark, with which every word begins. */
function metaspace(value: unknown, place: string): PreTokenizer {
  const known = ['type', 'replacement', 'prepend_scheme', 'split', 'add_prefix_space', 'str_rep'];
  const fields = fieldsOf(value, place, known);
  const mark = textOf(fields, 'replacement', place);
  requireDefault(fields, place, { split: true, str_rep: mark });
  if ([...mark].length !== 1) throw refuse(`${place}.replacement`, 'must be one character.');
  const scheme =
    fields.prepend_scheme ?? (flagOf(fields, 'add_prefix_space', place, true) ? 'always' : 'never');
  if (scheme !== 'always' && scheme !== 'never') {
    throw refuse(`${place}.prepend_scheme`, `is ${JSON.stringify(scheme)}, which is not supported.`);
  }
  return (given) => {
    if (given === '') return [];
    const text = given.replaceAll(' ', mark);
    const whole = scheme === 'always' && !text.startsWith(mark) ? mark + text : text;
    return cutBefore(whole, mark);
  };
}

/** Parts that each begin with the mark, but for the first if the text does not. */
function cutBefore(text: string, mark: string): string[] {
  const words: string[] = [];
  let start = 0;
  while (start < text.length) {
    const next = text.indexOf(mark, start + 1);
    const end = next < 0 ? text.length : next;
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
}

function sequence(value: unknown, place: string): PreTokenizer {
  const fields = fieldsOf(value, place, ['type', 'pretokenizers']);
  const steps = listOf(fields, 'pretokenizers', place).map((part, index) =>
    readPreTokenizer(part, `${place}.pretokenizers[${index}]`),
  );
  return (text) =>
    steps.reduce<readonly string[]>((words, step) => words.flatMap(step), text === '' ? [] : [text]);
}
