/** Kinds of characters, as Hugging Face's tokenizers know them: their tables are those of Unicode 8, not of this Node. */
import { combiningMarks, nonspacingMarks, punctuation } from './unicode-tables.ts';

/** Accents as `BertNormalizer` strips them (general category Mn), and as `StripAccents` does (Mn, Mc and Me). */
export const everyNonspacingMark = new RegExp(`[${nonspacingMarks}]`, 'gu');
export const everyCombiningMark = new RegExp(`[${combiningMarks}]`, 'gu');

/** Words of `BertPreTokenizer`: a punctuation mark by itself, or what lies between such marks and white space. */
export const everyBertWord = new RegExp(`[${punctuation}]|[^${punctuation}\\p{White_Space}]+`, 'gu');

/** A punctuation mark by itself, or what lies between them. */
export const everyPunctuated = new RegExp(`[${punctuation}]|[^${punctuation}]+`, 'gu');

/** What `clean_text` throws away; characters that became controls after Unicode 8 stay. */
export const everyControl =
  /[\0\ufffd]|(?![\t\n\r\u0890\u0891\u08e2\u{110cd}\u{13430}-\u{1343f}])[\p{Cc}\p{Cf}\p{Co}]/gu;

/** Ideographs that are words by themselves. The first block from U+2B920 on is the reference's own slip. */
export const everyIdeograph =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/**
 * Small letters, character by character: a capital sigma at the end of a word becomes the same small letter as
 * anywhere else.
 */
export const lowerCase = (text: string): string => text.replaceAll('\u03a3', '\u03c3').toLowerCase();
