/** The name somebody probably meant. */

/** The candidate with the fewest edits (Levenshtein), `null` if none is within a third of the name's length. */
export function closest(name: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let fewest = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

function editDistance(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_value, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1;
      current.push(Math.min(above[column - 1]! + change, above[column]! + 1, current[column - 1]! + 1));
    }
    above = current;
  }
  return above[right.length]!;
}
