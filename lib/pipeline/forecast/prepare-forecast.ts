/** Turns a stored table and a spec into what is forecast: regular series, and how forecasts are judged. */
import type { ForecastSpec, MetricName } from '../../contracts/model-spec.ts';
import type { ColumnProfile } from '../../contracts/profile.ts';
import { notTimes, type SeriesSchema } from '../../contracts/series-spec.ts';
import { type DatetimeFormat, invalidInput, parseDatetime, zoneOf } from '../../core/index.ts';
import { type ColumnType, loadTable, type Table, tableOptions } from '../../dataset/index.ts';
import { readSeries, type SeriesProblem } from '../../train/index.ts';
import type { PipelineContext } from '../context.ts';
import { profileStored, type StoredTable } from '../profile-stored.ts';

/** Series with everything that training and evaluation ask of them. */
export interface PreparedForecast {
  readonly problem: SeriesProblem;
  readonly metric: MetricName;
  readonly rows: number;
  /** Of the date-time column. */
  readonly time: { readonly format: string; readonly datesOnly: boolean; readonly zoned: boolean };
  /** Columns of the data that the forecast does not look at. */
  readonly ignored: readonly string[];
}

/**
 * Reads the series as the spec wants them.
 *
 * @param stored with `known`, known inputs are read as a version reads them; without it, as the data show
 * @throws invalid_request for whatever in data or spec makes a forecast impossible, naming column, row and remedy
 */
export async function prepareForecast(
  context: PipelineContext,
  spec: ForecastSpec,
  stored: StoredTable & { readonly known?: SeriesSchema['known'] },
): Promise<PreparedForecast> {
  const { target, series } = spec;
  const profile = await profileStored(context, stored, (columns) => ({
    types: { ...spec.features?.types, ...(columns.includes(target) && { [target]: 'numeric' as const }) },
    ...(spec.missing && { missing: spec.missing }),
  }));
  const columnOf = (name: string, param: string): ColumnProfile => {
    const found = profile.columns.find((column) => column.name === name);
    if (found) return found;
    const names = profile.columns.map((column) => `"${column.name}"`).join(', ');
    throw invalidInput(`The column "${name}" is not in the data. Its columns are ${names}.`, {
      code: 'unknown_column',
      param,
    });
  };
  columnOf(target, 'target');
  const time = columnOf(series.time, 'series.time');
  if (time.type !== 'datetime' || !time.datetime) {
    throw invalidInput(notTimes(series.time, time.type), {
      code: 'time_not_datetime',
      param: 'series.time',
    });
  }
  const types: Record<string, ColumnType> = { [series.time]: 'datetime', [target]: 'numeric' };
  for (const [index, name] of (series.id ?? []).entries()) {
    columnOf(name, `series.id[${index}]`);
    types[name] = 'category';
  }
  for (const [index, name] of (series.known ?? []).entries()) {
    const found = columnOf(name, `series.known[${index}]`);
    const { type } = stored.known?.find((one) => one.name === name) ?? found;
    types[name] = type === 'numeric' ? 'numeric' : 'category';
  }
  const limits = { memoryLimitBytes: context.memoryBytes, threads: context.threads };
  const load = (wanted: Record<string, ColumnType>): Promise<Table> =>
    loadTable(stored.path, {
      ...tableOptions(profile),
      types: wanted,
      columns: Object.keys(wanted),
      ...limits,
    });
  const zoned = isZoned(time, textsOf(await load({ [series.time]: 'category' })));
  const table = await load(types);
  const problem = readSeries(table, spec, stored.known);
  return {
    problem,
    metric: spec.metric ?? (problem.series.length > 1 ? 'mase' : 'mae'),
    rows: table.rows,
    time: {
      format: time.datetime.format,
      datesOnly: textsOf(table).every((text) => text === null || text.endsWith('T00:00:00')),
      zoned,
    },
    ignored: profile.columns.map(({ name }) => name).filter((name) => types[name] === undefined),
  };
}

/** Of the first column, which is the time. */
const textsOf = ({ columns }: Table): readonly (string | null)[] =>
  columns[0]!.values as readonly (string | null)[];

/**
 * Whether date-times say how far they are from UTC.
 *
 * @throws invalid_request `mixed_zones` if some do and others do not: nobody can tell how far those are from each other
 */
function isZoned({ name, datetime }: ColumnProfile, texts: readonly (string | null)[]): boolean {
  const hasZone = (text: string | null): boolean => text !== null && zoneOf(text) !== null;
  const zoned = texts.findIndex(hasZone);
  if (zoned < 0) return false;
  const format = datetime!.format as DatetimeFormat;
  // What is no time at all is for another refusal.
  const bare = texts.findIndex((text) => text !== null && !hasZone(text) && parseDatetime(text, format));
  if (bare < 0) return true;
  throw invalidInput(
    `Row ${zoned + 1} says how far its time "${texts[zoned]}" is from UTC, and row ${bare + 1} with "${texts[bare]}" does not. Write all times of "${name}" with an offset, such as 2026-10-25T02:00:00+02:00, or all without one.`,
    { code: 'mixed_zones', param: 'series.time' },
  );
}
