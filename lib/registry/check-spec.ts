/** What can be known to be wrong with a spec before any training: contradictions, and columns that are not there. */
import {
  type DatasetManifest,
  isForecast,
  isUnsupervised,
  type MetricName,
  type ModelSpec,
  type TargetSpec,
} from '../contracts/index.ts';
import { quantileAsked } from '../contracts/model-spec.ts';
import { invalidInput, type OnrampError, parseSchedule } from '../core/index.ts';
import { checkForecastSpec } from './check-forecast-spec.ts';
import { checkUnsupervisedSpec } from './check-unsupervised-spec.ts';
import { requireColumn } from './require-column.ts';

type Task = NonNullable<ModelSpec['task']>;

/** Metrics by the task that calls for them; the others measure classes. */
const metricsOf: readonly (readonly [Task, readonly MetricName[]])[] = [
  ['regression', ['mse', 'rmse', 'mae', 'mape', 'r2']],
  ['forecast', ['smape', 'mase', 'pinball', 'coverage']],
  ['clustering', ['silhouette', 'inertia', 'explained']],
  ['anomaly', ['anomaly_share']],
];

/** Column types whose values have no order and no distance, so that no number can be predicted from them. */
const unorderedTypes = ['category', 'boolean', 'text', 'identifier'];

/**
 * Checks a spec, against the columns of its data set too if there is a version that could be read.
 *
 * @throws invalid_request with `param` naming the field of the spec
 */
export function checkSpec(spec: ModelSpec, dataset: DatasetManifest | null): void {
  if (spec.schedule !== undefined) parseSchedule(spec.schedule);
  if (isForecast(spec)) {
    checkForecastSpec(spec, dataset);
    return;
  }
  if (isUnsupervised(spec)) checkUnsupervisedSpec(spec);
  else checkTask(spec);
  checkSettings(spec);
  if (dataset?.state === 'ready') checkColumns(spec, dataset);
}

/** Everything said of the task must fit one task. */
function checkTask(spec: TargetSpec): void {
  const taskOf = (metric: MetricName | undefined): Task | undefined =>
    metric === 'pinball' && quantileAsked(spec) !== undefined ? 'regression' : taskOfMetric(metric);
  refuseOtherTask('metric', spec.metric, taskOf(spec.metric));
  refuseOtherTask('gate.metric', spec.gate?.metric, taskOf(spec.gate?.metric));
  const hints: readonly (readonly [string, Task | undefined])[] = [
    ['task', spec.task],
    ['metric', taskOf(spec.metric)],
    ['gate.metric', taskOf(spec.gate?.metric)],
    ['positive', spec.positive === undefined ? undefined : 'classification'],
    ['relabel', spec.relabel === undefined ? undefined : 'classification'],
    ['imbalance', spec.imbalance === 'balanced' ? 'classification' : undefined],
  ];
  const [first, ...others] = hints.filter(([, task]) => task !== undefined);
  for (const [param, task] of others) {
    if (task === first![1]) continue;
    throw fault(
      param,
      `"${param}" is for ${task}, but "${first![0]}" says ${first![1]}; change one of them.`,
    );
  }
}

function taskOfMetric(metric: MetricName | undefined): Task | undefined {
  if (metric === undefined) return undefined;
  return metricsOf.find(([, metrics]) => metrics.includes(metric))?.[0] ?? 'classification';
}

/** Of a column that is neither forecast nor left out there are classes or numbers to measure. */
function refuseOtherTask(param: string, metric: MetricName | undefined, task: Task | undefined): void {
  if (task === undefined || task === 'classification' || task === 'regression') return;
  throw fault(
    param,
    `"${metric}" is for the task "${task}", and this spec predicts a column; use a metric of classes, such as "auc", or of numbers, such as "rmse".`,
  );
}

/** Settings that need another one. */
function checkSettings({ split, preprocess, features, target }: ModelSpec): void {
  if (split && (split.kind === 'time' || split.kind === 'grouped') && split.column === undefined) {
    throw fault(
      'split.column',
      `"split.kind": "${split.kind}" needs "split.column": the column to split by.`,
    );
  }
  if (preprocess?.numeric_missing === 'constant' && preprocess.numeric_constant === undefined) {
    const param = 'preprocess.numeric_constant';
    throw fault(param, `"preprocess.numeric_missing": "constant" needs "${param}": the number to fill in.`);
  }
  if (preprocess?.category_missing === 'constant' && preprocess.category_constant === undefined) {
    const param = 'preprocess.category_constant';
    throw fault(param, `"preprocess.category_missing": "constant" needs "${param}": the text to fill in.`);
  }
  const asFeature = target === undefined ? -1 : (features?.include?.indexOf(target) ?? -1);
  if (asFeature >= 0) {
    throw fault(
      `features.include[${asFeature}]`,
      `"${target}" is the target and cannot be a feature; remove it.`,
    );
  }
}

function checkColumns(spec: ModelSpec, dataset: DatasetManifest): void {
  const { features, split } = spec;
  if (spec.target !== undefined) requireColumn(dataset, 'target', spec.target);
  if (spec.labels !== undefined) requireColumn(dataset, 'labels', spec.labels);
  for (const list of ['include', 'exclude'] as const) {
    features?.[list]?.forEach((name, index) => {
      requireColumn(dataset, `features.${list}[${index}]`, name);
    });
  }
  for (const name of Object.keys(features?.types ?? {}))
    requireColumn(dataset, `features.types.${name}`, name);
  if (split?.column !== undefined) requireColumn(dataset, 'split.column', split.column);
  if (!isUnsupervised(spec)) checkTarget(spec, dataset);
}

/** A number cannot be learnt from a column of names; an override of the column's type counts. */
function checkTarget({ target, task, metric, features }: TargetSpec, dataset: DatasetManifest): void {
  const imposed = new Map(Object.entries(features?.types ?? {})).get(target);
  const type = imposed ?? dataset.columns.find(({ name }) => name === target)?.type;
  const asked = task ?? taskOfMetric(metric);
  if (asked === 'regression' && type !== undefined && unorderedTypes.includes(type)) {
    throw fault(
      'target',
      `"${target}" holds ${type} values, not numbers; ask for classification or choose a numeric target.`,
    );
  }
}

function fault(param: string, message: string): OnrampError {
  return invalidInput(message, { code: 'invalid_spec', param });
}
