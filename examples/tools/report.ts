/** Shows figures beside their references, and says which of them miss what an example promises. */
import type { Figure } from './types.ts';

/** Four significant digits. */
const short = (value: number): string => String(Number(value.toPrecision(4)));

/** A table of what came out. */
export function figureLines(figures: readonly Figure[]): string[] {
  const rows = [
    ['', 'Onramp', 'reference', 'must be'],
    ...figures.map(({ name, value, reference, ...bound }) => [
      name,
      short(value),
      reference === undefined ? '' : short(reference),
      boundText(bound),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd(),
  );
}

/** The figures that lie beyond their bounds; one that is not a number does. */
export const misses = (figures: readonly Figure[]): readonly Figure[] =>
  figures.filter(
    ({ value, atLeast = -Infinity, atMost = Infinity }) => !(value >= atLeast && value <= atMost),
  );

function boundText({ atLeast, atMost }: Pick<Figure, 'atLeast' | 'atMost'>): string {
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${short(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${short(atMost)}`]),
  ];
  return parts.join(', ');
}
