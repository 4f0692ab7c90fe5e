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
  const stored = series.map((one): readonly [string, StoredSeries] => {
    const { name, start, values, known, ahead } = lastValues(one, context, frequency);
    // JSON has no NaN: what the data do not tell is written as null.
    return [name, { start: stampText(start), values: [...values], known: [...known], ahead }];
  });
  const text = JSON.stringify({ series: Object.fromEntries(stored) });
  return { bytes: new TextEncoder().encode(text), series: series.length };
}
