/** `datasets/{dataset}/versions/{digest}/profile.json`: what is in a data set, without its rows. */
import * as z from 'zod';
import { columnTypeName } from './model-spec.ts';
import { pictureFacts } from './pictures.ts';

/** One column of a profile. Numbers are those of the column read as its type. */
export const columnProfile = z.object({
  name: z.string(),
  type: columnTypeName,
  /** What the values look like; differs from `type` where the user imposed one. */
  inferred_type: columnTypeName,
  missing: z.int(),
  distinct: z.int(),
  numeric: z
    .object({
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      /** Sample standard deviation (n - 1); `null` for a single value. */
      std: z.number().nullable(),
      /** Keys are shares: `"0"`, `"0.01"`, ..., `"1"`; linear interpolation. */
      quantiles: z.record(z.string(), z.number()),
      /** Counts in 20 bins of equal width from min to max. */
      histogram: z.array(z.int()),
    })
    .optional(),
  /** Most frequent first; never kept for text and identifiers, which may be personal. */
  categories: z.array(z.object({ value: z.string(), count: z.int() })).optional(),
  /** Lengths in characters. */
  text: z.object({ min_length: z.int(), max_length: z.int(), mean_length: z.number() }).optional(),
  /** Smallest and largest as `YYYY-MM-DDTHH:MM:SS`; the form of the date in strptime letters. */
  datetime: z.object({ min: z.string(), max: z.string(), format: z.string() }).optional(),
  image: pictureFacts.optional(),
});
export type ColumnProfile = z.infer<typeof columnProfile>;

/** Something a person should look at before trusting a model of this data. */
export const profileWarning = z.object({
  code: z.enum([
    'ambiguous_datetime',
    'constant',
    'decimal_comma',
    'digit_groups',
    'duplicate_rows',
    'gaps_filled',
    'encoding_guessed',
    'files_left_out',
    'high_cardinality',
    'identifier',
    'imbalanced_target',
    'leakage',
    'missing_target',
    'mostly_missing',
    'mostly_numeric',
    'number_with_unit',
    'parts_merged',
    'pictures_left_out',
    'pictures_resized',
    'rare_class',
    'short_history',
    'token_as_value',
  ]),
  column: z.string().nullable(),
  message: z.string(),
});
export type ProfileWarning = z.infer<typeof profileWarning>;

/** The profile of one version of a data set. */
export const datasetProfile = z.object({
  rows: z.int(),
  /** Rows that repeat an earlier row in every column. */
  duplicate_rows: z.int(),
  /** Texts the user declared to mean "missing" in every column. */
  missing: z.array(z.string()),
  /** The column the warnings on leakage and imbalance are about. */
  target: z.string().nullable(),
  columns: z.array(columnProfile),
  warnings: z.array(profileWarning),
});
export type DatasetProfile = z.infer<typeof datasetProfile>;
