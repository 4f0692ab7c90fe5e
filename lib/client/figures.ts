/** Numbers, metrics and tables as text for a terminal. */
import type { ModelCard } from '../contracts/http.ts';
import type { MetricEstimate, MetricName, MetricTable } from '../contracts/index.ts';

/** A number in a few digits: four that count, no exponent where it can be avoided. */
export function shortNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e9 || Math.abs(value) < 1e-4)) return value.toExponential(2);
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}

/** A metric in one cell: `0.83 (0.81 to 0.85)`. */
export function estimateText({ value, low, high }: MetricEstimate): string {
  return `${shortNumber(value)} (${shortNumber(low)} to ${shortNumber(high)})`;
}

/**
 * One line a metric: cross-validated value, 95 % interval, what the trivial predictor scores, and the same metric on the
 * rows held out. The one that decides comes first.
 */
export function metricLines(metrics: MetricTable, main: string | null, heldOut?: MetricTable): string[] {
  const entries = Object.entries(metrics).filter((entry): entry is [string, MetricEstimate] =>
    Boolean(entry[1]),
  );
  const ordered = [
    ...entries.filter(([name]) => name === main),
    ...entries.filter(([name]) => name !== main),
  ];
  return tableLines(
    ['metric', 'value', '95 % interval', 'baseline', ...(heldOut ? ['held out'] : [])],
    ordered.map(([name, { value, low, high, baseline }]) => [
      name === main ? `${name} *` : name,
      shortNumber(value),
      `${shortNumber(low)} to ${shortNumber(high)}`,
      baseline === null ? '-' : shortNumber(baseline),
      ...(heldOut ? [heldOutText(heldOut[name as MetricName])] : []),
    ]),
  );
}

const heldOutText = (estimate: MetricEstimate | undefined): string =>
  estimate ? estimateText(estimate) : '-';

/** Columns of equal width, two spaces apart; a column of numbers is aligned at its right. */
export function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const isNumeric = head.map(
    (_name, column) =>
      rows.length > 0 && rows.every((row) => /^(-|[-+]?[\d.]+(e[-+]\d+)?)?$/.test(row[column] ?? '')),
  );
  const widths = head.map((name, column) =>
    rows.reduce((width, row) => Math.max(width, (row[column] ?? '').length), name.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

/** `569 rows`, `1 row`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`;
}

/** One line a model: what it answers, how well, and from how many rows it has learnt. */
export function modelLines(cards: readonly ModelCard[]): string[] {
  return tableLines(
    ['model', 'task', 'target', 'learner', 'live', 'metric', 'value, 95 % interval', 'baseline', 'rows'],
    cards.map((card) => {
      const main = card.metric === null ? undefined : card.metrics[card.metric as MetricName];
      return [
        card.name,
        card.task ?? '-',
        card.target ?? '-',
        card.learner ?? '-',
        card.live ?? '-',
        card.metric ?? '-',
        main ? estimateText(main) : '-',
        main?.baseline == null ? '-' : shortNumber(main.baseline),
        rowsOf(card),
      ];
    }),
  );
}

/** Rows of the data set version a model was made from. */
function rowsOf({ lineage }: ModelCard): string {
  const rows = (lineage as { readonly rows?: unknown } | null)?.rows;
  return typeof rows === 'number' ? String(rows) : '-';
}
