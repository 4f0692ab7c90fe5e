/** What a new version is given for its explanations: training rows to compare with, and global importances. */
import type { ModelSchema } from '../contracts/records.ts';
import { createRandom } from '../core/index.ts';
import {
  type BackgroundRows,
  createModelExplainer,
  estimateImportances,
  explainClass,
  type Feeds,
  type Importance,
  type ImportanceRequest,
  importancesOf,
  type ModelExplainer,
  sampleEvenly,
  sumByColumn,
  unitsOf,
} from '../explain/index.ts';
import { createSession } from '../onnx/index.ts';
import { packColumns } from '../preprocess/index.ts';
import type { Publication } from '../registry/index.ts';
import type { Target, TrainedModel } from '../train/index.ts';
import type { PreparedProblem } from './problem.ts';
import { rawRows } from './raw-rows.ts';

/** Rows to compare with at most: more sharpen a mean that is known well enough, and cost time in every explanation. */
const backgroundRows = 100;
/** Held-out rows whose explanations are averaged. */
const explainedRows = 200;
/** Those whose explanations are estimated, where there is no exact way or it takes too long. */
const estimatedRows = 40;
/** Rows times tree nodes at most, which the time of exact explanations grows with: some ten seconds. */
const mostTreeNodeRows = 100_000_000;

/** What publishing is given for explanations. */
export interface ExplanationParts {
  readonly background: NonNullable<Publication['background']>;
  readonly importances: Importance[];
}

/** What a version has learnt from; without a target, rows are drawn from all alike. */
type Learnt = Pick<PreparedProblem, 'table' | 'split' | 'seed'> & Partial<Pick<PreparedProblem, 'target'>>;

/**
 * Chooses the background among the rows the model has learnt from, and explains held-out rows against it.
 *
 * The same data, spec and seed give the same rows.
 */
export async function explainVersion(
  { table, target, split, seed }: Learnt,
  { bytes, schema }: Pick<TrainedModel, 'bytes' | 'schema'>,
): Promise<ExplanationParts> {
  const targets = target ? valuesOf(target) : new Uint8Array(table.rows);
  const random = createRandom(seed).fork('explain');
  const { train, test } = split.heldOut;
  const chosen = sampleEvenly(train, targets, { count: backgroundRows, random });
  const explained = sampleEvenly(test, targets, { count: explainedRows, random });
  const names = schema.features.map(({ name }) => name);
  const document: BackgroundRows = { features: names, instances: rawRows(table, schema.features, chosen) };
  const background = packColumns(table, schema.features, chosen);
  const rowsOf = (rows: Uint32Array): Feeds => packColumns(table, schema.features, rows);
  const explainer = await createModelExplainer(bytes);
  try {
    const affordable = Math.floor(mostTreeNodeRows / Math.max(1, explainer.treeNodes()));
    const importances =
      explainer.encoding.style === 'other' || affordable < estimatedRows
        ? await estimate(bytes, schema, {
            rows: rowsOf(fewer(explained, estimatedRows)),
            background,
            columns: names,
            random,
          })
        : await exactImportances(explainer, schema, {
            rows: rowsOf(fewer(explained, affordable)),
            background,
          });
    return {
      background: { bytes: new TextEncoder().encode(JSON.stringify(document)), rows: chosen.length },
      importances,
    };
  } finally {
    await explainer.release();
  }
}

const valuesOf = (target: Target): ArrayLike<number> =>
  target.task === 'classification' ? target.codes : target.values;

/** Evenly spaced ones of rows that are in the order of their target. */
const fewer = (rows: Uint32Array, most: number): Uint32Array => {
  const count = Math.min(most, rows.length);
  return Uint32Array.from({ length: count }, (_, at) => rows[Math.floor((at * rows.length) / count)]!);
};

async function exactImportances(
  explainer: ModelExplainer,
  schema: ModelSchema,
  { rows, background }: { readonly rows: Feeds; readonly background: Feeds },
): Promise<Importance[]> {
  const names = schema.features.map(({ name }) => name);
  const attribution = await explainer.explain(rows, background, 'interventional');
  const byColumn = sumByColumn(attribution, explainer.encoding, names);
  const { classes = [] } = schema;
  const units = unitsOf(explainer.encoding, classes);
  // Of two classes one says all.
  const labels = classes.length > 2 ? classes : classes.slice(1);
  const asked = labels.length === 0 ? [{}] : labels.map((label) => ({ label }));
  const explanations = asked.flatMap((one) =>
    Array.from({ length: attribution.rows }, (_, row) =>
      explainClass(byColumn, row, { classes, units, ...one }),
    ),
  );
  return importancesOf(explanations, names);
}

/** Of a model that cannot be taken apart: from what it answers. */
async function estimate(
  bytes: Uint8Array,
  { features, classes = [], clusters, anomaly }: ModelSchema,
  request: ImportanceRequest,
): Promise<Importance[]> {
  const session = await createSession(bytes);
  const single = anomaly ? 'score' : 'value';
  const [output, width] = clusters ? ['distances', clusters.count] : ['probabilities', classes.length];
  // Of two classes one says all.
  const first = classes.length === 2 ? 1 : 0;
  const outputs = Math.max(1, width - first);
  const run = async (feeds: Feeds): Promise<Float64Array> => {
    const answer = await session.run(feeds);
    if (width === 0) return Float64Array.from(answer[single]!.data as Float32Array);
    const all = answer[output]!.data as Float32Array;
    return Float64Array.from(all.filter((_, at) => at % width >= first));
  };
  try {
    return await estimateImportances({ columns: features, outputs, run }, request);
  } finally {
    await session.release();
  }
}
