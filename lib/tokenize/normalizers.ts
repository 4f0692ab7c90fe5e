/** Normalisers: what is done to a text before it is cut into words. */

import {
  everyCombiningMark,
  everyControl,
  everyIdeograph,
  everyNonspacingMark,
  lowerCase,
} from './characters.ts';
import { createCharsmap } from './charsmap.ts';
import { fieldsOf, flagOf, listOf, refuse, textOf, typeOf } from './fields.ts';
import type { Normalizer } from './types.ts';

/** Text of nothing but printable ASCII, for which most of this does nothing. */
const plain = /^[\x20-\x7e]*$/;

const makers: Readonly<Record<string, (value: unknown, place: string) => Normalizer>> = {
  BertNormalizer: bertNormalizer,
  Precompiled: precompiled,
  Replace: replacement,
  Strip: strip,
  Sequence: sequence,
  Prepend: (value, place) => {
    const prefix = textOf(fieldsOf(value, place, ['type', 'prepend']), 'prepend', place);
    return (text) => (text === '' ? '' : prefix + text);
  },
  Lowercase: without(lowerCase),
  StripAccents: without((text) => text.replace(everyCombiningMark, '')),
  NFC: without((text) => text.normalize('NFC')),
  NFD: without((text) => text.normalize('NFD')),
  NFKC: without((text) => text.normalize('NFKC')),
  NFKD: without((text) => text.normalize('NFKD')),
};

/**
 * The normaliser that a part of `tokenizer.json` describes.
 *
 * @param place path of the part in the file, for refusals
 * @throws invalid_request `unsupported_tokenizer`
 */
export function readNormalizer(value: unknown, place: string): Normalizer {
  if (value === null || value === undefined) return (text) => text;
  const type = typeOf(value, place);
  const maker = Object.hasOwn(makers, type) ? makers[type] : undefined;
  if (!maker) throw refuse(place, `is a "${type}", which is not supported.`);
  return maker(value, place);
}

/** Of a normaliser that has no settings. */
function without(normalize: Normalizer): (value: unknown, place: string) => Normalizer {
  return (value, place) => {
    fieldsOf(value, place, ['type']);
    return normalize;
  };
}

function bertNormalizer(value: unknown, place: string): Normalizer {
  const known = ['type', 'clean_text', 'handle_chinese_chars', 'strip_accents', 'lowercase'];
  const fields = fieldsOf(value, place, known);
  const cleans = flagOf(fields, 'clean_text', place, true);
  const parts = flagOf(fields, 'handle_chinese_chars', place, true);
  const lowers = flagOf(fields, 'lowercase', place, true);
  const strips = flagOf(fields, 'strip_accents', place, lowers);
  return (given) => {
    if (plain.test(given)) return lowers ? given.toLowerCase() : given;
    let text = given;
    if (cleans) text = text.replace(everyControl, '').replace(/\p{White_Space}/gu, ' ');
    if (parts) text = text.replace(everyIdeograph, ' $& ');
    if (strips) text = text.normalize('NFD').replace(everyNonspacingMark, '');
    return lowers ? lowerCase(text) : text;
  };
}

function precompiled(value: unknown, place: string): Normalizer {
  const fields = fieldsOf(value, place, ['type', 'precompiled_charsmap']);
  const map = Buffer.from(textOf(fields, 'precompiled_charsmap', place), 'base64');
  return createCharsmap(map, `${place}.precompiled_charsmap`);
}

/** Only expressions that are in use and known to be harmless: others may take for ever on some text. */
const replaceable: Readonly<Record<string, RegExp>> = { ' {2,}': / {2,}/g, '\\s+': /\p{White_Space}+/gu };

function replacement(value: unknown, place: string): Normalizer {
  const fields = fieldsOf(value, place, ['type', 'pattern', 'content']);
  const content = textOf(fields, 'content', place);
  const pattern = fieldsOf(fields.pattern, `${place}.pattern`, ['String', 'Regex']);
  if (pattern.String !== undefined) {
    const wanted = textOf(pattern, 'String', `${place}.pattern`);
    if (wanted === '') throw refuse(`${place}.pattern.String`, 'must not be empty.');
    return (text) => text.replaceAll(wanted, () => content);
  }
  const source = textOf(pattern, 'Regex', `${place}.pattern`);
  const expression = Object.hasOwn(replaceable, source) ? replaceable[source] : undefined;
  if (!expression)
    throw refuse(`${place}.pattern.Regex`, `is ${JSON.stringify(source)}, which is not supported.`);
  return (text) => text.replace(expression, () => content);
}

function strip(value: unknown, place: string): Normalizer {
  const fields = fieldsOf(value, place, ['type', 'strip_left', 'strip_right']);
  const left = flagOf(fields, 'strip_left', place, true) ? /^\p{White_Space}+/u : /^(?!)/;
  const right = flagOf(fields, 'strip_right', place, true);
  return (given) => {
    const text = given.replace(left, '');
    if (!right) return text;
    let end = text.length;
    // From the end: an expression would try every run of spaces in between.
    while (end > 0 && /\p{White_Space}/u.test(text[end - 1]!)) end -= 1;
    return text.slice(0, end);
  };
}

function sequence(value: unknown, place: string): Normalizer {
  const fields = fieldsOf(value, place, ['type', 'normalizers']);
  const steps = listOf(fields, 'normalizers', place).map((part, index) =>
    readNormalizer(part, `${place}.normalizers[${index}]`),
  );
  return (text) => steps.reduce((current, step) => step(current), text);
}
