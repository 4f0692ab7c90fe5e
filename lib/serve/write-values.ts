/** One raw value of a request into its place in a tensor: read as for training, checked against what was seen there. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { FeatureSchema } from '../contracts/records.ts';
import {
  type DatetimeFormat,
  datetimeFormats,
  invalidInput,
  type OnrampError,
  parseDatetime,
} from '../core/index.ts';
import { notAPicture, oddPicture, pictureText } from './pictures.ts';

/** Where the values of a request are put. */
export interface RowBuffers {
  numeric: Float32Array;
  readonly text: string[];
  /** Texts in base64, for the columns of pictures. */
  readonly pictures: string[];
  /** Told of a value that is answered all the same. */
  readonly warn: (about: Omit<PredictionWarning, 'message'>, message: () => string) => void;
  /** How a value is called in a message: `instances[3].age` or `columns.age[3]`. */
  readonly nameOf: (row: number, field: string) => string;
}

/**
 * Puts one raw value where it belongs.
 *
 * @param row for the place and for messages
 * @throws invalid_request `not_a_number`, `not_a_text`, `not_a_date_time` or `not_a_picture`
 */
export type ValueWriter = (value: unknown, row: number, into: RowBuffers) => void;

const isoFormat: DatetimeFormat = '%Y-%m-%d';
/** Models take larger numbers for missing ones; see `largestNumber` of the preprocessing. */
const largestNumber = 1e38;

/**
 * The writer of one column.
 *
 * @param width columns of its tensor
 * @param missing texts that mean "missing" in every column of the data
 */
export function compileWriter(
  feature: FeatureSchema,
  width: number,
  missing: readonly string[],
): ValueWriter {
  if (feature.type === 'image') return compilePictureWriter(feature, width, missing);
  return feature.type === 'numeric'
    ? compileNumberWriter(feature, width, missing)
    : compileTextWriter(feature, width, missing);
}

const rangeOf = ({ range }: FeatureSchema): readonly [number, number] =>
  (range as readonly [number, number] | undefined) ?? [-largestNumber, largestNumber];

const numbersAmong = (missing: readonly string[]): number[] =>
  missing.filter((text) => text.trim() !== '').map(Number);

/** Numbers of which nothing needs to be said: written as they are if, as 32-bit floats, they lie between the two. */
export interface PlainRange {
  readonly lowest: number;
  readonly highest: number;
}

/**
 * The numbers that the writer of a numeric column only rounds and puts into place; `null` if it must see all.
 *
 * @param missing texts that mean "missing" in every column of the data
 */
export function plainRange(feature: FeatureSchema, missing: readonly string[]): PlainRange | null {
  const [lowest, highest] = rangeOf(feature).map(Math.fround) as [number, number];
  const isWithin = (value: number): boolean => Math.fround(value) >= lowest && Math.fround(value) <= highest;
  return numbersAmong(missing).some(isWithin) ? null : { lowest, highest };
}

/** Ranges are compared in float32, in which the model sees the value: 0.1 lies in a range that begins with it. */
function compileNumberWriter(feature: FeatureSchema, width: number, missing: readonly string[]): ValueWriter {
  const { name, index, typical } = feature;
  const [low, high] = rangeOf(feature);
  const [lowest, highest] = [Math.fround(low), Math.fround(high)];
  const [usualLow, usualHigh] = typical ?? [low, high];
  const far = 10 * (usualHigh - usualLow);
  const missingTexts = new Set(missing);
  const missingNumbers = new Set(numbersAmong(missing));
  return (value, row, into) => {
    const place = row * width + index;
    const isMissing =
      value === null ||
      (missingTexts.size > 0 && (missingNumbers.has(value as number) || missingTexts.has(value as string)));
    if (isMissing) {
      into.numeric[place] = Number.NaN;
      warnMissing(into, row, name);
      return;
    }
    if (typeof value !== 'number') throw notANumber(into.nameOf(row, name), value);
    into.numeric[place] = value;
    const rounded = into.numeric[place]!;
    if (rounded >= lowest && rounded <= highest) return;
    if (!Number.isFinite(rounded)) throw notANumber(into.nameOf(row, name), value);
    const suspicious = far > 0 && (value < usualLow - far || value > usualHigh + far);
    const message = (): string =>
      suspicious
        ? `${value} is far outside the training data (${low} to ${high}); is the unit right?`
        : `${value} is outside the training data (${low} to ${high}).`;
    into.warn({ row, field: name, code: suspicious ? 'suspicious_unit' : 'out_of_range' }, message);
  };
}

function notANumber(place: string, value: unknown): OnrampError {
  const shown = typeof value === 'number' ? 'a number beyond the range of a 32-bit float' : describe(value);
  return invalidInput(`"${place}" must be a number or null, not ${shown}.`, {
    code: 'not_a_number',
    param: place,
  });
}

function warnMissing(into: RowBuffers, row: number, field: string): void {
  into.warn({ row, field, code: 'missing_field' }, () => 'No value: the model fills it in as in training.');
}

