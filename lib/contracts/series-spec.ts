/** What a spec says of series: which column is the time, what is forecast how far, and how its rows become regular. */
import * as z from 'zod';
import { seriesLearners } from './learners/series.ts';

/** How many units between two values: `15min`, `1h`, `1d`, `1w`, `1mo`, `1q`, `1y`; `-end` on the last day of a month. */
export const frequencyPattern = /^([1-9]\d{0,4})?(s|min|h|d|w|mo|q|y)(-end)?$/;

/** Steps that are forecast at most. */
export const maxHorizon = 1_000;
/** Values that a forecast is made from at most. */
export const maxContext = 4_000;

const column = z.string().min(1);
const distinct = (items: readonly unknown[]): boolean => new Set(items).size === items.length;

export const seriesSpec = z.strictObject({
  /** The date-time column. */
  time: column,
  /** Columns that tell which series a row is of; absent if the data are one series. */
  id: z.array(column).min(1).max(5).optional(),
  /** How many steps after the newest value are forecast. */
  horizon: z.int().min(1).max(maxHorizon),
  /** Time between two values; found in the data where nothing is said. */
  frequency: z
    .string()
    .regex(frequencyPattern, 'use a count and s, min, h, d, w, mo, q or y, for example "15min" or "1h"')
    .optional(),
  /** Columns whose values are known for the future too, such as holidays and prices. */
  known: z.array(column).min(1).max(50).refine(distinct, 'names a column twice').optional(),
  /** Shares of the outcomes that shall lie below the forecast; 0.1, 0.5 and 0.9 where nothing is said. */
  quantiles: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .max(19)
    .refine(distinct, 'names a quantile twice')
    .optional(),
  /** Steps after which a pattern comes again: 24 for days of hours. By the frequency where nothing is said. */
  season: z.int().min(1).max(maxHorizon).optional(),
  /** What is done where steps are missing in the midst of a series. */
  gaps: z
    .strictObject({
      fill: z.enum(['interpolate', 'previous', 'zero', 'refuse']).optional(),
      /** Missing steps in a row that are filled at most; longer gaps are refused. */
      limit: z.int().min(1).max(maxHorizon).optional(),
    })
    .optional(),
  /** What becomes of rows that fall into one step; refused where nothing is said. */
  aggregate: z.enum(['mean', 'sum', 'min', 'max', 'first', 'last']).optional(),
});
export type SeriesSpec = z.infer<typeof seriesSpec>;

/** Fields of a spec that speak of tables. */
const ofTables = ['relabel', 'positive', 'imbalance', 'split', 'preprocess'] as const;

/** What is wrong with a column of times that holds something else, and how times are written. */
export const notTimes = (column: string, type: string | undefined): string =>
  `"${column}" holds ${type} values, not date-times; name the column that says when each row was, or write its times such as 2026-10-01 or 2026-10-01T06:00:00, a month or quarter as its first day.`;

/** The part of a spec that must fit, or not be there, with `series`. */
type Surroundings = Partial<Record<(typeof ofTables)[number], unknown>> & {
  readonly task?: string | undefined;
  readonly learner?: string | undefined;
  readonly series?: SeriesSpec | undefined;
  readonly features?: { readonly include?: unknown; readonly exclude?: unknown } | undefined;
};

/** Checks that a spec asks either for a forecast of series or for a table. */
export function checkSeries(spec: Surroundings, context: z.RefinementCtx): void {
  const fault = (path: string[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  const { series, task, learner = 'auto', features } = spec;
  if (!series) {
    if (task === 'forecast')
      fault(['series'], 'a forecast needs "series": {"time": COLUMN, "horizon": STEPS}');
    else if (Object.hasOwn(seriesLearners, learner)) {
      fault(['learner'], 'this learner forecasts; say "series", or choose a learner of tables');
    }
    return;
  }
  if (task !== undefined && task !== 'forecast') {
    fault(['task'], '"series" makes the task a forecast; leave one of them out');
  }
  for (const field of ofTables) {
    if (spec[field] !== undefined) fault([field], 'is for tables; leave it out of a forecast');
  }
  if (features?.include !== undefined || features?.exclude !== undefined) {
    fault(
      ['features'],
      'a forecast takes the columns that "series.known" names; leave include and exclude out',
    );
  }
}

/** What a version that forecasts says of the series it was made for. */
export const seriesSchema = z.object({
  time: z.string(),
  target: z.string(),
  id: z.array(z.string()),
  /** Text as in the spec. */
  frequency: z.string(),
  horizon: z.int(),
  /** Values that a forecast is made from, and that a request with a history has to send at least. */
  context: z.int(),
  season: z.int(),
  quantiles: z.array(z.number()),
  known: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['numeric', 'boolean', 'category']),
      /** Of those that are not numeric, in the order of their places in the tensor. */
      categories: z.array(z.string()).optional(),
      range: z.tuple([z.number(), z.number()]).optional(),
    }),
  ),
  /** Whether the file has the input `time`. */
  calendar: z.boolean(),
  gaps: z.object({ fill: z.enum(['interpolate', 'previous', 'zero', 'refuse']), limit: z.int() }),
  aggregate: z.enum(['mean', 'sum', 'min', 'max', 'first', 'last']).optional(),
  /** Form of the stamps in the data, in strptime letters, and whether they are whole days. */
  format: z.string(),
  dates_only: z.boolean(),
  /** Whether they say how far they are from UTC; answers then say that they are in UTC. */
  zoned: z.boolean(),
  /** How many series it has learnt from, and the names of the first of them. */
  count: z.int(),
  names: z.array(z.string()),
  /** The newest moment it knows of. */
  newest: z.string(),
  /** Settings that the learner has found, for people: the order of an autoregression, weights of a smoothing. */
  found: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())])),
});
export type SeriesSchema = z.infer<typeof seriesSchema>;

/** The newest values of a series, as a version keeps them: `models/{model}/histories/{digest}.json` has one by name. */
export interface StoredSeries {
  /** Of the first value, `YYYY-MM-DDTHH:MM:SS`. */
  readonly start: string;
  readonly values: readonly number[];
  /** Known inputs of the values and of `ahead` steps after them, row by row; `null` where the data do not tell one. */
  readonly known: readonly (number | null)[];
  readonly ahead: number;
}
