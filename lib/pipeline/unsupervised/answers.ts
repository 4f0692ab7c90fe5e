/** What files without a target answer to rows of a table, in the form in which it is scored. */
import type { FeatureSchema } from '../../contracts/records.ts';
import { createRandom, type Matrix } from '../../core/index.ts';
import type { AnomalyAnswers, ClusterAnswers } from '../../evaluate/index.ts';
import { createModelExplainer } from '../../explain/index.ts';
import { createSession } from '../../onnx/index.ts';
import { packColumns } from '../../preprocess/index.ts';
import { silhouetteRows } from '../../train/index.ts';
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

/** Rows in one call of the runtime. */
const batchRows = 4096;

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
    const count = silhouetteRows(explainer.encoding.names.length);
    const random = createRandom(seed).fork('silhouette');
    const chosen = rows.length <= count ? rows : random.shuffle(rows.slice()).subarray(0, count).sort();
    return { rows: chosen, features: await explainer.encode(packColumns(table, features, chosen)) };
  } finally {
    await explainer.release();
  }
}

/** The groups that a file puts rows into. */
export async function groupsOf(file: AskedFile, problem: Asked, rows: Uint32Array): Promise<Groups> {
  const all = await runOn(file, problem, { rows, output: 'distances' });
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

/** Groups of some of the rows, with what they are judged by. */
export async function clusterAnswers(
  file: AskedFile,
  problem: Asked,
  rows: Uint32Array,
): Promise<ClusterAnswers> {
  const sample = await encodeSample(file, problem, rows);
  return { features: sample.features, ...(await groupsOf(file, problem, sample.rows)) };
}

/** Scores of the rows with what they are judged by. */
export async function anomalyAnswers(
  file: AskedFile,
  problem: Asked & Pick<PreparedUnsupervised, 'labels'>,
  { rows, threshold }: { readonly rows: Uint32Array; readonly threshold: number },
): Promise<AnomalyAnswers> {
  const scores = await runOn(file, problem, { rows, output: 'score' });
  const { labels } = problem;
  return { scores, threshold, ...(labels && { labels: Int8Array.from(rows, (row) => labels.values[row]!) }) };
}

async function runOn(
  { bytes, features }: AskedFile,
  { table }: Asked,
  { rows, output }: { readonly rows: Uint32Array; readonly output: string },
): Promise<Float32Array> {
  const session = await createSession(bytes);
  const parts: Float32Array[] = [];
  try {
    for (let start = 0; start < rows.length; start += batchRows) {
      const feeds = packColumns(table, features, rows.subarray(start, start + batchRows));
      parts.push((await session.run(feeds, [output]))[output]!.data as Float32Array);
    }
  } finally {
    await session.release();
  }
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
