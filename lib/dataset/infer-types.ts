/** Decides what each column holds, from counts over all rows; what the user says goes before what was inferred. */
import { datetimeFormats, invalidInput } from '../core/index.ts';
import { type DatetimeFinding, findDatetimeFormat, misfit } from './datetime-column.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { type ColumnSurvey, surveyColumns } from './survey.ts';
import type { ColumnType } from './types.ts';
import { excerpt } from './upload-error.ts';
import { placeOf } from './value-place.ts';
import { isInfiniteSql, isMissingTokenSql, numberSql, type ValueRules, valueSql } from './value-sql.ts';

/** What is known of a column's type. */
export interface TypedColumn {
  readonly survey: ColumnSurvey;
  readonly type: ColumnType;
  readonly inferredType: ColumnType;
  /** Set for date-time columns only. */
  readonly dates: DatetimeFinding | null;
  /** Rows without a value, counting texts such as NA where the type takes them as missing. */
  readonly missing: number;
}

/** How columns are to be read. */
export interface InferOptions extends ValueRules {
  /** Types the user imposes, by column name. */
  readonly types?: Readonly<Record<string, ColumnType>>;
}

/**
 * The type of every column.
 *
 * @throws invalid_request `unknown_column`, `infinite_value`, or `type_mismatch` for an imposed type that does not
 * fit, naming column and line
 */
export async function inferTypes(
  handle: DatasetHandle,
  options: InferOptions = {},
): Promise<readonly TypedColumn[]> {
  for (const name of Object.keys(options.types ?? {})) {
    if (!handle.columns.includes(name)) throw unknownColumn(handle, name);
  }
  const surveys = await surveyColumns(handle, options);
  const columns: TypedColumn[] = [];
  for (const survey of surveys) columns.push(await typeColumn(handle, survey, options));
  return columns;
}

/** The refusal of a column name that the data set does not have. */
export function unknownColumn(handle: Pick<DatasetHandle, 'fileName' | 'columns'>, name: string): Error {
  const known = handle.columns.slice(0, 20).map((column) => `"${excerpt(column, 30)}"`);
  const more = handle.columns.length > 20 ? ', ...' : '';
  return invalidInput(
    `${handle.fileName}: There is no column "${excerpt(name)}". The columns are ${known.join(', ')}${more}.`,
    { code: 'unknown_column', param: name },
  );
}

async function typeColumn(
  handle: DatasetHandle,
  survey: ColumnSurvey,
  options: InferOptions,
): Promise<TypedColumn> {
  const { types = {} } = options;
  const imposed = Object.hasOwn(types, survey.name) ? types[survey.name] : undefined;
  const isPicture = handle.pictures.some(({ index }) => index === survey.index);
  if ((isPicture && imposed !== undefined && imposed !== 'image') || (!isPicture && imposed === 'image')) {
    throw notPictures(handle, survey, isPicture);
  }
  if (isPicture) {
    const missing = handle.rows - survey.present;
    return { survey, type: 'image', inferredType: 'image', dates: null, missing };
  }
  const isNumeric = looksNumeric(survey) && !isCode(survey);
  const mayBeDatetime =
    imposed === 'datetime' || (imposed === undefined && !isNumeric && isDateLength(survey));
  const dates = mayBeDatetime ? await findDatetimeFormat(handle, survey.index, options) : null;
  const inferredType = inferType(survey, handle.rows, dates);
  const type = imposed ?? inferredType;
  if (type === 'numeric') await requireNumbers(handle, survey, options);
  if (imposed === 'datetime' && dates === null) throw await notDatetime(handle, survey, options);
  if (imposed === 'boolean' && survey.distinct > 2) throw notBoolean(handle, survey);
  const takesTokens = type === 'numeric' || type === 'datetime';
  return {
    survey,
    type,
    inferredType,
    dates: type === 'datetime' ? dates : null,
    missing: handle.rows - survey.present + (takesTokens ? survey.missingTokens : 0),
  };
}

/** From `1/2/01` to a full month's name with time and offset; saves looking at texts that cannot be dates. */
const isDateLength = ({ distinct, maxLength }: ColumnSurvey): boolean =>
  distinct > 1 && Number(maxLength) >= 6 && Number(maxLength) <= 50;

/** Every text is a number, an infinity or a token for missing, and at least one is a number. */
const looksNumeric = (survey: ColumnSurvey): boolean =>
  survey.numbers > 0 && survey.numbers + survey.infinities + survey.missingTokens === survey.present;

/**
 * Whole numbers of one width, leading zeros among them, are codes such as postcodes: `02139` is neither 2139 nor twice
 * as much as `01070`, and a number in JSON could not be written so.
 */
const isCode = ({ numbers, integers, zeroPadded, minDigits, maxDigits }: ColumnSurvey): boolean =>
  zeroPadded > 0 && integers === numbers && minDigits === maxDigits;

