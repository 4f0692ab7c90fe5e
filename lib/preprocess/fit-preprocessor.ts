/** Fits preprocessing on training rows: nothing of any other row is looked at. */
import { invalidInput } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import { fitCategories } from './categories.ts';
import { fitDates } from './dates.ts';
import { describeFeature } from './describe-features.ts';
import { keepCompleteRows } from './keep-rows.ts';
import { type ColumnToFit, fitNumeric } from './numeric.ts';
import { fitPixels } from './pixels.ts';
import { createPreprocessor } from './preprocessor.ts';
import { completeSettings, type PreprocessOptions } from './settings.ts';
import { fitTerms } from './terms.ts';
import { fitTokens } from './tokens.ts';
import type { FeatureColumn, Preprocessor, PreprocessorState } from './types.ts';

/**
 * Learns from the given rows how missing values are filled, numbers scaled, dates taken apart and categories coded.
 *
 * Under `drop_row` rows with a missing value are not learnt from; when served they get the median or the most
 * frequent category, so that they have an answer all the same.
 *
 * @param features raw columns as `selectFeatures` gives them
 * @param rows numbers of the training rows
 * @throws OnrampError `no_features`, `no_rows`, `no_rows_left`, `constant_too_large`, or what the columns' types forbid
 * @example
 * const preprocessor = fitPreprocessor(table, features, fold.train, { spec: {}, style: 'tree' });
 * const matrix = await preprocessor.transform(table, preprocessor.keepRows(table, fold.train));
 */
export function fitPreprocessor(
  table: Table,
  features: readonly FeatureColumn[],
  rows: Uint32Array,
  options: PreprocessOptions,
): Preprocessor {
  if (features.length === 0) {
    throw invalidInput('There is no column to learn from.', { code: 'no_features', param: 'features' });
  }
  if (rows.length === 0) throw invalidInput('There is no row to learn from.', { code: 'no_rows' });
  const preprocessor = createPreprocessor(fitState(table, features, rows, options));
  if (preprocessor.outputNames.length > 0) return preprocessor;
  throw invalidInput(
    'The texts have no word in common, so that nothing can be learnt from them. Set preprocess.text.min_texts to 1, or upload more texts.',
    { code: 'no_terms', param: 'preprocess.text' },
  );
}

function fitState(
  table: Table,
  features: readonly FeatureColumn[],
  rows: Uint32Array,
  options: PreprocessOptions,
): PreprocessorState {
  const settings = completeSettings(options);
  const dropRows = {
    numbers: settings.numericMissing === 'drop_row',
    categories: settings.categoryMissing === 'drop_row',
  };
  const kept = keepCompleteRows(table, features, rows, dropRows);
  const numbers = columnsToFit(features, ['numeric']);
  const dates = columnsToFit(features, ['datetime']);
  const categories = columnsToFit(features, ['boolean', 'category']);
  const texts = columnsToFit(features, ['text']);
  const pictures = columnsToFit(features, ['image']);
  const readsWords = options.texts === 'tokens';
  return {
    features: features.map((feature) => describeFeature(table, feature, rows)),
    dropRows,
    ...(numbers.length > 0 && { numeric: fitNumeric(table, numbers, kept, settings) }),
    ...(dates.length > 0 && { dates: fitDates(table, dates, kept, settings) }),
    ...(categories.length > 0 && { categories: fitCategories(table, categories, kept, settings) }),
    ...(!readsWords && { terms: texts.flatMap((one) => fitTerms(table, one, kept, settings.text) ?? []) }),
    ...(pictures.length > 0 && {
      pixels: pictures.map((one) => fitPixels(table, one, options.spec.image)),
    }),
    ...(readsWords && { tokens: texts.map((one) => fitTokens(table, one, kept, settings.text)) }),
  };
}

/** The columns of some types in the order of their tensor. */
function columnsToFit(
  features: readonly FeatureColumn[],
  types: readonly FeatureColumn['type'][],
): readonly ColumnToFit[] {
  return features
    .map(({ name, type, index }, feature) => ({ name, type, index, feature }))
    .filter(({ type }) => types.includes(type))
    .sort((left, right) => left.index - right.index);
}
