/** Turns a stored table and a spec without a target into what is learnt: typed columns, features, folds and labels. */
import type { MetricName, UnsupervisedSpec } from '../../contracts/model-spec.ts';
import type { DatasetProfile } from '../../contracts/profile.ts';
import { invalidInput } from '../../core/index.ts';
import { loadTable, type Table, tableOptions } from '../../dataset/index.ts';
import { selectFeatures } from '../../preprocess/index.ts';
import type { UnsupervisedProblem } from '../../train/index.ts';
import { checkFeatureColumns } from '../check-columns.ts';
import type { PipelineContext } from '../context.ts';
import { defaultSeed } from '../problem.ts';
import { profileStored, type StoredTable } from '../profile-stored.ts';
import { splitRows } from '../split-rows.ts';

/** A problem with everything that training and evaluation ask of it. */
export interface PreparedUnsupervised extends UnsupervisedProblem {
  readonly metric: MetricName;
  readonly profile: DatasetProfile;
  readonly labels?: Labels;
}

/** What is known of the rows, beside what is learnt from. */
export interface Labels {
  readonly column: string;
  /** The value that means an anomaly. */
  readonly positive: string;
  /** By row: 1 for an anomaly, 0 for none, -1 where the value is missing. */
  readonly values: Int8Array;
}

/** Fewer rows cannot be parted into five folds that say anything. */
const minRows = 20;

/**
 * Reads the table as the spec wants it; all of its columns but the labels are learnt from.
 *
 * @throws invalid_request for whatever in data or spec makes learning impossible, naming column and remedy
 */
export async function prepareUnsupervised(
  context: PipelineContext,
  spec: UnsupervisedSpec,
  stored: StoredTable,
): Promise<PreparedUnsupervised> {
  const profile = await profileStored(context, stored, () => ({
    ...(spec.features?.types && { types: spec.features.types }),
    ...(spec.missing && { missing: spec.missing }),
  }));
  if (profile.rows < minRows) throw tooFewRows(profile.rows);
  requireColumn(profile, spec.labels);
  const options = tableOptions(profile);
  const types = {
    ...options.types,
    ...(spec.labels !== undefined && { [spec.labels]: 'category' as const }),
  };
  const limits = { memoryLimitBytes: context.memoryBytes, threads: context.threads };
  const table = await loadTable(stored.path, { ...options, types, ...limits });
  const labels = spec.labels === undefined ? undefined : readLabels(table, spec.labels, spec.positive);
  const { features } = selectFeatures(
    profile.columns.map(({ name, type, datetime }) => ({ name, type, format: datetime?.format })),
    { target: spec.labels, ...spec.features },
  );
  checkFeatureColumns(profile, spec, stored.fileName);
  const seed = spec.seed ?? defaultSeed;
  const split = splitRows(table, spec, { profile, seed, task: spec.task });
  return { table, features, spec, split, seed, profile, metric: metricOf(spec), ...(labels && { labels }) };
}

/** What versions are chosen and compared by where the spec says nothing. */
function metricOf({ metric, task, labels }: UnsupervisedSpec): MetricName {
  if (metric !== undefined) return metric;
  if (task === 'clustering') return 'silhouette';
  return labels === undefined ? 'anomaly_share' : 'auc';
}

/** Words for a row that is an anomaly. */
const affirmative = /^(yes|true|y|t|1|positive|anomaly|anomalous|outlier|fraud|attack)$/i;

/** The value that the spec names means an anomaly; otherwise the one that says so, or the rarer of two. */
function readLabels(table: Table, column: string, named: string | undefined): Labels {
  const texts = table.columns.find(({ name }) => name === column)!.values as readonly (string | null)[];
  const counts = new Map<string, number>();
  for (const text of texts) if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
  const known = [...counts].sort(([, left], [, right]) => left - right).map(([text]) => text);
  const positive =
    named ?? known.find((text) => affirmative.test(text)) ?? (known.length === 2 ? known[0] : undefined);
  if (positive !== undefined && counts.has(positive)) {
    const values = Int8Array.from(texts, (text) => (text === null ? -1 : Number(text === positive)));
    return { column, positive, values };
  }
  const shown =
    known
      .slice(0, 5)
      .map((text) => `"${text.slice(0, 40)}"`)
      .join(', ') || 'no value';
  throw invalidInput(
    `The column "${column}" holds ${shown}; name the one that means an anomaly in "positive".`,
    { code: 'unknown_positive', param: 'positive' },
  );
}

function requireColumn({ columns }: DatasetProfile, labels: string | undefined): void {
  if (labels === undefined || columns.some(({ name }) => name === labels)) return;
  const names = columns.slice(0, 20).map(({ name }) => `"${name}"`);
  throw invalidInput(`The column "${labels}" is not in the data. Its columns are ${names.join(', ')}.`, {
    code: 'unknown_column',
    param: 'labels',
  });
}

const tooFewRows = (rows: number): Error =>
  invalidInput(
    `The data have ${rows === 1 ? 'one row' : `${rows} rows`}; to learn and to test it takes at least ${minRows}. Upload more rows.`,
    { code: 'too_few_rows' },
  );
