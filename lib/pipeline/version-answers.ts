/** Answers of a version to rows of a stored table, brought into the form in which two versions compare. */
import { join } from 'node:path';
import { artifactKeys } from '../contracts/keys.ts';
import { isUnsupervised } from '../contracts/model-spec.ts';
import type { PictureLayout } from '../contracts/pictures.ts';
import type { DatasetManifest, VersionManifest } from '../contracts/records.ts';
import { internal } from '../core/index.ts';
import type { ColumnType } from '../dataset/index.ts';
import { mostProbable } from '../evaluate/index.ts';
import { createSession } from '../onnx/index.ts';
import { findDataset, loadArtifact } from '../registry/index.ts';
import { type ClassTarget, type Predictions, predictTable, takeTarget } from '../train/index.ts';
import { inWorkDirectory, type PipelineContext } from './context.ts';
import { type PreparedProblem, prepareProblem } from './problem.ts';
import type { Answered } from './score.ts';

/** The data a version has learnt from. */
export async function dataOf(
  context: PipelineContext,
  { lineage }: VersionManifest,
): Promise<DatasetManifest> {
  const data = await findDataset(context, lineage.dataset, lineage.data_digest);
  if (data) return data;
  throw internal(`Data set "${lineage.dataset}" no longer has the version ${lineage.data_digest}.`, {
    code: 'dataset_missing',
  });
}

/** Reads the data as the version's own spec wants them, in a folder that is gone afterwards. */
export async function withProblem<T>(
  context: PipelineContext,
  { lineage: { spec } }: VersionManifest,
  data: DatasetManifest,
  work: (problem: PreparedProblem) => Promise<T>,
): Promise<T> {
  if (isUnsupervised(spec)) throw internal('The version has no target.', { code: 'task_mismatch' });
  return inWorkDirectory(async (directory) => {
    const path = join(directory, 'table.parquet');
    const found = await context.artifacts.download(
      artifactKeys.datasetTable(data.dataset, data.digest),
      path,
    );
    if (!found)
      throw internal(`The table of data set "${data.dataset}" is missing.`, { code: 'table_missing' });
    return work(await prepareProblem(context, spec, { path, directory, fileName: data.source.file }));
  });
}

/** A column the version needs and the table does not have in a fitting type, or `null`. */
export function missingColumn(
  { schema }: VersionManifest,
  { table }: Pick<PreparedProblem, 'table'>,
): string | null {
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  const lost = schema.features.find(({ name, type, image }) => {
    const column = columns.get(name);
    if (column?.type === 'image') return sizeOf(column.layout) !== sizeOf(image);
    return formOf(column?.type) !== formOf(type);
  });
  return lost?.name ?? null;
}

/** How the values of a column are held: numbers, canonical dates, pixels, or texts as in the data. */
function formOf(type: ColumnType | undefined): 'number' | 'date' | 'pixels' | 'text' | undefined {
  if (type === undefined) return undefined;
  if (type === 'numeric') return 'number';
  if (type === 'image') return 'pixels';
  return type === 'datetime' ? 'date' : 'text';
}

/** Pictures of another size than a version has learnt from are none that it could look at. */
const sizeOf = (layout: PictureLayout | undefined): string =>
  layout ? `${layout.width} x ${layout.height} x ${layout.channels}` : '';

/** A version's answers to rows of the problem, put in the order of the problem's classes. */
export async function answer(
  context: PipelineContext,
  version: VersionManifest,
  problem: PreparedProblem,
  rows: Uint32Array,
): Promise<Answered> {
  const session = await createSession(await loadArtifact(context, version));
  try {
    const predictions = await predictTable(session, version.schema, problem.table, rows);
    const { target, positive, lastValues } = problem;
    return {
      target: takeTarget(target, rows),
      predictions:
        target.task === 'classification' ? alignClasses(predictions, version, target) : predictions,
      ...(positive !== undefined && { positive }),
      ...(lastValues && { lastValues: Float64Array.from(rows, (row) => lastValues[row]!) }),
    };
  } finally {
    await session.release();
  }
}

/** Probabilities by the target's classes: a class the model does not know gets 0, one that is gone is left out. */
function alignClasses(
  predictions: Predictions,
  { schema }: VersionManifest,
  { classes }: ClassTarget,
): Predictions {
  const own = schema.classes ?? [];
  const same = own.length === classes.length && own.every((label, index) => label === classes[index]);
  if (same || predictions.task !== 'classification') return predictions;
  const from = classes.map((label) => own.indexOf(label));
  const rows = predictions.labels.length;
  const probabilities = new Float32Array(rows * classes.length);
  for (let row = 0; row < rows; row += 1) {
    const shares = from.map((code) => (code < 0 ? 0 : predictions.probabilities[row * own.length + code]!));
    const sum = shares.reduce((total, share) => total + share, 0);
    for (const [code, share] of shares.entries()) {
      probabilities[row * classes.length + code] = sum > 0 ? share / sum : 1 / classes.length;
    }
  }
  const likeliest = mostProbable(probabilities, classes.length);
  const labels = predictions.labels.map((label, row) =>
    classes.includes(label) ? label : classes[likeliest[row]!]!,
  );
  return { task: 'classification', probabilities, labels };
}
