/** The vocabulary of preprocessing: raw columns, what was fitted as plain data, and the fitted preprocessor. */
import type { FeatureSchema } from '../contracts/records.ts';
import type { Matrix } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import type { GraphBuilder, Value } from '../onnx/index.ts';

/** A raw column a model takes, the tensor it travels in and its place there. */
export interface FeatureColumn {
  readonly name: string;
  readonly type: FeatureSchema['type'];
  readonly input: FeatureSchema['input'];
  readonly index: number;
  /** Date-times: the text form seen in the data, in strptime letters. */
  readonly format?: string | undefined;
}

/** A model's raw inputs: `numeric` float32 [N, n] and `text` string [N, m]; a group without columns has none. */
export interface RawInputs {
  readonly numeric?: Value;
  readonly text?: Value;
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
   * `numbers` on any scale; `categories` ordinal codes, one column a feature, -1 unknown; `pixels` 0 to 255 as they are in the
   * picture; `terms` weights of words; `tokens` word numbers, 0 after the end of the text.
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

/** Everything fitted, as plain data; a group without columns is absent. */
export interface PreprocessorState {
  readonly features: readonly FeatureSchema[];
  /** Kinds of missing values for which a training row is left out. */
  readonly dropRows: { readonly numbers: boolean; readonly categories: boolean };
  readonly numeric?: NumericPlan;
  readonly dates?: DatePlan;
  readonly categories?: CategoryPlan;
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
