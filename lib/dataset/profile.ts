/** Profiles a data set: what each column holds, and what a person should look at before a model is trusted. */
import type { ColumnProfile, DatasetProfile, ProfileWarning } from '../contracts/profile.ts';
import { invalidInput } from '../core/index.ts';
import { type InferOptions, inferTypes, type TypedColumn, unknownColumn } from './infer-types.ts';
import { encode, type ProfileTarget, readTarget, type TargetOptions } from './profile-target.ts';
import { columnWarnings, leakageWarning } from './profile-warnings.ts';
import type { DatasetHandle } from './read-dataset.ts';
import { profileQuantiles, summarise } from './statistics.ts';
import { columnBatch, readNumbers, readTexts, valueSql } from './value-sql.ts';

/** How to read the columns, and what is to be predicted if that is known. */
export interface ProfileOptions extends InferOptions, Partial<TargetOptions> {}

/** Categories kept, the most frequent ones. */
const maxCategories = 50;
/** Numeric columns with at most so many values also list them: they may be class labels. */
const maxNumericCategories = 20;

/**
 * The profile of a data set; with a target also warnings on columns that give it away and on its balance.
 *
 * @throws invalid_request `unknown_column`, `infinite_value`, `type_mismatch`, `constant_target`
 * @example const profile = await profileDataset(data, { target: 'diagnosis', types: { zip: 'category' } });
 */
export async function profileDataset(
  handle: DatasetHandle,
  options: ProfileOptions = {},
): Promise<DatasetProfile> {
  const typed = await inferTypes(handle, options);
  const target = await findTarget(handle, typed, options);
  const described = new Map<string, Described>();
  const numeric = typed.filter(({ type }) => type === 'numeric');
  for (let start = 0; start < numeric.length; start += columnBatch) {
    const batch = numeric.slice(start, start + columnBatch);
    const values = batch.map(({ survey }) => valueSql(survey.index, options));
    const numbers = await readNumbers(handle.database, values, handle.rows);
    for (const [index, column] of batch.entries()) {
      described.set(
        column.survey.name,
        await describeNumeric(handle, column, {
          ...context(options, target),
          numbers: numbers[index] as Float64Array,
        }),
      );
    }
  }
  for (const column of typed) {
    if (column.type !== 'numeric')
      described.set(column.survey.name, await describeText(handle, column, context(options, target)));
  }
  const warnings: ProfileWarning[] = [...(target?.warnings ?? [])];
  for (const column of typed) {
    warnings.push(...(described.get(column.survey.name)?.warnings ?? []));
    warnings.push(...(await columnWarnings(handle, column, options)));
  }
  const duplicates = await countDuplicates(handle);
  return {
    rows: handle.rows,
    duplicate_rows: duplicates,
    missing: [...(options.missing ?? [])],
    target: target?.name ?? null,
    columns: typed.map(({ survey }) => (described.get(survey.name) as Described).profile),
    warnings: [...handle.notices, ...warnings, ...duplicateWarning(duplicates, handle.rows)],
  };
}

interface Described {
  readonly profile: ColumnProfile;
  readonly warnings: readonly ProfileWarning[];
}

interface Context {
  readonly options: ProfileOptions;
  readonly target: ProfileTarget | null;
}

const context = (options: ProfileOptions, target: ProfileTarget | null): Context => ({ options, target });

async function findTarget(
  handle: DatasetHandle,
  typed: readonly TypedColumn[],
  options: ProfileOptions,
): Promise<ProfileTarget | null> {
  const { target } = options;
  if (target === undefined) return null;
  const column = typed.find(({ survey }) => survey.name === target);
  if (column === undefined) throw unknownColumn(handle, target);
  if (column.missing === handle.rows) {
    throw invalidInput(
      `${handle.fileName}: Every value of the target column "${target}" is missing. Fill the column in or choose another target.`,
      { code: 'target_missing', param: target },
    );
  }
  if (column.type === 'constant') {
    throw invalidInput(
      `${handle.fileName}: Column "${target}" has the same value in every row, so there is nothing to predict. Choose another target or upload data with at least two outcomes.`,
      { code: 'constant_target', param: target },
    );
  }
  return readTarget(handle, column, { ...options, target });
}

