/** What a new version without a target is given for its explanations: rows to compare with, and global importances. */
import type { ModelSchema } from '../../contracts/records.ts';
import { createRandom } from '../../core/index.ts';
import { type BackgroundRows, estimateImportances, type Feeds } from '../../explain/index.ts';
import { createSession } from '../../onnx/index.ts';
import { packColumns } from '../../preprocess/index.ts';
import type { ExplanationParts } from '../explain-version.ts';
import { rawRows } from '../raw-rows.ts';
import type { PreparedUnsupervised } from './prepare-unsupervised.ts';

/** Rows to compare with, and held-out rows that are explained, at most. */
const backgroundRows = 100;
const explainedRows = 40;

/** Of groups the distances to all of them are explained, of anomalies the score. */
export async function explainUnsupervised(
  { table, split, seed }: PreparedUnsupervised,
  { bytes, schema }: { readonly bytes: Uint8Array; readonly schema: ModelSchema },
): Promise<ExplanationParts> {
  const random = createRandom(seed).fork('explain');
  const some = (rows: Uint32Array, count: number): Uint32Array =>
    random.shuffle(rows.slice()).subarray(0, count).sort();
  const chosen = some(split.heldOut.train, backgroundRows);
  const names = schema.features.map(({ name }) => name);
  const document: BackgroundRows = { features: names, instances: rawRows(table, schema.features, chosen) };
  const output = schema.clusters ? 'distances' : 'score';
  const session = await createSession(bytes);
  const run = async (feeds: Feeds): Promise<Float64Array> =>
    Float64Array.from((await session.run(feeds, [output]))[output]!.data as Float32Array);
  try {
    const importances = await estimateImportances(
      { columns: schema.features, outputs: schema.clusters?.count ?? 1, run },
      {
        rows: packColumns(table, schema.features, some(split.heldOut.test, explainedRows)),
        background: packColumns(table, schema.features, chosen),
        columns: names,
        random,
      },
    );
    return {
      background: { bytes: new TextEncoder().encode(JSON.stringify(document)), rows: chosen.length },
      importances,
    };
  } finally {
    await session.release();
  }
}