function inferType(survey: ColumnSurvey, rows: number, dates: DatetimeFinding | null): ColumnType {
  const { present, distinct } = survey;
  if (present === 0 || (distinct === 1 && present === rows)) return 'constant';
  if (looksNumeric(survey)) {
    if (isIntegerKey(survey, rows)) return 'identifier';
    return isCode(survey) ? textType(survey) : 'numeric';
  }
  if (dates !== null) return 'datetime';
  if (isBooleanPair(survey)) return 'boolean';
  return textType(survey);
}

/** Below this many rows, values are unique by chance. */
const minRowsForIdentifier = 10;

/** Unique whole numbers in every row that count the rows from 0 or 1, or that are called a key. */
function isIntegerKey({ name, integers, distinct, smallest, largest }: ColumnSurvey, rows: number): boolean {
  if (rows < minRowsForIdentifier || integers !== rows || distinct !== rows) return false;
  const countsRows = (smallest === 0 || smallest === 1) && largest === smallest + rows - 1;
  return countsRows || /(^|[\s_.-])(id|key|uid|uuid|guid|index|no|nr|number)$|[a-z](Id|ID|Key)$/i.test(name);
}

const booleanPairs = new Set(['false true', 'no yes', 'f t', 'n y']);

function isBooleanPair({ distinct, first, last }: ColumnSurvey): boolean {
  if (distinct !== 2) return false;
  return booleanPairs.has(`${first} ${last}`.toLowerCase());
}

/** Free text has several words and seldom repeats; what never repeats is a key; all else is a category. */
function textType({ present, distinct, meanWords, meanLength }: ColumnSurvey): ColumnType {
  const isLong = Number(meanWords) >= 3 || Number(meanLength) > 50;
  if (isLong && distinct > 20 && distinct > present / 2) return 'text';
  return present >= minRowsForIdentifier && distinct === present ? 'identifier' : 'category';
}

async function requireNumbers(handle: DatasetHandle, survey: ColumnSurvey, rules: ValueRules): Promise<void> {
  const value = valueSql(survey.index, rules);
  if (survey.infinities > 0) {
    const { where, text } = await placeOf(handle, survey.index, isInfiniteSql(value));
    throw invalidInput(
      `${handle.fileName}${where}: Column "${excerpt(survey.name)}" holds the infinite value "${text}". No model can learn from it: replace it by a number, leave the field empty, or list "${text}" under "missing".`,
      { code: 'infinite_value', param: survey.name },
    );
  }
  if (survey.numbers + survey.missingTokens === survey.present) return;
  const condition = `${value} IS NOT NULL AND ${numberSql(value)} IS NULL AND NOT ${isMissingTokenSql(value)}`;
  const { where, text } = await placeOf(handle, survey.index, condition);
  throw typeMismatch(
    handle,
    survey.name,
    `${where}: Column "${excerpt(survey.name)}" was said to be numeric but holds "${text}"`,
  );
}

async function notDatetime(handle: DatasetHandle, survey: ColumnSurvey, rules: ValueRules): Promise<Error> {
  const row = await misfit(handle, survey.index, rules);
  if (row < 0) {
    return invalidInput(
      `${handle.fileName}: Column "${excerpt(survey.name)}" was said to hold date-times but has no value at all. Fill it in, or leave it out.`,
      { code: 'type_mismatch', param: survey.name },
    );
  }
  const { where, text } = await placeOf(handle, survey.index, `rowid = ${row}`);
  const forms = datetimeFormats.slice(0, 5).join(', ');
  return typeMismatch(
    handle,
    survey.name,
    `${where}: Column "${excerpt(survey.name)}" was said to hold date-times but "${text}" does not fit the form of the others (known forms: ${forms}, ...)`,
  );
}

const notPictures = (handle: DatasetHandle, { name }: ColumnSurvey, isPicture: boolean): Error =>
  invalidInput(
    isPicture
      ? `${handle.fileName}: Column "${excerpt(name)}" holds pictures and nothing else; name it in features.exclude to learn without it.`
      : `${handle.fileName}: Column "${excerpt(name)}" was said to hold pictures, but its values are no JPEG, PNG or WebP.`,
    { code: 'type_mismatch', param: name },
  );

const notBoolean = (handle: DatasetHandle, survey: ColumnSurvey): Error =>
  typeMismatch(
    handle,
    survey.name,
    `: Column "${excerpt(survey.name)}" was said to be boolean but has ${survey.distinct} different values`,
  );

function typeMismatch({ fileName }: DatasetHandle, column: string, text: string): Error {
  return invalidInput(
    `${fileName}${text}. Mend the value, list it under "missing", or choose another type.`,
    {
      code: 'type_mismatch',
      param: column,
    },
  );
}
