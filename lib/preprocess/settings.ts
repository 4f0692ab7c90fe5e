/** What the user asked of preprocessing, completed by what suits the learner. */
import type { PreprocessSpec } from '../contracts/model-spec.ts';
import { invalidInput } from '../core/index.ts';
import { isUsableNumber } from './pack-columns.ts';
import type { ScalingMethod } from './scaling.ts';

/** What the learner is: `linear` for weighted sums and networks, `tree` for what splits at thresholds. */
export type LearnerStyle = 'linear' | 'tree';

/** What the fit of one preprocessor is asked to do. */
export interface PreprocessOptions {
  readonly spec: PreprocessSpec;
  readonly style: LearnerStyle;
  /**
   * Leaves missing numbers and dates as NaN for learners that take them; by default trees do.
   * A `numeric_missing` of the spec goes before.
   */
  readonly keepMissing?: boolean;
  /** How texts are given: as weights of words (default), or as the numbers of their words in order. */
  readonly texts?: 'terms' | 'tokens';
}

/** How texts are read. */
export interface TextSettings {
  /** The longest sequence of words that is a term. */
  readonly maxWords: number;
  /** A term is in so many training texts at least. */
  readonly minTexts: number;
  readonly maxTerms: number;
  /** Different terms, frequent or not, that are counted before the most frequent ones are chosen. */
  readonly maxCounted: number;
  readonly isLogarithmic: boolean;
  /** Words that are known, where texts are read word by word. */
  readonly maxTokens: number;
  /** Words of a text that are read then; absent: as most texts have. */
  readonly maxLength?: number;
}

/** Every choice made. */
export interface Settings {
  /** `keep`: NaN stays NaN. */
  readonly numericMissing: NonNullable<PreprocessSpec['numeric_missing']> | 'keep';
  readonly numericConstant: number;
  /** `own`: a missing value is a category of its own. */
  readonly categoryMissing: NonNullable<PreprocessSpec['category_missing']> | 'own';
  readonly categoryConstant: string;
  readonly scaling: ScalingMethod;
  /** `by_frequency`: ordinal codes that rise with the number of rows. */
  readonly encoding: NonNullable<PreprocessSpec['encoding']> | 'by_frequency';
  readonly rareCount: number;
  readonly maxCategories: number;
  readonly dateParts: 'plain' | 'cyclic';
  readonly text: TextSettings;
}

/** One-hot columns a text column may have where nothing is said: a wide matrix costs memory and says little more. */
const maxOneHot = 100;
/** The most that a spec may ask for. */
const maxCodes = 10_000;

/** Words that are weighed where nothing is said; a tree looks at every one of them again and again. */
const maxTerms = { linear: 5000, tree: 500 } as const;
const maxTokens = 20_000;
/** They take a gigabyte while they are counted. */
const maxCounted = 8_000_000;

/**
 * The spec with every gap filled in.
 *
 * Linear: median with an indicator, standard scaling, one-hot; a category seen in a single row says nothing of the
 * next one and is rare. Trees: missing numbers kept or the median, no scaling, ordinal codes by frequency.
 *
 * @throws OnrampError `constant_too_large` for a `numeric_constant` beyond float32
 */
export function completeSettings({ spec, style, keepMissing }: PreprocessOptions): Settings {
  const isLinear = style === 'linear';
  const numericConstant = spec.numeric_constant ?? 0;
  if (!isUsableNumber(numericConstant)) {
    throw invalidInput(`preprocess.numeric_constant is ${numericConstant}; give a number up to 1e38.`, {
      code: 'constant_too_large',
      param: 'preprocess.numeric_constant',
    });
  }
  const encoding = spec.encoding ?? (isLinear ? 'one_hot' : 'by_frequency');
  return {
    numericMissing: spec.numeric_missing ?? ((keepMissing ?? !isLinear) ? 'keep' : 'median'),
    numericConstant,
    categoryMissing: spec.category_missing ?? 'own',
    categoryConstant: spec.category_constant ?? 'missing',
    scaling: spec.scaling ?? (isLinear ? 'standard' : 'none'),
    encoding,
    rareCount: spec.rare_count ?? (isLinear ? 2 : 1),
    maxCategories: spec.max_categories ?? (encoding === 'one_hot' ? maxOneHot : maxCodes),
    dateParts: isLinear ? 'cyclic' : 'plain',
    text: textSettings(spec, style),
  };
}

function textSettings({ text = {} }: PreprocessSpec, style: LearnerStyle): TextSettings {
  return {
    maxWords: text.max_words ?? 1,
    minTexts: text.min_texts ?? 2,
    maxTerms: text.max_terms ?? maxTerms[style],
    maxCounted,
    isLogarithmic: (text.counts ?? 'log') === 'log',
    maxTokens: text.max_terms ?? maxTokens,
    ...(text.max_length !== undefined && { maxLength: text.max_length }),
  };
}
