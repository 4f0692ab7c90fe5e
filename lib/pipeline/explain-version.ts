/** What a new version is given for its explanations: training rows to compare with, and global importances. */
import { createRandom } from '../core/index.ts';
import {
  type BackgroundRows,
  createModelExplainer,
  explainClass,
  type Importance,
  importancesOf,
  sampleEvenly,
  sumByColumn,
  unitsOf,
} from '../explain/index.ts';
import { packColumns } from '../preprocess/index.ts';
import type { Publication } from '../registry/index.ts';
import type { TrainedModel } from '../train/index.ts';
import type { PreparedProblem } from './problem.ts';
import { rawRows } from './raw-rows.ts';

/** Rows to compare with at most: more sharpen a mean that is known well enough, and cost time in every explanation. */
const backgroundRows = 100;
/** Held-out rows whose explanations are averaged. */
const explainedRows = 200;

/** What publishing is given for explanations. */
export interface ExplanationParts {
  readonly background: NonNullable<Publication['background']>;
  readonly importances: Importance[];
}

/**
 * Chooses the background among the rows the model has learnt from, and explains held-out rows against it.
 *
 * The same data, spec and seed give the same rows.
 */
export async function explainVersion(
  { table, target, split, seed }: PreparedProblem,
  { bytes, schema }: Pick<TrainedModel, 'bytes' | 'schema'>,
): Promise<ExplanationParts> {
  const targets = target.task === 'classification' ? target.codes : target.values;
  const random = createRandom(seed).fork('explain');
  const { train, test } = split.heldOut;
  const chosen = sampleEvenly(train, targets, { count: backgroundRows, random });
  const explained = sampleEvenly(test, targets, { count: explainedRows, random });
  const names = schema.features.map(({ name }) => name);
  const explainer = await createModelExplainer(bytes);
  try {
    const attribution = await explainer.explain(
      packColumns(table, schema.features, explained),
      packColumns(table, schema.features, chosen),
      'interventional',
    );
    const byColumn = sumByColumn(attribution, explainer.encoding, names);
    const { classes = [] } = schema;
    const units = unitsOf(explainer.encoding, classes);
    // Of two classes one says all.
    const labels = classes.length > 2 ? classes : classes.slice(1);
    const asked = labels.length === 0 ? [{}] : labels.map((label) => ({ label }));
    const explanations = asked.flatMap((one) =>
      Array.from(explained, (_, row) => explainClass(byColumn, row, { classes, units, ...one })),
    );
    const document: BackgroundRows = { features: names, instances: rawRows(table, schema.features, chosen) };
    return {
      background: { bytes: new TextEncoder().encode(JSON.stringify(document)), rows: chosen.length },
      importances: importancesOf(explanations, names),
    };
  } finally {
    await explainer.release();
  }
}