const basics = ({ survey, type, inferredType, missing }: TypedColumn): ColumnProfile => ({
  name: survey.name,
  type,
  inferred_type: inferredType,
  missing,
  distinct: survey.distinct,
});

async function describeNumeric(
  handle: DatasetHandle,
  column: TypedColumn,
  { options, target, numbers }: Context & { readonly numbers: Float64Array },
): Promise<Described> {
  const { distinct, summary } = summarise(numbers);
  const categories =
    distinct > 0 && distinct <= maxNumericCategories
      ? { categories: await topValues(handle, column, options) }
      : {};
  const numeric =
    summary === null
      ? {}
      : {
          numeric: {
            ...summary,
            quantiles: Object.fromEntries(
              profileQuantiles.map((share, index) => [`${share}`, summary.quantiles[index] as number]),
            ),
            histogram: [...summary.histogram],
          },
        };
  return {
    profile: { ...basics(column), distinct, ...numeric, ...categories },
    warnings: judged(column, target, () => ({ kind: 'numbers', values: numbers })),
  };
}

async function describeText(
  handle: DatasetHandle,
  column: TypedColumn,
  { options, target }: Context,
): Promise<Described> {
  const { survey, type } = column;
  const profile = basics(column);
  const picture = handle.pictures.find(({ index }) => index === survey.index);
  if (picture !== undefined) {
    const { index: _index, ...image } = picture;
    return { profile: { ...profile, image }, warnings: [] };
  }
  if (column.dates !== null) {
    const { min, max, format } = column.dates;
    return { profile: { ...profile, datetime: { min, max, format } }, warnings: [] };
  }
  if (type === 'text' || type === 'identifier') {
    const text = {
      min_length: survey.minLength ?? 0,
      max_length: survey.maxLength ?? 0,
      mean_length: survey.meanLength ?? 0,
    };
    return { profile: { ...profile, text }, warnings: [] };
  }
  const categories = await topValues(handle, column, options);
  if (target === null || type === 'constant') return { profile: { ...profile, categories }, warnings: [] };
  const [texts = []] = await readTexts(handle.database, [valueSql(survey.index, options)]);
  return {
    profile: { ...profile, categories },
    warnings: judged(column, target, () => ({ kind: 'codes', codes: encode(texts).codes })),
  };
}

function judged(
  { survey }: TypedColumn,
  target: ProfileTarget | null,
  feature: () => Parameters<ProfileTarget['judge']>[0],
): readonly ProfileWarning[] {
  if (target === null || target.name === survey.name) return [];
  const leak = target.judge(feature());
  return leak === null ? [] : [leakageWarning(survey.name, target.name, leak)];
}

/** Most frequent first; equal counts in code-point order, so that a profile is always the same. */
async function topValues(
  { database }: DatasetHandle,
  { survey }: TypedColumn,
  options: ProfileOptions,
): Promise<{ value: string; count: number }[]> {
  const rows = await database.rows(
    `SELECT value, count(*) FROM (SELECT ${valueSql(survey.index, options)} AS value FROM data)
     WHERE value IS NOT NULL GROUP BY value ORDER BY count(*) DESC, value LIMIT ${maxCategories}`,
  );
  return rows.map(([value, count]) => ({ value: String(value), count: Number(count) }));
}

/** By 64-bit hashes of the rows: two different rows among ten million agree with a chance of 1 in 370,000. */
async function countDuplicates({ database, columns, rows }: DatasetHandle): Promise<number> {
  const names = columns.map((_, index) => `c${index}`).join(', ');
  const [[distinct] = []] = await database.rows(`SELECT count(DISTINCT hash(${names})) FROM data`);
  return rows - Number(distinct);
}

function duplicateWarning(duplicates: number, rows: number): readonly ProfileWarning[] {
  if (duplicates === 0) return [];
  const message = `${duplicates} of ${rows} rows repeat an earlier row. Equal rows are kept on the same side of a split, so that none is tested on what was learnt by heart.`;
  return [{ code: 'duplicate_rows', column: null, message }];
}
