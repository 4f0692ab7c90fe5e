/** From typed columns and a spec to regular series: the problem of a forecast. */
import type { ForecastSpec } from '../../contracts/model-spec.ts';
import type { ProfileWarning } from '../../contracts/profile.ts';
import type { SeriesSchema } from '../../contracts/series-spec.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { Column, Table } from '../../dataset/index.ts';
import {
  type Filling,
  type Frequency,
  frequencyText,
  inferFrequency,
  knownWidth,
  makeRegular,
  parseFrequency,
  type RegularOptions,
  type Series,
  type SeriesRows,
  seriesName,
  stampText,
  usualSeason,
  writeKnown,
} from '../../series/index.ts';
import { longestOf } from './origins.ts';
import { missingKnown, readKnownColumns, refuseUntold } from './read-known.ts';
import type { ForecastProblem } from './types.ts';

/** Series with what is said of them in the version's schema. */
export interface SeriesProblem extends ForecastProblem {
  readonly known: SeriesSchema['known'];
  readonly gaps: SeriesSchema['gaps'];
  readonly warnings: readonly ProfileWarning[];
}

const defaultQuantiles = [0.1, 0.5, 0.9];
const defaultSeed = 7;
/** Missing steps in a row that are filled where the spec says nothing: a long weekend of days, a short failure of hours. */
const defaultGapLimit = 6;

/**
 * Reads the series as the spec wants them.
 *
 * @param table has the columns that the spec names: times as date-times, the target as numbers
 * @param known how known inputs are read; as the table shows where nothing is said
 * @throws invalid_request for rows without a time, duplicates, gaps that are too long and series without values, naming
 *   row or stamp and the remedy
 */
export function readSeries(
  table: Table,
  spec: ForecastSpec,
  known: SeriesSchema['known'] = readKnownColumns(table, spec.series.known ?? []),
): SeriesProblem {
  const { series: wanted, target } = spec;
  const rows = rowsBySeries(table, spec, known);
  const frequency = wanted.frequency === undefined ? found(rows, spec) : parseFrequency(wanted.frequency);
  const { aggregate, gaps: { fill = 'interpolate', limit = defaultGapLimit } = {} } = wanted;
  const gaps = { fill, limit };
  const options: RegularOptions = { frequency, width: knownWidth(known), gaps, aggregate };
  const fillings = rows.map((one) => makeRegular(one, options)).filter((one) => one !== null);
  if (fillings.length === 0) {
    throw invalidInput(
      `Every value of the target column "${target}" is missing. Fill the column in or name another target.`,
      { code: 'target_missing', param: 'target' },
    );
  }
  const series = fillings.map((filling) => filling.series);
  refuseConstant(series, target);
  refuseUntold(series, known);
  const { horizon, quantiles = defaultQuantiles } = wanted;
  const { season, warnings } = seasonOf(series, { frequency, asked: wanted.season });
  return {
    ...{ spec, series, frequency, season, horizon, width: options.width, known, gaps },
    quantiles: quantiles.toSorted((left, right) => left - right),
    seed: spec.seed ?? defaultSeed,
    warnings: [
      ...warnings,
      ...fillingWarnings(fillings, { target, frequency, rows: rows.length }),
      ...missingKnown(table, known),
    ],
  };
}

/** The frequency that the stamps show. */
function found(rows: readonly SeriesRows[], { series }: ForecastSpec): Frequency {
  const frequency = inferFrequency(rows.map(({ stamps }) => stamps.slice().sort()));
  if (frequency) return frequency;
  throw invalidInput(
    `No two rows of a series have different times in "${series.time}". Check "series.time" and "series.id", or upload more rows.`,
    { code: 'history_too_short', param: 'series.time' },
  );
}

/** Series of one model at most, as the newest values of all are kept in one file. */
const maxSeries = 50_000;

