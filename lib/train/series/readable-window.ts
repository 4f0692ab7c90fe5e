/** What networks read of a window: its values in their own scale, and of each step ahead the calendar and known inputs. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import { addSteps, type Frequency, type Series } from '../../series/index.ts';
import { type CalendarPart, calendarParts, emitCalendarTime } from './emit-calendar-time.ts';
import { emitScaledWindow } from './scaled-window.ts';
import type { ForecastInputs, ForecastTask } from './types.ts';

const dayMs = 86_400_000;

/** After how much of a part it begins again, and how long that takes. */
const cycles: Readonly<Record<CalendarPart, { readonly period: number; readonly ms: number }>> = {
  minute_of_day: { period: 1_440, ms: dayMs },
  weekday: { period: 7, ms: 7 * dayMs },
  day: { period: 31, ms: 31 * dayMs },
  day_of_year: { period: 366, ms: 366 * dayMs },
  month: { period: 12, ms: 366 * dayMs },
};

/** The parts of the calendar that a model is told; of what was seen less than twice nobody can tell what comes again. */
export function calendarCycles(
  series: readonly Series[],
  { frequency }: Pick<ForecastTask, 'frequency'>,
): readonly CalendarPart[] {
  const longest = series.reduce((most, one) => Math.max(most, spanMs(one, frequency)), 0);
  return calendarParts(frequency).filter((part) => 2 * cycles[part].ms <= longest);
}

const spanMs = ({ start, values }: Series, frequency: Frequency): number =>
  addSteps(frequency, start, values.length) - start;

/** By what known inputs are brought to one size. */
export interface KnownScales {
  /** [width]. */
  readonly means: Float64Array;
  /** Standard deviations, 1 for what never changes; [width]. */
  readonly deviations: Float64Array;
}

/** Over all steps that have a value. */
export function knownScales(series: readonly Series[], width: number): KnownScales {
  const sums = { one: new Float64Array(width), squares: new Float64Array(width) };
  const count = series.reduce((sum, { values }) => sum + values.length, 0);
  const each = (add: (place: number, value: number) => void): void => {
    for (const { known, values } of series) {
      for (let at = 0; at < values.length * width; at += 1) add(at % width, known[at]!);
    }
  };
  each((place, value) => {
    sums.one[place]! += value / count;
  });
  each((place, value) => {
    sums.squares[place]! += (value - sums.one[place]!) ** 2 / count;
  });
  return { means: sums.one, deviations: sums.squares.map((square) => Math.sqrt(square) || 1) };
}

/** How windows are read. */
export interface ReadWindows {
  readonly cycles: readonly CalendarPart[];
  readonly known: KnownScales;
}

/** A window as a network reads it. */
export interface ReadableWindow {
  /** float32 [N, context]. */
  readonly window: Value;
  /** float32 [N, horizon, 2 * cycles + width]; `null` where nothing is known of the steps ahead. */
  readonly ahead: Value | null;
  /** float32 [N, 1] each, as `emitScaledWindow` gives them. */
  readonly mean: Value;
  readonly spread: Value;
}

/** Every cycle is a circle, by sine and cosine: midnight is beside the last minute before it. */
export function emitReadable(
  builder: GraphBuilder,
  { history, known, time }: ForecastInputs,
  { cycles: parts, known: { means, deviations } }: ReadWindows,
): ReadableWindow {
  const { scaled, mean, spread } = emitScaledWindow(builder, history);
  const ahead: Value[] = [];
  if (time) {
    const angles = builder.op('Mul', [
      emitCalendarTime(builder, time, parts),
      builder.floats(parts.map((part) => (2 * Math.PI) / cycles[part].period)),
    ]);
    ahead.push(builder.op('Sin', [angles]), builder.op('Cos', [angles]));
  }
  if (known) {
    const centred = builder.op('Sub', [known, builder.floats(means)]);
    ahead.push(builder.op('Div', [centred, builder.floats(deviations)]));
  }
  const joined = ahead.length > 1 ? builder.op('Concat', ahead, { axis: attr.int(2) }) : (ahead[0] ?? null);
  return { window: scaled, ahead: joined, mean, spread };
}
