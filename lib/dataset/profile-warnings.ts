/** Warnings about a single column, in the words of the profile. */
import type { ProfileWarning } from '../contracts/profile.ts';
import type { TypedColumn } from './infer-types.ts';
import type { Leak } from './leakage.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { excerpt } from './upload-error.ts';
import { placeOf } from './value-place.ts';
import { isMissingTokenSql, numberSql, type ValueRules, valueSql } from './value-sql.ts';

const mostlyShare = 0.5;
const mostlyNumericShare = 0.9;
/** A category column with more values than this, most rows having one of their own, says little about new rows. */
const highCardinality = 50;

/** All warnings about one column but leakage. */
export async function columnWarnings(
  handle: DatasetHandle,
  column: TypedColumn,
  rules: ValueRules,
): Promise<readonly ProfileWarning[]> {
  const { type, missing, survey } = column;
  const warnings: ProfileWarning[] = [];
  const warn = (code: ProfileWarning['code'], message: string): void => {
    warnings.push({ code, column: survey.name, message });
  };
  if (type === 'constant') warn('constant', constantMessage(survey.present));
  if (type === 'identifier') {
    warn(
      'identifier',
      'Every row has a value of its own, like a key: nothing can be learnt from it for new rows.',
    );
  }
  if (
    type === 'category' &&
    survey.distinct > highCardinality &&
    survey.distinct > survey.present * mostlyShare
  ) {
    warn(
      'high_cardinality',
      `${survey.distinct} different values in ${survey.present} rows: most are too rare to learn from.`,
    );
  }
  if (type !== 'constant' && missing > handle.rows * mostlyShare) {
    warn('mostly_missing', `${missing} of ${handle.rows} rows have no value.`);
  }
  if (column.dates?.ambiguous) {
    warn(
      'ambiguous_datetime',
      `Dates could be read day first or month first; they were read as ${column.dates.format}. If that is wrong, write them as YYYY-MM-DD.`,
    );
  }
  if (type !== 'numeric' && type !== 'datetime' && type !== 'image')
    await textWarnings(handle, column, { rules, warn });
  return warnings;
}

const constantMessage = (present: number): string =>
  present === 0 ? 'The column is empty.' : 'Every row has the same value: nothing can be learnt from it.';

interface WarnOptions {
  readonly rules: ValueRules;
  readonly warn: (code: ProfileWarning['code'], message: string) => void;
}

/** Texts that look like numbers gone wrong, or like missing values that were kept as values. */
async function textWarnings(
  handle: DatasetHandle,
  { type, survey, inferredType }: TypedColumn,
  { rules, warn }: WarnOptions,
): Promise<void> {
  if (type === 'constant' || inferredType === 'numeric') return;
  const value = valueSql(survey.index, rules);
  const others = survey.present - survey.missingTokens;
  if (survey.numbers < others && survey.numbers >= mostlyNumericShare * others) {
    const odd = `${value} IS NOT NULL AND ${numberSql(value)} IS NULL AND NOT ${isMissingTokenSql(value)}`;
    const { where, text } = await placeOf(handle, survey.index, odd);
    warn(
      'mostly_numeric',
      `${survey.numbers} of ${others} values are numbers, but not "${text}"${where}, so the column is taken as ${type}. Mend the value or list it under "missing".`,
    );
    return;
  }
  const grouped = await groupedNumber(handle, value);
  if (grouped !== null) {
    warn(
      'digit_groups',
      `Numbers are written with their digits in groups, such as "${excerpt(grouped)}", so the column is taken as ${type}. Write them without separators and with a decimal point.`,
    );
    return;
  }
  if (await hasDecimalCommas(handle, value)) {
    warn(
      'decimal_comma',
      `Numbers are written with a decimal comma, so the column is taken as ${type}. Write them with a decimal point.`,
    );
    return;
  }
  const unit = await unitOfNumbers(handle, value);
  if (unit !== null) {
    warn(
      'number_with_unit',
      `Numbers are written with "${excerpt(unit)}", so the column is taken as ${type}. Write them without it.`,
    );
  }
  if (survey.missingTokens > 0) {
    const { text } = await placeOf(handle, survey.index, isMissingTokenSql(value));
    warn(
      'token_as_value',
      `"${excerpt(text)}" in ${survey.missingTokens} rows is kept as a value. If such texts mean that nothing is known, list them under "missing".`,
    );
  }
}

