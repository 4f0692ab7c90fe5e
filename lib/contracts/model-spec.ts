/** What a user says of a model: what to learn, from which data set, and under which conditions it goes live. */
import * as z from 'zod';
import { knownLearnerName } from './learner-aliases.ts';
import {
  type LearnerName,
  learnerNames,
  learnerParameters,
  type SeriesLearnerName,
  type TableLearnerName,
  type UnsupervisedLearnerName,
} from './learner-parameters.ts';
import { resourceName } from './names.ts';
import { pictureWish } from './pictures.ts';
import { checkSeries, type SeriesSpec, seriesSpec } from './series-spec.ts';
import { settingFaults } from './setting-faults.ts';
import {
  checkUnsupervised,
  isUnsupervisedTask,
  type UnsupervisedTask,
  unsupervisedTasks,
} from './unsupervised-spec.ts';

/** Column types a user may impose; see `lib/dataset`. */
export const columnTypeName = z.enum([
  'numeric',
  'boolean',
  'category',
  'datetime',
  'text',
  'image',
  'identifier',
  'constant',
]);

/** Learners by name; `linear` means logistic regression when the target is a class. */
export const learnerName = z.enum(learnerNames);
export type { LearnerName, SeriesLearnerName, TableLearnerName, UnsupervisedLearnerName };

/** Metrics a model may be chosen and compared by. */
export const metricName = z.enum([
  'accuracy',
  'balanced_accuracy',
  'precision',
  'recall',
  'f1',
  'f1_macro',
  'f1_weighted',
  'auc',
  'average_precision',
  'log_loss',
  'brier',
  'mse',
  'rmse',
  'mae',
  'mape',
  'r2',
  'smape',
  'mase',
  'pinball',
  'coverage',
  'silhouette',
  'inertia',
  'explained',
  'anomaly_share',
]);
export type MetricName = z.infer<typeof metricName>;

const schedule = z
  .string()
  .regex(/^(rate|cron)\(.+\)$/, 'use "rate(1 day)" or "cron(0 6 * * ? *)", as in Amazon EventBridge');

/** Words of texts, as scikit-learn's `TfidfVectorizer` weighs them. */
export const textSpec = z.strictObject({
  /** The longest sequence of words that counts as a term: 1 for single words (default), 2 for pairs too. */
  max_words: z.int().min(1).max(3).optional(),
  /** Terms in fewer training texts are left out; default 2. */
  min_texts: z.int().min(1).optional(),
  /** The most frequent terms are kept. */
  max_terms: z.int().min(1).max(50_000).optional(),
  /** `log` (default) counts a repeated word as 1 + ln(count). */
  counts: z.enum(['linear', 'log']).optional(),
  /** For networks that read word by word: words of a text that are read. */
  max_length: z.int().min(1).max(2048).optional(),
});
export type TextSpec = z.infer<typeof textSpec>;

/** How missing values are filled, numbers brought to scale and categories coded. */
export const preprocessSpec = z.strictObject({
  numeric_missing: z.enum(['mean', 'median', 'most_frequent', 'constant', 'drop_row']).optional(),
  numeric_constant: z.number().optional(),
  category_missing: z.enum(['most_frequent', 'constant', 'drop_row']).optional(),
  category_constant: z.string().optional(),
  scaling: z.enum(['standard', 'min_max', 'robust', 'none']).optional(),
  encoding: z.enum(['one_hot', 'ordinal']).optional(),
  /** Categories seen in fewer training rows share one code; a count. */
  rare_count: z.int().min(1).optional(),
  /** At most this many codes a column; the rest is rare. */
  max_categories: z.int().min(1).max(10_000).optional(),
  /** The size at which pictures are learnt from; without it that of most of them, made smaller if need be. */
  image: pictureWish.optional(),
  /** How texts become weights of words. */
  text: textSpec.optional(),
});
export type PreprocessSpec = z.infer<typeof preprocessSpec>;

/** How the rows are parted into those learnt from and those tested on. */
export const splitSpec = z.strictObject({
  kind: z.enum(['auto', 'random', 'stratified', 'time', 'grouped']),
  /** The date-time column of `time`, the group column of `grouped`. */
  column: z.string().min(1).optional(),
});

/** When a new version may go live. */
export const gateSpec = z.strictObject({
  metric: metricName.optional(),
  /** `automatic`: live when it beats the baseline and does not lose to the live version; `manual`: by promote only. */
  promote: z.enum(['automatic', 'manual']).optional(),
  /** How much worse than the live version (in units of the metric) is still accepted beyond chance. */
  tolerance: z.number().min(0).optional(),
});

