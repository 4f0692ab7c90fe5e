/** What is wrong with the rows of a series: of a data set by number, from 1, of a request by its field. */
import { invalidInput, type OnrampError } from '../core/index.ts';
import { frequencyText } from './frequency.ts';
import type { Frequency, RegularOptions, SeriesRows } from './types.ts';

/** A moment as messages and answers write it. */
export const stampText = (ms: number): string => new Date(ms).toISOString().slice(0, 19);

type Source = Pick<SeriesRows, 'name' | 'place'>;

/** Two rows of one step. */
export function duplicateStamp(
  { name, place }: Source,
  [first, second]: readonly [number, number],
  stamp: number,
): OnrampError {
  const what = `have the same time, ${stampText(stamp)}`;
  if (place !== undefined) {
    return refusal(
      'duplicate_stamp',
      place,
      `"${place}[${first}]" and "${place}[${second}]" ${what}. Send one value for each step.`,
    );
  }
  return refusal(
    'duplicate_stamp',
    'series.time',
    `Rows ${first + 1} and ${second + 1}${seriesText(name)} ${what}. Remove one; name the columns that tell series apart in "series.id"; or join such rows with "series.aggregate", for example "mean". Times without a zone that follow the clocks repeat an hour in autumn; times with an offset, such as 2026-10-25T02:00:00+02:00, do not.`,
  );
}

/** A row between two steps. */
export function offGrid(
  { name, place }: Source,
  { row, stamp }: { readonly row: number; readonly stamp: number },
  { start, frequency }: { readonly start: number; readonly frequency: Frequency },
): OnrampError {
  const what = `is of ${stampText(stamp)}, which is no whole number of steps of ${frequencyText(frequency)} after ${stampText(start)}`;
  if (place !== undefined) {
    return refusal('off_grid', place, `"${place}[${row}]" ${what}. Send values of the model's own steps.`);
  }
  return refusal(
    'off_grid',
    'series.frequency',
    `Row ${row + 1}${seriesText(name)} ${what}. Give the right "series.frequency", or join the rows of each step with "series.aggregate", for example "mean".`,
  );
}

/** Steps without a value, more in a row than are filled. */
export function gapTooLong(
  { name, place }: Source,
  {
    from,
    steps,
    frequency,
    gaps,
  }: Pick<RegularOptions, 'frequency' | 'gaps'> & { readonly from: number; readonly steps: number },
): OnrampError {
  const [plural, have] = steps === 1 ? ['', 'has'] : ['s', 'have'];
  const bound = gaps.fill === 'refuse' ? 'no gap is filled' : `at most ${gaps.limit} in a row are filled`;
  const what = `From ${stampText(from)} on ${steps} step${plural} of ${frequencyText(frequency)}${seriesText(name)} ${have} no value, and ${bound}.`;
  if (place !== undefined)
    return refusal('gap_too_long', place, `${what} Send values for them too in "${place}".`);
  return refusal(
    'gap_too_long',
    'series.gaps',
    `${what} Fill the gap in, leave out what is before it, or raise "series.gaps.limit".`,
  );
}

const seriesText = (name: string): string => (name === '' ? '' : ` of series "${name}"`);

const refusal = (code: string, param: string, message: string): OnrampError =>
  invalidInput(message, { code, param });
