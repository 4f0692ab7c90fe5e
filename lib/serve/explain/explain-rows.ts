/** Explains checked rows of a trained model, exactly or by estimate. */
import { type ExplainMethod, explainLimits } from '../../contracts/explain.ts';
import { invalidInput } from '../../core/index.ts';
import {
  type ExactMethod,
  type Explanation,
  explainClass,
  type Feeds,
  fewestCoalitions,
  type ModelExplainer,
  sumByColumn,
  takeRows,
  type Units,
  unitsOf,
} from '../../explain/index.ts';
import type { RowModel } from '../version-cache.ts';
import { estimateRows } from './estimate-rows.ts';
import type { ModelParts } from './model-parts.ts';
import { askedClasses, type ExplainOptions, limitRows } from './options.ts';

/** An explanation and the row it belongs to. */
export interface RowExplanation extends Explanation {
  readonly row: number;
  /** Of LIME: how well the local model fits. */
  readonly r2?: number;
}

/** The explanations of a request, row by row, and how they were made. */
export interface ExplainedRows {
  readonly method: ExplainMethod;
  readonly units: Units;
  /** Rows the model was asked about for each explained one; 0 for exact methods. */
  readonly evaluations: number;
  readonly explanations: readonly RowExplanation[];
}

/**
 * Explains rows.
 *
 * @param feeds raw rows, checked
 * @throws invalid_request `too_many_rows`, `unknown_class`, `method_mismatch`, `no_background`, `budget_too_small`
 */
export async function explainRows(
  model: RowModel,
  parts: ModelParts,
  { feeds, rows }: { readonly feeds: Feeds; readonly rows: number },
  options: ExplainOptions,
): Promise<ExplainedRows> {
  const { explainer, background } = parts;
  const { positive } = model.manifest.schema;
  const classes = explainedNames(model.manifest.schema);
  const labels = askedClasses(classes, options.label, positive);
  const { style } = explainer.encoding;
  const exact = style === 'trees' ? 'tree' : style;
  const usual = exact === 'other' || options.budget !== undefined ? 'kernel' : exact;
  const method = options.method ?? usual;
  if (method === 'kernel' || method === 'lime') {
    const budget = options.budget ?? (exact === 'other' ? slowModelBudget(model, parts) : undefined);
    return estimateTrained(
      model,
      parts,
      { feeds, rows },
      { ...options, method, labels, ...(budget !== undefined && { budget }) },
    );
  }
  refuseMismatch(method, exact);
  const how: ExactMethod = method === 'tree_path_dependent' ? 'path_dependent' : 'interventional';
  limitRows(rows, mostRows(explainer, how), `method=${method} with this model`);
  const attribution = await explainer.explain(feeds, background, how);
  const names = model.manifest.schema.features.map(({ name }) => name);
  const byColumn = sumByColumn(attribution, explainer.encoding, names);
  const units = unitsOf(explainer.encoding, classes);
  const asked = labels.length === 0 ? [{}] : labels.map((label) => ({ label }));
  const explanations = Array.from({ length: rows }, (_, row) =>
    asked.map((one) => ({ row, ...explainClass(byColumn, row, { classes, units, ...one }) })),
  ).flat();
  return { method, units, evaluations: 0, explanations };
}

/** What is explained one by one: classes by their labels, groups by their numbers; nothing where there is one number. */
function explainedNames({ classes = [], clusters }: RowModel['manifest']['schema']): readonly string[] {
  return clusters ? Array.from({ length: clusters.count }, (_, cluster) => String(cluster)) : classes;
}

/** Large forests take long: a request must end in time and leave others theirs. */
function mostRows(explainer: ModelExplainer, how: ExactMethod): number {
  const affordable = Math.floor(explainLimits.treeNodeRows[how] / Math.max(1, explainer.treeNodes()));
  return Math.min(explainLimits.exactRows, Math.max(1, affordable));
}

/**
 * Evaluations for a row of a model without an exact explanation where nothing is asked: such models answer slowly, as
 * they compare each row with many others.
 */
function slowModelBudget({ manifest }: RowModel, { background }: ModelParts): number | undefined {
  const samples = background && Object.values(background)[0]?.dims[0];
  if (!samples) return undefined;
  return Math.max(usualEvaluations, (fewestCoalitions(manifest.schema.features.length) + 2) * samples);
}

const usualEvaluations = 25_000;

function refuseMismatch(method: ExplainMethod, exact: 'tree' | 'linear' | 'other'): void {
  if (method === exact || (method === 'tree_path_dependent' && exact === 'tree')) return;
  const kind = { tree: 'of trees', linear: 'linear', other: 'neither of trees nor linear' }[exact];
  throw invalidInput(`method=${method} does not fit this model, which is ${kind}; leave "method" out.`, {
    code: 'method_mismatch',
    param: 'method',
  });
}

type EstimateOptions = ExplainOptions & {
  readonly method: 'kernel' | 'lime';
  readonly labels: readonly string[];
};

/** Estimates in terms of what is served: probabilities or values. */
async function estimateTrained(
  { session, manifest }: RowModel,
  { background }: ModelParts,
  { feeds, rows }: { readonly feeds: Feeds; readonly rows: number },
  { method, budget, labels }: EstimateOptions,
): Promise<ExplainedRows> {
  if (background === null) {
    throw invalidInput('This version has no background rows to compare with; train the model again.', {
      code: 'no_background',
      param: 'method',
    });
  }
  const { features, clusters, anomaly } = manifest.schema;
  const classes = explainedNames(manifest.schema);
  const single = anomaly ? 'score' : 'value';
  const several = clusters ? 'distances' : 'probabilities';
  const places = labels.map((label) => classes.indexOf(label));
  const raw = {
    columns: features,
    outputs: Math.max(1, places.length),
    run: async (mixed: Feeds, count: number): Promise<Float64Array> => {
      const answer = await session.run(mixed);
      if (places.length === 0) return Float64Array.from(answer[single]!.data as Float32Array);
      const all = answer[several]!.data as Float32Array;
      return Float64Array.from({ length: count * places.length }, (_, index) => {
        const row = Math.floor(index / places.length);
        return all[row * classes.length + places[index % places.length]!]!;
      });
    },
  };
  const own = Array.from({ length: rows }, (_, row) => takeRows(feeds, [row]));
  const estimates = await estimateRows(raw, { own, background }, { method, budget });
  const explanations = estimates.explanations.flatMap((outputs, row) =>
    outputs.map((one, output) => ({ row, ...one, ...(labels.length > 0 && { label: labels[output]! }) })),
  );
  const units: Units = labels.length > 0 && !clusters ? 'probability' : 'value';
  return { method, units, evaluations: estimates.evaluations, explanations };
}