/** Where a model may be trained: in the function, which has 15 minutes, or in a SageMaker training job. */
export const trainingPlace = z.enum(['function', 'job']);
export type TrainingPlace = z.infer<typeof trainingPlace>;

const specFields = z.strictObject({
  dataset: resourceName,
  /** The column to predict; only groups and anomalies are sought without one. */
  target: z.string().min(1).optional(),
  task: z.enum(['classification', 'regression', 'forecast', ...unsupervisedTasks]).optional(),
  /** Anomalies: a column that tells which rows are some. Nothing is learnt from it; the scores are measured by it. */
  labels: z.string().min(1).optional(),
  /** Makes of the rows series that go on in time, and of the task a forecast. */
  series: seriesSpec.optional(),
  /** Renames target values before learning: `{"None": "no", "*": "yes"}` makes two classes of many. */
  relabel: z.record(z.string(), z.string().min(1)).optional(),
  features: z
    .strictObject({
      include: z.array(z.string()).min(1).optional(),
      exclude: z.array(z.string()).optional(),
      types: z.record(z.string(), columnTypeName).optional(),
    })
    .optional(),
  learner: z.preprocess(knownLearnerName, z.enum(['auto', ...learnerName.options])).optional(),
  /** Settings of the learner that is named, for example `{"trees": 100, "max_depth": 5}` of a forest. */
  parameters: z.record(z.string(), z.unknown()).optional(),
  metric: metricName.optional(),
  /** The class that counts as positive in precision, recall, F1, AUC. */
  positive: z.string().optional(),
  /** `balanced` weighs rows so that each class counts the same; `auto` moves the decision threshold instead. */
  imbalance: z.enum(['auto', 'none', 'balanced']).optional(),
  preprocess: preprocessSpec.optional(),
  split: splitSpec.optional(),
  missing: z.array(z.string()).optional(),
  seed: z.int().min(0).max(4_294_967_295).optional(),
  /** Where it is trained; `auto` decides by the size of the data. */
  train_on: z.enum(['auto', ...trainingPlace.options]).optional(),
  schedule: schedule.optional(),
  gate: gateSpec.optional(),
});

/** The body of `PUT /v1/models/{model}` and the content of `spec.json`; unknown fields are refused. */
export const modelSpec = specFields
  .superRefine(checkParameters)
  .superRefine(checkSeries)
  // The last of these sees to it that a target is there or none is needed, which the type of the fields cannot say.
  .superRefine(checkUnsupervised) as unknown as z.ZodType<ModelSpec>;

type SpecFields = z.infer<typeof specFields>;

/** A spec of a model that predicts or forecasts a column. */
export type TargetSpec = Omit<SpecFields, 'target' | 'task' | 'labels'> & {
  target: string;
  task?: Exclude<SpecFields['task'], UnsupervisedTask>;
  labels?: undefined;
};

/** A spec of a model that seeks groups or anomalies. */
export type UnsupervisedSpec = Omit<SpecFields, 'target' | 'task' | 'series'> & {
  target?: undefined;
  task: UnsupervisedTask;
  series?: undefined;
};
export type ModelSpec = TargetSpec | UnsupervisedSpec;

export const isUnsupervised = (spec: ModelSpec): spec is UnsupervisedSpec =>
  spec.task !== undefined && isUnsupervisedTask(spec.task);

/** A spec of a model that forecasts. */
export type ForecastSpec = TargetSpec & { readonly series: SeriesSpec };

export const isForecast = (spec: ModelSpec): spec is ForecastSpec => spec.series !== undefined;

/** The quantile that a spec of a table asks for; `undefined` where it asks for means, classes or no target. */
export function quantileAsked({ learner, parameters }: ModelSpec): number | undefined {
  const { loss, quantile } = parameters ?? {};
  return learner === 'boosting' && loss === 'quantile' && typeof quantile === 'number' ? quantile : undefined;
}

/** Settings belong to one learner, so they need its name and must be among those it knows. */
function checkParameters(
  { learner = 'auto', parameters }: z.infer<typeof specFields>,
  context: z.RefinementCtx,
): void {
  if (parameters === undefined) return;
  if (learner === 'auto') {
    const message = 'name the "learner" that these settings are for';
    context.addIssue({ code: 'custom', path: ['parameters'], message });
    return;
  }
  for (const { path, message } of settingFaults(learner, learnerParameters[learner], parameters)) {
    context.addIssue({ code: 'custom', path: ['parameters', ...path], message });
  }
}

/** The content of `spec.json` of a model whose versions are brought along: there is nothing to learn. */
export const importSpec = z.strictObject({ origin: z.literal('import') });
export type ImportSpec = z.infer<typeof importSpec>;
