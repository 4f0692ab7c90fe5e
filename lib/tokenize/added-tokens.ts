/** Tokens beside the vocabulary: found in the text as they are, before anything else is done to it. */
import { fieldsOf, flagOf, idOf, listOf, textOf } from './fields.ts';
import type { Fields, Normalizer } from './types.ts';

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly singleWord: boolean;
  /** White space before and after it belongs to it. */
  readonly takesLeft: boolean;
  readonly takesRight: boolean;
  readonly normalized: boolean;
}

/** A token, or text between tokens. */
export type Piece = string | number;

/** What is looked for in a text: tokens by the text that stands for them, and an expression that finds any. */
interface Finder {
  readonly tokens: ReadonlyMap<string, AddedToken>;
  readonly expression: RegExp;
}

/** The tokens of `added_tokens`. */
export interface AddedTokens {
  readonly ids: ReadonlyMap<string, number>;
  /** Cuts a text at the tokens in it; what lies between is normalised. */
  split(text: string): readonly Piece[];
}

/** @throws invalid_request `unsupported_tokenizer` */
export function readAddedTokens(file: Fields, normalize: Normalizer): AddedTokens {
  const tokens = file.added_tokens == null ? [] : listOf(file, 'added_tokens', '').map(readToken);
  const before = finderOf(tokens.filter(({ normalized }) => !normalized));
  const normalized = tokens.filter((token) => token.normalized);
  const after = finderOf(normalized.map((token) => ({ ...token, content: normalize(token.content) })));
  return {
    ids: new Map(tokens.map(({ content, id }) => [content, id])),
    split: (text) =>
      find(text, before).flatMap((piece) =>
        typeof piece === 'number' ? [piece] : find(normalize(piece), after),
      ),
  };
}

function readToken(value: unknown, index: number): AddedToken {
  const place = `added_tokens[${index}]`;
  const known = ['id', 'content', 'single_word', 'lstrip', 'rstrip', 'normalized', 'special'];
  const fields = fieldsOf(value, place, known);
  const isSpecial = flagOf(fields, 'special', place, false);
  return {
    id: idOf(fields.id, `${place}.id`),
    content: textOf(fields, 'content', place),
    singleWord: flagOf(fields, 'single_word', place, false),
    takesLeft: flagOf(fields, 'lstrip', place, false),
    takesRight: flagOf(fields, 'rstrip', place, false),
    normalized: flagOf(fields, 'normalized', place, !isSpecial),
  };
}

/** Of tokens that begin alike, the longest is found. */
function finderOf(given: readonly AddedToken[]): Finder | null {
  const tokens = new Map(
    given.filter(({ content }) => content !== '').map((token) => [token.content, token]),
  );
  if (tokens.size === 0) return null;
  const longestFirst = [...tokens.keys()].sort((left, right) => right.length - left.length);
  const escaped = longestFirst.map((content) => content.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return { tokens, expression: new RegExp(escaped.join('|'), 'gu') };
}

const wordBefore = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const wordAfter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const space = /\p{White_Space}/u;

function find(text: string, finder: Finder | null): Piece[] {
  if (text === '') return [];
  if (finder === null) return [text];
  const pieces: Piece[] = [];
  let done = 0;
  for (const match of text.matchAll(finder.expression)) {
    const token = finder.tokens.get(match[0])!;
    const end = match.index + match[0].length;
    // Blanks that the token before took are no part of this one.
    if (match.index < done || (token.singleWord && !standsAlone(text, match.index, end))) continue;
    const start = token.takesLeft ? beforeSpace(text, match.index, done) : match.index;
    if (start > done) pieces.push(text.slice(done, start));
    pieces.push(token.id);
    done = token.takesRight ? afterSpace(text, end) : end;
  }
  if (done < text.length) pieces.push(text.slice(done));
  return pieces;
}

function beforeSpace(text: string, from: number, least: number): number {
  let at = from;
  while (at > least && space.test(text[at - 1]!)) at -= 1;
  return at;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && space.test(text[at]!)) at += 1;
  return at;
}

const standsAlone = (text: string, start: number, end: number): boolean =>
  !wordBefore.test(text.slice(Math.max(0, start - 2), start)) && !wordAfter.test(text.slice(end, end + 2));
