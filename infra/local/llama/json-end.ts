/** Finds where a JSON object or array ends in a text that comes piece by piece. */

/** Where the value ends in this piece, or `null` while it goes on. */
export type JsonEnd = (piece: string) => number | null;

const nesting: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** For one value, which everything before its first bracket is no part of. */
export function createJsonEnd(): JsonEnd {
  let depth = 0;
  let inText = false;
  let isEscaped = false;
  return (piece) => {
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at]!;
      if (isEscaped) isEscaped = false;
      else if (inText) {
        isEscaped = character === '\\';
        inText = character !== '"';
      } else if (character === '"') inText = true;
      else {
        depth += nesting[character] ?? 0;
        if (depth === 0 && character in nesting) return at + 1;
      }
    }
    return null;
  };
}