/** The rows of each series, in order of their names. */
function rowsBySeries(
  table: Table,
  { series, target }: ForecastSpec,
  known: SeriesSchema['known'],
): readonly SeriesRows[] {
  const times = columnOf(table, series.time);
  const ids = (series.id ?? []).map((name) => columnOf(table, name));
  const members = new Map<string, number[]>();
  for (let row = 0; row < table.rows; row += 1) {
    const name = ids.length === 0 ? '' : seriesName(ids.map(({ values }) => values[row] ?? ''));
    const list = members.get(name);
    if (list) list.push(row);
    else members.set(name, [row]);
  }
  if (members.size > maxSeries) throw tooManySeries(members.size, series.id ?? []);
  const values = columnOf(table, target).values as Float64Array;
  refuseBeyondFloat32(values, target);
  const columns = known.map(({ name }) => columnOf(table, name).values);
  const width = knownWidth(known);
  return [...members]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, list]) => {
      const inputs = new Float64Array(list.length * width);
      for (const [index, row] of list.entries()) {
        writeKnown(
          known,
          columns.map((column) => column[row] ?? null),
          { into: inputs, at: index * width },
        );
      }
      return {
        name,
        stamps: Float64Array.from(list, (row) => stampOf(times, row)),
        values: Float64Array.from(list, (row) => values[row]!),
        known: inputs,
        rows: list,
      };
    });
}

/** A value that no 32-bit float comes near is infinite in a model, and sums and means with it no numbers. */
function refuseBeyondFloat32(values: Float64Array, target: string): void {
  const row = values.findIndex((value) => !Number.isNaN(value) && !Number.isFinite(Math.fround(value)));
  if (row < 0) return;
  throw invalidInput(
    `Row ${row + 1} has ${values[row]} in "${target}", a number beyond the range of a 32-bit float. Mend it, leave the field empty, or give the column in a larger unit.`,
    { code: 'number_too_large', param: 'target' },
  );
}

const tooManySeries = (count: number, id: readonly string[]): OnrampError =>
  invalidInput(
    `By ${id.map((name) => `"${name}"`).join(' and ')} there are ${count} series; one model forecasts at most ${maxSeries}. Name columns with fewer values in "series.id", or part the data into several data sets.`,
    { code: 'too_many_series', param: 'series.id' },
  );

function columnOf({ columns }: Table, name: string): Column {
  return columns.find((column) => column.name === name)!;
}

function stampOf({ name, values }: Column, row: number): number {
  const text = values[row] ?? null;
  if (text !== null) return Date.parse(`${text}Z`);
  throw invalidInput(`Row ${row + 1} has no time in "${name}". Fill it in or leave the row out.`, {
    code: 'missing_time',
    param: 'series.time',
  });
}

function refuseConstant(series: readonly Series[], target: string): void {
  const first = series[0]!.values[0]!;
  if (!series.every(({ values }) => values.every((value) => value === first))) return;
  throw invalidInput(
    `The target column "${target}" is ${first} in every row: there is nothing to learn. Name another target.`,
    { code: 'constant_target', param: 'target' },
  );
}

/** A season that is seen less than three times is none, unless the spec insists on it. */
function seasonOf(
  series: readonly Series[],
  { frequency, asked }: { readonly frequency: Frequency; readonly asked: number | undefined },
): { readonly season: number; readonly warnings: readonly ProfileWarning[] } {
  const longest = longestOf(series);
  const season = asked ?? usualSeason(frequency);
  if (season === 1 || 3 * season <= longest) return { season, warnings: [] };
  if (asked !== undefined) {
    throw invalidInput(
      `A season of ${asked} steps is too long for series of at most ${longest} values: at least three are needed. Upload a longer history or give a shorter "series.season".`,
      { code: 'history_too_short', param: 'series.season' },
    );
  }
  const message = `A pattern of ${season} steps of ${frequencyText(frequency)} cannot be learnt from ${longest} values; the forecast has no season.`;
  return { season: 1, warnings: [{ code: 'short_history', column: null, message }] };
}

function fillingWarnings(
  fillings: readonly Filling[],
  {
    target,
    frequency,
    rows,
  }: { readonly target: string; readonly frequency: Frequency; readonly rows: number },
): readonly ProfileWarning[] {
  const warnings: ProfileWarning[] = [];
  const holed = fillings.filter(({ filled }) => filled > 0);
  const steps = holed.reduce((sum, { filled }) => sum + filled, 0);
  const [first] = holed;
  if (first) {
    const where = first.series.name === '' ? '' : ` (series "${first.series.name}")`;
    const message = `${steps} step${steps === 1 ? '' : 's'} of ${frequencyText(frequency)} without a value ${steps === 1 ? 'was' : 'were'} filled in, the first at ${stampText(first.firstFilled)}${where}.`;
    warnings.push({ code: 'gaps_filled', column: target, message });
  }
  const empty = rows - fillings.length;
  if (empty > 0) {
    const message = `${empty} series without any value ${empty === 1 ? 'was' : 'were'} left out.`;
    warnings.push({ code: 'missing_target', column: target, message });
  }
  return warnings;
}
