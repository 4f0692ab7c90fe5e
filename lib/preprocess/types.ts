/** The vocabulary of preprocessing: raw columns, what was fitted as plain data, and the fitted preprocessor. */
import type { PictureLayout } from '../contracts/pictures.ts';
import type { FeatureSchema } from '../contracts/records.ts';
import type { Matrix } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import type { GraphBuilder, Value } from '../onnx/index.ts';
import type { WordNumbers } from './words.ts';

/** A raw column a model takes, the tensor it travels in and its place there. */
export interface FeatureColumn {
  readonly name: string;
  readonly type: FeatureSchema['type'];
  readonly input: FeatureSchema['input'];
  readonly index: number;
  /** Date-times: the text form seen in the data, in strptime letters. */
  readonly format?: string | undefined;
}

/**
 * A model's raw inputs: `numeric` float32 [N, n], `text` string [N, m] and, for each column of pictures in order,
 * uint8 [N, height, width, channels]; a group without columns has none.
 */
export interface RawInputs {
  readonly numeric?: Value;
  readonly text?: Value;
  readonly images?: readonly Value[];
}

/** One column of the encoded matrix. */
export interface OutputColumn {
  /** For people, such as `age`, `age:missing`, `sex=F`, `sex:other`, `date:weekday`; need not be unique. */
  readonly name: string;
  /** Position of the raw column it was made of in the list of features. */
  readonly feature: number;
}

/**
 * Neighbouring columns of the encoded matrix that belong together. `shape` says how the `size` columns are to be read,
 * row-major, without the rows: [size] of plain columns, [height, width, channels] of pixels, [length] of tokens.
 */
export interface FeatureBlock {
  /**
   * `numbers` on any scale; `categories` ordinal codes, one column a feature, -1 unknown; `pixels` 0 to 1; `terms`
   * weights of words; `tokens` word numbers, 0 after the end of the text and 1 for words that are not known.
   */
  readonly kind: 'numbers' | 'categories' | 'pixels' | 'terms' | 'tokens';
  readonly start: number;
  readonly size: number;
  readonly shape: readonly number[];
  /** `tokens`: how many different numbers there are. */
  readonly vocabulary?: number;
}

/** Brings columns to a common scale: (x - center) / spread; one entry a column. */
export interface Scale {
  readonly center: readonly number[];
  readonly spread: readonly number[];
}

/** What was fitted on the numeric columns; one entry a column where nothing else is said. */
export interface NumericPlan {
  /** What stands in for a missing value; `null` keeps it as NaN. */
  readonly fill: readonly number[] | null;
  readonly scale: Scale | null;
  /** Positions of the columns whose missing values get an output of their own. */
  readonly indicators: readonly number[];
  readonly outputs: readonly OutputColumn[];
}

/** What was fitted on the date-time columns; one entry a column where nothing else is said. */
export interface DatePlan {
  /** Positions in the text tensor. */
  readonly columns: readonly number[];
  /** `plain` numbers for trees; `cyclic` sines, cosines and days of the week one by one for linear models. */
  readonly parts: 'plain' | 'cyclic';
  /** ISO text that stands in for a missing or broken date. */
  readonly fill: readonly string[];
  /** Gives NaN for a missing date instead of the parts of `fill`. */
  readonly keepMissing: boolean;
  /** Whether the training data have times of day. */
  readonly hasTime: readonly boolean[];
  /** Over all parts of all columns. */
  readonly scale: Scale | null;
  /** Positions of the columns whose missing values get an output of their own. */
  readonly indicators: readonly number[];
  readonly outputs: readonly OutputColumn[];
}

/** What was fitted on the category columns; one entry a column where nothing else is said. */
export interface CategoryPlan {
  /** Positions in the text tensor. */
  readonly columns: readonly number[];
  /** Code by text; every other text has the code -1. The empty text is a missing value. */
  readonly codes: readonly (readonly (readonly [text: string, code: number])[])[];
  /** One output each: 1 where the column at this position has this code, else 0. `null`: the codes are the outputs. */
  readonly oneHot: readonly { readonly column: number; readonly code: number }[] | null;
  readonly outputs: readonly OutputColumn[];
}

/** What was fitted on a column of texts whose words are weighed. */
export interface TermPlan {
  /** Position in the text tensor. */
  readonly column: number;
  readonly numbers: WordNumbers;
  /** The numbers of each term's words, one term an output. */
  readonly terms: readonly (readonly number[])[];
  /** Inverse document frequency of each term. */
  readonly weights: readonly number[];
  /** A repeated word counts as 1 + ln(count). */
  readonly isLogarithmic: boolean;
  readonly outputs: readonly OutputColumn[];
}

/** What was fitted on a column of texts whose words are read one after the other. */
export interface TokenPlan {
  /** Position in the text tensor. */
  readonly column: number;
  readonly numbers: WordNumbers;
  /** How many different numbers there are. */
  readonly vocabulary: number;
  readonly outputs: readonly OutputColumn[];
}

/** What was decided on a column of pictures. */
export interface PixelPlan {
  readonly name: string;
  /** Position among the columns of pictures. */
  readonly index: number;
  /** The pictures as the model is given them. */
  readonly given: PictureLayout;
  /** The pictures as they are learnt from. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly outputs: readonly OutputColumn[];
}

/** Everything fitted, as plain data; a group without columns is absent. */
export interface PreprocessorState {
  readonly features: readonly FeatureSchema[];
  /** Kinds of missing values for which a training row is left out. */
  readonly dropRows: { readonly numbers: boolean; readonly categories: boolean };
  readonly numeric?: NumericPlan;
  readonly dates?: DatePlan;
  readonly categories?: CategoryPlan;
  /** One a column. */
  readonly terms?: readonly TermPlan[];
  readonly pixels?: readonly PixelPlan[];
  readonly tokens?: readonly TokenPlan[];
}

/** Fitted preprocessing. */
export interface Preprocessor {
  /** The raw columns with what the training rows held. */
  readonly features: readonly FeatureSchema[];
  /** Names of the p encoded columns, for people. */
  readonly outputNames: readonly string[];
  /** Position in `features` of the raw column behind each encoded column. */
  readonly sourceOf: readonly number[];
  /** The encoded columns in blocks, from left to right, without gaps. */
  readonly layout: readonly FeatureBlock[];
  readonly state: PreprocessorState;
  /** The rows to train on, in the order given: all, or under `drop_row` those without a missing value. */
  keepRows(table: Table, rows: Uint32Array): Uint32Array;
  /** Writes the encoding into a graph; float32 [N, p] from raw columns. */
  emit(builder: GraphBuilder, inputs: RawInputs): Value;
  /** Encodes rows of a table by running the emitted graph, so that it cannot differ from what is served. */
  transform(table: Table, rows: Uint32Array): Promise<Matrix>;
  /** Frees the session that `transform` keeps; it may be used again, at the price of a new session. */
  release(): Promise<void>;
}
