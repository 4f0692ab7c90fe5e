/** Turns a stored table and a spec into what is learnt: typed columns, target, features and folds. */
import type { MetricName, TargetSpec } from '../contracts/model-spec.ts';
import type { DatasetProfile } from '../contracts/profile.ts';
import { invalidInput } from '../core/index.ts';
import { loadTable, type Table, tableOptions } from '../dataset/index.ts';
import { metrics, primaryMetric } from '../evaluate/index.ts';
import { selectFeatures } from '../preprocess/index.ts';
import {
  type ClassTarget,
  readTarget,
  type Target,
  type TrainRequest,
  takeTableRows,
} from '../train/index.ts';
import { checkFeatureColumns } from './check-columns.ts';
import type { PipelineContext } from './context.ts';
import { profileStored, type StoredTable } from './profile-stored.ts';
import { splitRows, timeColumn } from './split-rows.ts';

/** A problem with everything that training and evaluation ask of it. */
export type PreparedProblem = Omit<TrainRequest, 'judge'> & {
  readonly metric: MetricName;
  readonly profile: DatasetProfile;
  /** Regression over time: the target of the row before, in the order of time; otherwise absent. */
  readonly lastValues?: Float64Array;
};

export const defaultSeed = 7;

/**
 * Reads the table as the spec wants it; the folds depend on the rows' content and the seed alone, so that a row held
 * out from one version is held out from the next.
 *
 * @throws invalid_request for whatever in data or spec makes learning impossible, naming column and remedy
 */
export async function prepareProblem(
  context: PipelineContext,
  spec: TargetSpec,
  stored: StoredTable,
): Promise<PreparedProblem> {
  const profile = await profileFor(context, spec, stored);
  refusePictures(profile, spec);
  const loaded = await loadTypedTable(context, { spec, profile, path: stored.path });
  const targetColumn = profile.columns.find(({ name }) => name === spec.target);
  const { target, rows } = readTarget(loaded, spec, targetColumn?.inferred_type ?? 'category');
  const table = rows.length === loaded.rows ? loaded : takeTableRows(loaded, rows);
  const { features } = selectFeatures(
    profile.columns.map(({ name, type, datetime }) => ({ name, type, format: datetime?.format })),
    { target: spec.target, ...spec.features },
  );
  checkFeatureColumns(profile, spec, stored.fileName);
  const seed = spec.seed ?? defaultSeed;
  const split = splitRows(table, spec, { profile, seed, task: target.task });
  const positive = positiveClass(target, spec);
  const lastValues =
    split.kind === 'time' && target.task === 'regression'
      ? previousValues(table, target.values, timeColumn(spec, profile)!)
      : null;
  return {
    table,
    target,
    features,
    spec,
    split,
    seed,
    profile,
    metric: metricFor(target, spec),
    ...(positive !== undefined && { positive }),
    ...(lastValues && { lastValues }),
  };
}

function refusePictures({ columns }: DatasetProfile, { target }: TargetSpec): void {
  if (columns.find(({ name }) => name === target)?.type !== 'image') return;
  throw invalidInput(
    `The target column "${target}" holds pictures, which cannot be predicted; name another.`,
    {
      code: 'target_of_pictures',
      param: 'target',
    },
  );
}

/** Types and warnings anew for this spec: its overrides, missing texts and target decide. */
const profileFor = (
  context: PipelineContext,
  spec: TargetSpec,
  stored: StoredTable,
): Promise<DatasetProfile> =>
  profileStored(context, stored, (columns) => {
    const isKnown = columns.includes(spec.target);
    return {
      ...(spec.features?.types && { types: spec.features.types }),
      ...(spec.missing && { missing: spec.missing }),
      // An unknown target is told with the list of columns when the target is read.
      ...(isKnown && { target: spec.target }),
      ...(isKnown && spec.task && spec.task !== 'forecast' && { task: spec.task }),
      ...(isKnown && spec.relabel && { relabel: spec.relabel }),
    };
  });

/** Every column typed; the target as the texts in the data, whatever its type. */
async function loadTypedTable(
  context: PipelineContext,
  {
    spec,
    profile,
    path,
  }: { readonly spec: TargetSpec; readonly profile: DatasetProfile; readonly path: string },
): Promise<Table> {
  const options = tableOptions(profile);
  return loadTable(path, {
    ...options,
    types: { ...options.types, ...(options.types[spec.target] && { [spec.target]: 'category' as const }) },
    memoryLimitBytes: context.memoryBytes,
    threads: context.threads,
  });
}

/** The class that scores speak of: the one named, the one that says yes, or the rarer one. */
function positiveClass(target: Target, spec: TargetSpec): string | undefined {
  if (target.task !== 'classification' || target.classes.length !== 2) return undefined;
  if (spec.positive !== undefined) return spec.positive;
  const affirmative = target.classes.find((label) => /^(yes|true|y|t|1|positive)$/i.test(label));
  return affirmative ?? target.classes[rarerClass(target)];
}

function rarerClass({ codes }: ClassTarget): 0 | 1 {
  const ones = codes.reduce((sum, code) => sum + code, 0);
  return 2 * ones <= codes.length ? 1 : 0;
}

function metricFor(target: Target, spec: TargetSpec): MetricName {
  const { metric, gate } = spec;
  requireTask(metric, target, 'metric');
  requireTask(gate?.metric, target, 'gate.metric');
  if (metric === undefined) {
    if (target.task === 'regression') {
      return target.quantile === undefined ? primaryMetric('regression') : 'pinball';
    }
    const counts = new Float64Array(target.classes.length);
    for (const code of target.codes) counts[code]! += 1;
    return primaryMetric('classification', counts);
  }
  return metric;
}

function requireTask(metric: MetricName | undefined, target: Target, param: string): void {
  const { task } = target;
  if (metric === undefined || metrics[metric].task === task) return;
  if (metric === 'pinball' && target.task === 'regression' && target.quantile !== undefined) return;
  throw invalidInput(
    `The metric "${metric}" is for ${metrics[metric].task}; this target calls for ${task}. Name a metric of ${task}, or set "task": "${metrics[metric].task}".`,
    { code: 'metric_task', param },
  );
}

/** For each row the target of the row before it in time; the first one gets the mean. */
function previousValues(table: Table, values: Float64Array, time: string): Float64Array {
  const column = table.columns.find(({ name }) => name === time)!;
  const moments = column.values;
  const order = Array.from({ length: table.rows }, (_, row) => row).sort((left, right) => {
    const [first, second] = [moments[left] ?? '', moments[right] ?? ''];
    return first < second ? -1 : first > second ? 1 : left - right;
  });
  const previous = new Float64Array(values.length);
  let last = values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const row of order) {
    previous[row] = last;
    last = values[row]!;
  }
  return previous;
}
