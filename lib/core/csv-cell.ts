/** What the text in a cell of a CSV file means: a number, a text, or that there is no value. */

/** Texts that mean "missing" in numeric and date-time columns, as when a data set is read. */
const missingTexts: ReadonlySet<string> = new Set(['', 'na', 'n/a', 'nan', 'null', '?', '-', '.']);
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/**
 * The value of a cell in a column of a type; `null` is a missing one.
 *
 * @returns undefined for a text in a numeric column that is neither a number nor means "missing"
 */
export function csvCellValue(
  cell: string,
  type: 'numeric' | 'boolean' | 'category' | 'datetime' | 'text' | 'image',
): string | number | null | undefined {
  if (type !== 'numeric' && type !== 'datetime') return cell === '' ? null : cell;
  const text = cell.trim();
  if (missingTexts.has(text.toLowerCase())) return null;
  if (type === 'datetime') return text;
  return decimal.test(text) ? Number(text) : undefined;
}
