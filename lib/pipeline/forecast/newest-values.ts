/** The newest values of every series, which a version keeps so that it can forecast without being sent any. */
import type { SeriesSchema, StoredSeries } from '../../contracts/series-spec.ts';
import type { Publication } from '../../registry/index.ts';
import { lastValues, stampText } from '../../series/index.ts';
import type { SeriesProblem } from '../../train/index.ts';

/** As many values of each series as a forecast is made from, with what is known of them and of the steps after. */
export function newestValues(
  { series, frequency }: SeriesProblem,
  { context }: Pick<SeriesSchema, 'context'>,
): NonNullable<Publication['history']> {
  const stored: Record<string, StoredSeries> = {};
  for (const one of series) {
    const { name, start, values, known, ahead } = lastValues(one, context, frequency);
    stored[name] = { start: stampText(start), values: [...values], known: [...known], ahead };
  }
  return { bytes: new TextEncoder().encode(JSON.stringify({ series: stored })), series: series.length };
}
