/** Date-time columns: ISO text to the parts of the calendar that learners can use. */
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import { dayNumber, emitCalendar, hasTimeOfDay, isIsoDate, isoDatePattern } from './calendar.ts';
import { emitParts, partNames } from './date-parts.ts';
import { type ColumnToFit, emitIndicators } from './numeric.ts';
import { textColumn } from './pack-columns.ts';
import { emitScale, fitSpread, joinSpreads, type Spread, unscaled } from './scaling.ts';
import type { Settings } from './settings.ts';
import { meanOf, modeOf } from './statistics.ts';
import type { DatePlan } from './types.ts';

/** What a missing date gets where the training rows have none. */
const firstDay = '1970-01-01T00:00:00';

/** The dates of a column that are not missing, ascending; a broken date counts as missing. */
export function presentDates(table: Table, name: string, rows: Uint32Array): string[] {
  const { values } = textColumn(table, name);
  const present: string[] = [];
  for (const row of rows) {
    const text = values[row] ?? '';
    if (isIsoDate(text)) present.push(text);
  }
  return present.sort();
}

/**
 * Learns what stands in for a missing date, which columns have times of day, and the scale of the growing parts.
 *
 * @param columns in the order of the features, at least one
 */
export function fitDates(
  table: Table,
  columns: readonly ColumnToFit[],
  rows: Uint32Array,
  settings: Settings,
): DatePlan {
  const { dateParts: parts } = settings;
  const keepMissing = settings.numericMissing === 'keep';
  const fits = columns.map(({ name }) => {
    const present = presentDates(table, name, rows);
    const fill = chooseFill(present, settings);
    const used = keepMissing ? present : [...present, ...Array(rows.length - present.length).fill(fill)];
    return { fill, used, hasTime: present.some(hasTimeOfDay), isMissing: present.length < rows.length };
  });
  const indicators = fits.flatMap(({ isMissing }, position) => (isMissing && !keepMissing ? [position] : []));
  const names = fits.map(({ hasTime }) => partNames(parts, hasTime));
  return {
    columns: columns.map(({ index }) => index),
    parts,
    fill: fits.map(({ fill }) => fill),
    keepMissing,
    hasTime: fits.map(({ hasTime }) => hasTime),
    scale: joinSpreads(fits.flatMap(({ used }, position) => partSpreads(used, names[position]!, settings))),
    indicators,
    outputs: [
      ...columns.flatMap(({ name, feature }, position) =>
        names[position]!.map((part) => ({ name: `${name}:${part}`, feature })),
      ),
      ...indicators.map((position) => {
        const { name, feature } = columns[position]!;
        return { name: `${name}:missing`, feature };
      }),
    ],
  };
}

/** A real date stands in for a missing one, so that its parts belong together. There is no constant date: the median. */
function chooseFill(present: readonly string[], { numericMissing }: Settings): string {
  if (present.length === 0) return firstDay;
  if (numericMissing === 'most_frequent') return modeOf(present);
  if (numericMissing !== 'mean') return present[Math.floor((present.length - 1) / 2)]!;
  const mean = meanOf(Float64Array.from(present, dayNumber));
  return new Date(Math.round(mean) * 86_400_000).toISOString().slice(0, 19);
}

/** In the cyclic form the two parts that are not between -1 and 1 are scaled; the plain parts are for trees. */
function partSpreads(
  dates: readonly string[],
  names: readonly string[],
  settings: Settings,
): readonly Spread[] {
  if (settings.dateParts === 'plain') return names.map(() => unscaled);
  const measures: Readonly<Record<string, (iso: string) => number>> = {
    days: dayNumber,
    day: (iso) => Number(iso.slice(8, 10)),
  };
  return names.map((name) => {
    const measure = measures[name];
    return measure ? fitSpread(Float64Array.from(dates, measure), settings.scaling) : unscaled;
  });
}

/**
 * Writes the date-time part of the encoding.
 *
 * @param text string [N, text columns]
 * @returns blocks float32 [N, ...] whose columns are `plan.outputs` in order
 */
export function emitDates(builder: GraphBuilder, text: Value, plan: DatePlan): readonly Value[] {
  const columns = plan.columns.length;
  const iso = builder.op('Gather', [text, builder.integers(plan.columns)], { axis: attr.int(1) });
  const present = builder.op('RegexFullMatch', [iso], { pattern: attr.string(isoDatePattern) });
  const dates = builder.op('Where', [present, iso, builder.strings(plan.fill)]);
  const calendar = emitCalendar(builder, dates, { columns, withHour: plan.hasTime.includes(true) });
  const parts = emitParts(builder, calendar, plan.parts);
  const flat = selectParts(builder, keepMissing(builder, parts, present, plan), plan);
  const scaled = emitScale(builder, flat, plan.scale, plan);
  return [scaled, ...emitIndicators(builder, present, plan.indicators)];
}

function keepMissing(builder: GraphBuilder, parts: Value, present: Value, plan: DatePlan): Value {
  if (!plan.keepMissing) return parts;
  const ofAllParts = builder.op('Unsqueeze', [present, builder.integers([-1])]);
  return builder.op('Where', [ofAllParts, parts, builder.floats([Number.NaN], [])]);
}

/** [N, d, parts] to [N, outputs]: without the hours of columns that have no times of day. */
function selectParts(builder: GraphBuilder, parts: Value, { parts: form, hasTime }: DatePlan): Value {
  const wide = partNames(form, hasTime.includes(true)).length;
  const flat = builder.op('Reshape', [parts, builder.integers([0, hasTime.length * wide])]);
  const wanted = hasTime.flatMap((withHour, column) =>
    partNames(form, withHour).map((_, part) => column * wide + part),
  );
  if (wanted.length === hasTime.length * wide) return flat;
  return builder.op('Gather', [flat, builder.integers(wanted)], { axis: attr.int(1) });
}
