/** What a model that forecasts takes, for its card. */
import type { SeriesSchema } from '../../lib/contracts/index.ts';

/** A few lines for people. */
export function seriesLines(series: SeriesSchema): string[] {
  const { time, target, id, frequency, horizon, context, season, known, count, newest } = series;
  const which = id.length === 0 ? 'one series' : `${count} series by ${id.join(', ')}`;
  return [
    `${which}: "${target}" over "${time}", one value every ${frequency}, season of ${season}`,
    `forecasts ${horizon} steps from the last ${context} values; knows values up to ${newest}`,
    ...(known.length > 0 ? [`needs for each step: ${known.map(({ name }) => name).join(', ')}`] : []),
  ];
}
