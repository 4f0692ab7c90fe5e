/** What files without a target answer to rows of a table, in the form in which it is scored. */
import type { FeatureSchema } from '../../contracts/records.ts';
import type { Matrix } from '../../core/index.ts';
import { type AnomalyAnswers, type JudgedClusters, judgeClusters } from '../../evaluate/index.ts';
import { createModelExplainer } from '../../explain/index.ts';
import { createSession } from '../../onnx/index.ts';
import { packColumns } from '../../preprocess/index.ts';
import { outputOfRows, silhouetteSample } from '../../train/index.ts';
import type { PreparedUnsupervised } from './prepare-unsupervised.ts';

/** A file, and the columns that it takes. */
export interface AskedFile {
  readonly bytes: Uint8Array;
  readonly features: readonly FeatureSchema[];
}

type Asked = Pick<PreparedUnsupervised, 'table' | 'seed'>;

/** The group of each row, and its distances to all of them. */
export interface Groups {
  readonly groups: Int32Array;
  /** Distance of each row to the centre of its group. */
  readonly distances: Float64Array;
}

/**
 * As many of the rows as a silhouette can be made of, drawn at random, and what the file's preprocessing makes of them.
 */
export async function encodeSample(
  { bytes, features }: AskedFile,
  { table, seed }: Asked,
  rows: Uint32Array,
): Promise<{ readonly rows: Uint32Array; readonly features: Matrix }> {
  const explainer = await createModelExplainer(bytes);
  try {
    const chosen = silhouetteSample(rows, explainer.encoding.names.length, seed);
    return { rows: chosen, features: await explainer.encode(packColumns(table, features, chosen)) };
  } finally {
    await explainer.release();
  }
}

/** The groups that a file puts rows into. */
export async function groupsOf(file: AskedFile, problem: Asked, rows: Uint32Array): Promise<Groups> {
  const all = await ask(file, problem, { rows, output: 'distances' });
  const clusters = all.length / rows.length;
  const groups = new Int32Array(rows.length);
  const distances = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row += 1) {
    const own = all.subarray(row * clusters, (row + 1) * clusters);
    const least = Math.min(...own);
    groups[row] = own.indexOf(least);
    distances[row] = least;
  }
  return { groups, distances };
}

/** How well the file groups some of the rows. */
export async function clusterAnswers(
  file: AskedFile,
  problem: Asked,
  rows: Uint32Array,
): Promise<JudgedClusters> {
  const sample = await encodeSample(file, problem, rows);
  return judgeClusters({ features: sample.features, ...(await groupsOf(file, problem, sample.rows)) });
}

/** Scores of the rows with what they are judged by. */
export async function anomalyAnswers(
  file: AskedFile,
  problem: Asked & Pick<PreparedUnsupervised, 'labels'>,
  { rows, threshold }: { readonly rows: Uint32Array; readonly threshold: number },
): Promise<AnomalyAnswers> {
  const scores = await ask(file, problem, { rows, output: 'score' });
  const { labels } = problem;
  return { scores, threshold, ...(labels && { labels: Int8Array.from(rows, (row) => labels.values[row]!) }) };
}

/** One output of a file for rows of the table. */
async function ask(
  { bytes, features }: AskedFile,
  { table }: Asked,
  { rows, output }: { readonly rows: Uint32Array; readonly output: string },
): Promise<Float32Array> {
  const session = await createSession(bytes);
  try {
    return await outputOfRows(session, { features, output }, { table, rows });
  } finally {
    await session.release();
  }
}
