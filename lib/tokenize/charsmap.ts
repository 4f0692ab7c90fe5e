/** SentencePiece's own normalisation: a table of replacements, kept in a double-array trie (Darts-clone). */
import { refuse } from './fields.ts';
import type { Normalizer } from './types.ts';

const utf8 = new TextEncoder();
const text8 = new TextDecoder();

/** A single character or cluster is looked up as a whole if it has fewer bytes than this. */
const wholeBytes = 6;
/** Replacements kept at hand; texts use few characters. */
const keptLookups = 10_000;

/** The fields of a unit of the trie, 32 bits each, as Darts-clone packs them. */
const hasLeaf = (unit: number): boolean => ((unit >>> 8) & 1) === 1;
const entryOf = (unit: number): number => unit & 0x7fffffff;
const labelOf = (unit: number): number => (unit & 0x800000ff) >>> 0;
const offsetOf = (unit: number): number => ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;

/**
 * Replaces characters as a `precompiled_charsmap` says: the size of the trie (32 bits, little-endian), the trie, and
 * the replacements, each ended by a zero byte.
 *
 * Clusters of characters (a letter with its accents) are looked up first. As in the reference, the shortest beginning of
 * one that is in the table replaces all of it.
 *
 * @throws invalid_request `unsupported_tokenizer` for a table that is cut off
 */
export function createCharsmap(map: Uint8Array, place: string): Normalizer {
  const trieBytes = map.length < 4 ? -1 : new DataView(map.buffer, map.byteOffset).getUint32(0, true);
  if (trieBytes <= 0 || trieBytes % 4 !== 0 || 4 + trieBytes > map.length) throw refuse(place, 'is cut off.');
  const units = new Uint32Array(Uint8Array.from(map.subarray(4, 4 + trieBytes)).buffer);
  const replacements = map.subarray(4 + trieBytes);
  const known = new Map<string, string | null>();

  const lookUp = (chunk: string): string | null => {
    const at = shortestValue(units, utf8.encode(chunk));
    if (at === null) return null;
    const end = replacements.indexOf(0, at);
    return text8.decode(replacements.subarray(at, end < 0 ? undefined : end));
  };
  const find = (chunk: string): string | null => {
    const kept = known.get(chunk);
    if (kept !== undefined) return kept;
    if (known.size >= keptLookups) known.clear();
    const found = lookUp(chunk);
    known.set(chunk, found);
    return found;
  };
  const rewrite = (cluster: string): string => {
    const whole = utf8Length(cluster) < wholeBytes ? find(cluster) : null;
    if (whole !== null) return whole;
    let text = '';
    for (const character of cluster) text += find(character) ?? character;
    return text;
  };
  return (text) => {
    let normalized = '';
    for (const cluster of clustersOf(text)) normalized += rewrite(cluster);
    return normalized;
  };
}

/** The value of the shortest key that the bytes begin with. */
function shortestValue(units: Uint32Array, key: Uint8Array): number | null {
  let node = offsetOf(units[0]!);
  for (const byte of key) {
    if (byte === 0) return null;
    node ^= byte;
    const unit = units[node] ?? 0;
    if (labelOf(unit) !== byte) return null;
    node ^= offsetOf(unit);
    if (hasLeaf(unit)) return entryOf(units[node] ?? 0);
  }
  return null;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a reader takes for one character; in printable ASCII that is each by itself. */
function* clustersOf(text: string): Iterable<string> {
  if (/^[\x20-\x7e]*$/.test(text)) yield* text;
  else for (const { segment } of segmenter.segment(text)) yield segment;
}

const utf8Length = (text: string): number => Buffer.byteLength(text);