/** A number alone, behind the sign of a currency or before a unit; letters before it would be those of a code. */
const number = '[+-]?\\d+(?:[.,]\\d+)*';
const numberWithUnit = `\\s*(?:[$€£¥]\\s*${number}|${number}\\s*[^\\d\\s.,+-]{1,3})\\s*`;

/** What stands beside every number, where it is the same everywhere; texts that may mean "missing" do not count. */
async function unitOfNumbers(handle: DatasetHandle, value: string): Promise<string | null> {
  const [[units, unit, present, fitting] = []] = await handle.database.rows(
    `SELECT count(DISTINCT unit), any_value(unit), count(*), count(unit) FROM (
       SELECT CASE WHEN regexp_full_match(value, '${numberWithUnit}')
         THEN trim(regexp_replace(value, '${number}', '')) END AS unit
       FROM (SELECT ${value} AS value FROM data LIMIT 1000)
       WHERE value IS NOT NULL AND NOT ${isMissingTokenSql('value')})`,
  );
  return Number(units) === 1 && present === fitting ? String(unit) : null;
}

/** What stands between groups of three digits, and before decimals. */
const groupings = [
  { separator: ',', point: '\\.' },
  { separator: '\\.', point: ',' },
  { separator: '[ \\x27\\x{2019}\\x{a0}\\x{202f}]', point: '[.,]' },
] as const;

/** A number whose digits are in groups, where all values are such numbers or ones of at most three digits before decimals. */
async function groupedNumber(handle: DatasetHandle, value: string): Promise<string | null> {
  for (const { separator, point } of groupings) {
    const matches = (groups: string): string =>
      `regexp_full_match(value, '\\s*[+-]?\\d{1,3}(?:${separator}\\d{3})${groups}(?:${point}\\d+)?\\s*')`;
    const [[present, fitting, example] = []] = await handle.database.rows(
      `SELECT count(*), count(*) FILTER (${matches('*')}), any_value(value) FILTER (${matches('+')})
       FROM (SELECT ${value} AS value FROM data LIMIT 1000)
       WHERE value IS NOT NULL AND NOT ${isMissingTokenSql('value')}`,
    );
    if (present === fitting && example !== null && example !== undefined) return String(example).trim();
  }
  return null;
}

async function hasDecimalCommas(handle: DatasetHandle, value: string): Promise<boolean> {
  const [[present, fitting, commas] = []] = await handle.database.rows(
    `SELECT count(value), count(*) FILTER (regexp_full_match(value, '\\s*[+-]?\\d+(,\\d+)?\\s*')),
       count(*) FILTER (contains(value, ','))
     FROM (SELECT ${value} AS value FROM data LIMIT 1000)`,
  );
  return Number(commas) > 0 && present === fitting;
}

/** The warning about a column that gives the target away. */
export function leakageWarning(column: string, target: string, leak: Leak): ProfileWarning {
  const remedy = `If it is only known after "${excerpt(target)}" is, leave it out: a model with it would look perfect and be useless.`;
  return { code: 'leakage', column, message: `${leakReason(leak, target)} ${remedy}` };
}

function leakReason(leak: Leak, target: string): string {
  if (leak.reason === 'separates') {
    return `The column alone tells a class of "${excerpt(target)}" from the others (AUC ${leak.auc.toFixed(3)}).`;
  }
  if (leak.reason === 'explains') {
    return `The column alone explains ${(100 * leak.r2).toFixed(1)} % of the variance of "${excerpt(target)}".`;
  }
  return `The column is filled in only ${leak.rows} rows, and there a certain outcome of "${excerpt(target)}" has a share of ${(100 * leak.rate).toFixed(1)} %, elsewhere ${(100 * leak.otherRate).toFixed(1)} %.`;
}
