/** Chooses the raw columns a model takes, and says why the others are left out. */
import { invalidInput } from '../core/index.ts';
import type { ColumnType } from '../dataset/index.ts';
import type { FeatureColumn } from './types.ts';

/** What is known of a column before any value is read. */
export interface ColumnInfo {
  readonly name: string;
  readonly type: ColumnType;
  /** Date-times: the text form seen in the data, in strptime letters. */
  readonly format?: string | undefined;
}

/** Which columns the user wants. */
export interface FeatureWishes {
  /** Never a feature; absent where nothing is predicted. */
  readonly target?: string | undefined;
  /** Only these; all when absent. */
  readonly include?: readonly string[] | undefined;
  /** Not these. */
  readonly exclude?: readonly string[] | undefined;
}

/** Why a column is not learnt from. */
export interface LeftOutColumn {
  readonly column: string;
  readonly code: 'excluded' | 'not_included' | 'identifier' | 'constant';
  readonly message: string;
}

/** The columns a model takes, in the order of the data, and the others but the target. */
export interface FeatureSelection {
  readonly features: readonly FeatureColumn[];
  readonly leftOut: readonly LeftOutColumn[];
}

const unusable: Readonly<Record<'identifier' | 'constant', string>> = {
  identifier: 'it has a different value in nearly every row, so nothing can be learnt from it',
  constant: 'it has the same value in every row',
};

/**
 * Takes numbers, booleans, categories, date-times, texts and pictures; leaves out the target, identifiers and constants.
 *
 * @throws OnrampError `unknown_column` for a wish that names no column, `target_as_feature` when the target is
 *   included, `no_features` when nothing is left
 * @example selectFeatures(table.columns, { target: 'disease', exclude: ['id'] }).features
 */
export function selectFeatures(columns: readonly ColumnInfo[], wishes: FeatureWishes): FeatureSelection {
  checkWishes(columns, wishes);
  const features: FeatureColumn[] = [];
  const leftOut: LeftOutColumn[] = [];
  const count = { numeric: 0, text: 0, image: 0 };
  for (const { name, type, format } of columns) {
    if (name === wishes.target) continue;
    const reason = reasonAgainst(name, type, wishes);
    if (reason !== null) {
      leftOut.push(reason);
    } else if (type !== 'identifier' && type !== 'constant') {
      const input = type === 'numeric' || type === 'image' ? type : 'text';
      features.push({ name, type, input, index: count[input], ...(format !== undefined && { format }) });
      count[input] += 1;
    }
  }
  if (features.length === 0) throw noFeatures(leftOut);
  return { features, leftOut };
}

function checkWishes(
  columns: readonly ColumnInfo[],
  { target, include = [], exclude = [] }: FeatureWishes,
): void {
  const names = new Set(columns.map(({ name }) => name));
  for (const [param, wished] of Object.entries({ include, exclude })) {
    const unknown = wished.find((name) => !names.has(name));
    if (unknown !== undefined) {
      const message = `features.${param} names the column "${unknown}", which the data do not have; mend the name.`;
      throw invalidInput(message, { code: 'unknown_column', param: `features.${param}` });
    }
  }
  if (target !== undefined && include.includes(target)) {
    const message = `features.include names the target "${target}"; a model cannot learn the target from itself.`;
    throw invalidInput(message, { code: 'target_as_feature', param: 'features.include' });
  }
}

function reasonAgainst(
  name: string,
  type: ColumnType,
  { include, exclude }: FeatureWishes,
): LeftOutColumn | null {
  const leaveOut = (code: LeftOutColumn['code'], why: string): LeftOutColumn => ({
    column: name,
    code,
    message: `"${name}" is left out: ${why}.`,
  });
  if (exclude?.includes(name)) return leaveOut('excluded', 'features.exclude names it');
  if (include && !include.includes(name))
    return leaveOut('not_included', 'features.include does not name it');
  if (type === 'identifier' || type === 'constant') {
    return leaveOut(type, `${unusable[type]}; give it another type in features.types to use it all the same`);
  }
  return null;
}

function noFeatures(leftOut: readonly LeftOutColumn[]): Error {
  const reasons = leftOut.slice(0, 5).map(({ message }) => message);
  const why = reasons.length > 0 ? ` ${reasons.join(' ')}` : ' The data have no column but the target.';
  return invalidInput(`No column is left to learn from.${why}`, { code: 'no_features', param: 'features' });
}
