/** What a published model file says of its own making, so that its answers can be explained from the file alone. */

/** The key of this in the file's metadata; the value is JSON. */
export const encodingKey = 'onramp.encoding';

/** In what a model adds up its answer, before it is turned into what is served. */
export type ScoreUnits = 'log_odds' | 'probability' | 'value' | 'log_value';

/** The places inside a graph where raw columns have become features, and features a score. */
export interface ModelEncoding {
  /** The value float32 [N, p] that holds the encoded features. */
  readonly features: string;
  /** Names of the p features, for people; need not be unique. */
  readonly names: readonly string[];
  /** The raw column that each feature was made of. */
  readonly columns: readonly string[];
  /** How the score comes from the features: a weighted sum, trees added up or averaged, or in another way. */
  readonly style: 'linear' | 'trees' | 'other';
  /** The value [N], [N, 1] or [N, classes] that holds the score; with two classes one column is that of the second. */
  readonly score: string;
  readonly units: ScoreUnits;
}
