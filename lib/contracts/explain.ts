/** The shapes of explanations over HTTPS, and the limits of one request. */

/** How a row can be explained; `tree` and `linear` are exact for models of that kind. */
export const explainMethods = ['tree', 'tree_path_dependent', 'linear', 'kernel', 'lime'] as const;
export type ExplainMethod = (typeof explainMethods)[number];

/** Rows of one request, rows the model is asked about, and columns an estimate may have. */
export const explainLimits = {
  exactRows: 1000,
  /** Rows times tree nodes, which time grows with: some seconds at most. */
  treeNodeRows: { interventional: 25_000_000, path_dependent: 10_000_000 },
  estimatedRows: 20,
  /** Evaluations for one row, and for all rows of a request. */
  budget: 1_000_000,
  totalBudget: 2_000_000,
  columns: 512,
  backgroundRows: 100,
} as const;

/** An explanation in the answer of `POST /v1/models/{model}/explain`. */
export interface ExplanationBody {
  readonly id: string;
  readonly row: number;
  readonly class?: string;
  readonly base_value: number;
  readonly prediction: number;
  readonly values: Readonly<Record<string, number>>;
  readonly standard_errors?: Readonly<Record<string, number>>;
  readonly r2?: number;
  readonly summary: string;
}
