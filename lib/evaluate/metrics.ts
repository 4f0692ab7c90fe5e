/** The metrics by name: what each says, which way is better, and which one decides when nobody chose. */
import type { MetricName } from '../contracts/model-spec.ts';
import type { UnsupervisedTask } from '../contracts/unsupervised-spec.ts';

export type { MetricName };

/** What a model is asked to do. */
export type Task = 'classification' | 'regression' | 'forecast' | UnsupervisedTask;

/** What a metric is and how to read it. */
export interface MetricInfo {
  readonly name: MetricName;
  readonly task: Task;
  readonly better: 'higher' | 'lower';
  /** What it is computed from: the answers alone, or how sure the model was of them. */
  readonly input: 'predicted' | 'probabilities';
  /** One sentence for people. */
  readonly doc: string;
}

/** All metrics; the definitions are scikit-learn's, but that there is no MAPE where a true value is 0. */
export const metrics: Readonly<Record<MetricName, MetricInfo>> = {
  accuracy: metric('accuracy', 'Share of rows whose class is right.'),
  balanced_accuracy: metric('balanced_accuracy', 'Mean over the classes of the share found (recall).'),
  precision: metric(
    'precision',
    'Of the rows answered positive, the share that is; more than two classes: mean over the classes.',
  ),
  recall: metric(
    'recall',
    'Of the positive rows, the share that was found; more than two classes: mean over the classes.',
  ),
  f1: metric(
    'f1',
    'Harmonic mean of precision and recall of the positive class; more than two classes: mean over the classes.',
  ),
  f1_macro: metric('f1_macro', 'F1 of each class, averaged with equal weight.'),
  f1_weighted: metric('f1_weighted', 'F1 of each class, averaged by the rows of the class.'),
  auc: metric(
    'auc',
    'Chance that a positive row scores above a negative one; more than two classes: each against the rest, averaged.',
    { input: 'probabilities' },
  ),
  average_precision: metric(
    'average_precision',
    'Precision averaged over the recalls; more than two classes: each against the rest, averaged.',
    { input: 'probabilities' },
  ),
  log_loss: metric('log_loss', 'Mean of -ln of the probability given to the right class.', {
    input: 'probabilities',
    better: 'lower',
  }),
  brier: metric(
    'brier',
    'Mean squared error of the probability of the positive class; more than two classes: summed over the classes.',
    { input: 'probabilities', better: 'lower' },
  ),
  mse: metric('mse', 'Mean squared error.', { task: 'regression', better: 'lower' }),
  rmse: metric('rmse', 'Root of the mean squared error, in the unit of the target.', {
    task: 'regression',
    better: 'lower',
  }),
  mae: metric('mae', 'Mean absolute error, in the unit of the target.', {
    task: 'regression',
    better: 'lower',
  }),
  mape: metric(
    'mape',
    'Mean absolute error as a share of the true value (0.1 is 10 %); undefined where a true value is 0.',
    {
      task: 'regression',
      better: 'lower',
    },
  ),
  r2: metric('r2', 'Share of the variance that is explained; 0 is no better than the mean.', {
    task: 'regression',
  }),
  smape: metric(
    'smape',
    'Mean of |error| as a share of the mean of the absolute true and forecast values (0.1 is 10 %).',
    { task: 'forecast', better: 'lower' },
  ),
  mase: metric(
    'mase',
    'Mean absolute error as a multiple of that of the seasonal-naive forecast, one step ahead, in the training rows.',
    { task: 'forecast', better: 'lower' },
  ),
  pinball: metric('pinball', 'Mean quantile loss over the quantiles, in the unit of the target.', {
    task: 'forecast',
    better: 'lower',
  }),
  coverage: metric('coverage', 'Share of the true values between the lowest and the highest quantile.', {
    task: 'forecast',
  }),
  silhouette: metric(
    'silhouette',
    'How much nearer rows are to their own group than to the next one, as a share of the larger distance; -1 to 1.',
    { task: 'clustering' },
  ),
  inertia: metric('inertia', 'Mean squared distance of a row to the centre of its group, in encoded units.', {
    task: 'clustering',
    better: 'lower',
  }),
  explained: metric(
    'explained',
    'Share of the squared distances to the mean of all rows that the groups take away.',
    {
      task: 'clustering',
    },
  ),
  anomaly_share: metric('anomaly_share', 'Share of the rows that are called an anomaly.', {
    task: 'anomaly',
  }),
};

function metric(
  name: MetricName,
  doc: string,
  { task = 'classification', better = 'higher', input = 'predicted' }: Partial<MetricInfo> = {},
): MetricInfo {
  return { name, task, better, input, doc };
}

/** From this share of the largest class on, always answering it looks good by accuracy. */
const dominantShare = 0.8;

/**
 * The metric by which models are chosen when the user names none.
 *
 * Two classes: `auc`, as it needs no threshold and does not reward answering the larger class. More: `accuracy`,
 * which everybody reads alike, or `balanced_accuracy` when one class is dominant. Regression: `rmse`, in the unit
 * of the target; it ranks models on the same rows as R2 does but stays meaningful in a fold whose target hardly
 * varies.
 *
 * @param classCounts rows of each class; not needed for regression
 */
export function primaryMetric(task: Task, classCounts: ArrayLike<number> = []): MetricName {
  if (task === 'regression') return 'rmse';
  if (classCounts.length <= 2) return 'auc';
  const counts = Array.from(classCounts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Math.max(...counts) >= dominantShare * total ? 'balanced_accuracy' : 'accuracy';
}

/** Whether `left` is the better value of a metric. */
export function isBetter(name: MetricName, left: number, right: number): boolean {
  return metrics[name].better === 'higher' ? left > right : left < right;
}