function compilePictureWriter(
  { name, index, image }: FeatureSchema,
  width: number,
  missing: readonly string[],
): ValueWriter {
  const missingTexts = new Set(['', ...missing]);
  return (value, row, into) => {
    const isMissing = value === null || missingTexts.has(value as string);
    const text = isMissing ? '' : pictureText(value);
    if (text === null) throw notAPicture(into.nameOf(row, name), value);
    into.pictures[row * width + index] = text;
    const odd = text === '' ? null : oddPicture(text, image!);
    if (odd) into.warn({ row, field: name, code: odd.code }, () => odd.message);
    if (isMissing)
      into.warn({ row, field: name, code: 'missing_field' }, () => 'No picture: the model sees a black one.');
  };
}

/** Texts of the data: an empty one is a missing value there. */
function compileTextWriter(feature: FeatureSchema, width: number, missing: readonly string[]): ValueWriter {
  const compileReader = textReaders[feature.type as keyof typeof textReaders];
  const read = compileReader(feature, new Set(['', ...missing]));
  const { name, index } = feature;
  return (value, row, into) => {
    const text = value === null ? '' : read(value, row, into);
    into.text[row * width + index] = text;
    if (text === '') warnMissing(into, row, name);
  };
}

/** The text as training would see it; '' is a missing value. */
type TextReader = (value: unknown, row: number, into: RowBuffers) => string;

/** Long texts: none of them is expected to have been there in training. */
const compileProseReader = ({ name }: FeatureSchema, missing: ReadonlySet<string>): TextReader => {
  return (value, row, into) => {
    const text = typeof value === 'string' ? value : scalarText(value, missing, new Map());
    if (text === null) throw notAText(into.nameOf(row, name), value);
    return missing.has(text) ? '' : text;
  };
};

/** Texts as in the data; numbers and booleans take the spelling the data have for them. */
function compileCategoryReader(
  { name, categories = [] }: FeatureSchema,
  missing: ReadonlySet<string>,
): TextReader {
  const known = new Set(categories);
  const spelling = spellings(categories);
  return (value, row, into) => {
    const text = typeof value === 'string' ? value : scalarText(value, known, spelling);
    if (text === null) throw notAText(into.nameOf(row, name), value);
    if (known.has(text)) return text;
    if (missing.has(text)) return '';
    const message = (): string => `"${text.slice(0, 60)}" was not in the training data.`;
    into.warn({ row, field: name, code: 'unknown_category' }, message);
    return text;
  };
}

const notAText = (place: string, value: unknown): OnrampError =>
  invalidInput(`"${place}" must be a text, a number, a boolean or null, not ${describe(value)}.`, {
    code: 'not_a_text',
    param: place,
  });

/** The data's text by what JSON makes of it: `1.0` by `1`, `True` by `true`. */
function spellings(categories: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    categories.map((category) => {
      const isNumber = category.trim() !== '' && Number.isFinite(Number(category));
      return [isNumber ? String(Number(category)) : category.toLowerCase(), category];
    }),
  );
}

function scalarText(
  value: unknown,
  known: ReadonlySet<string>,
  spelling: ReadonlyMap<string, string>,
): string | null {
  const isScalar = typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
  if (!isScalar) return null;
  const text = String(value);
  return known.has(text) ? text : (spelling.get(text) ?? text);
}

/** Date-times in the form of the training data, or in ISO 8601; both are read as they were for training. */
function compileTimestampReader(
  { name, format, range }: FeatureSchema,
  missing: ReadonlySet<string>,
): TextReader {
  const trained = datetimeFormats.find((known) => known === format) ?? isoFormat;
  const parse = (text: string): string | null =>
    parseDatetime(text, isoFormat) ?? (trained === isoFormat ? null : parseDatetime(text, trained));
  const [low, high] = (range as readonly [string, string] | undefined) ?? ['', '\uffff'];
  return (value, row, into) => {
    if (typeof value === 'string' && missing.has(value)) return '';
    const text = typeof value === 'string' ? parse(value) : null;
    if (text === null) {
      throw invalidInput(
        `"${into.nameOf(row, name)}" must be a date and time such as "2026-01-31" or "2026-01-31T14:30:00", not ${describe(value)}.`,
        { code: 'not_a_date_time', param: into.nameOf(row, name) },
      );
    }
    if (text < low || text > high) {
      const message = (): string => `${text} is outside the training data (${low} to ${high}).`;
      into.warn({ row, field: name, code: 'out_of_range' }, message);
    }
    return text;
  };
}

const textReaders = {
  datetime: compileTimestampReader,
  category: compileCategoryReader,
  boolean: compileCategoryReader,
  text: compileProseReader,
} as const;

/** A value in a message: its kind, and a text's beginning. */
function describe(value: unknown): string {
  if (typeof value === 'string') return `the text "${value.slice(0, 60)}"`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
}
