/** What a spec says of a task without a target: which fields it has, and which only a target gives a meaning. */
import * as z from 'zod';
import { anomalyLearners, clusterLearners } from './learners/unsupervised.ts';

export const unsupervisedTasks = ['clustering', 'anomaly'] as const;
export type UnsupervisedTask = (typeof unsupervisedTasks)[number];

/** Which learners a task may have. */
export const learnersOfTask: Readonly<Record<UnsupervisedTask, Readonly<Record<string, unknown>>>> = {
  clustering: clusterLearners,
  anomaly: anomalyLearners,
};

/** Fields of a spec that speak of a target. */
const ofTargets = ['target', 'relabel', 'imbalance', 'series'] as const;

/** The part of a spec that must fit, or not be there, with a task without a target. */
type Surroundings = Partial<Record<(typeof ofTargets)[number], unknown>> & {
  readonly task?: string | undefined;
  readonly learner?: string | undefined;
  readonly labels?: string | undefined;
  readonly positive?: string | undefined;
  readonly split?: { readonly kind: string } | undefined;
};

/** Checks that a spec names a target, or a task that has none. */
export function checkUnsupervised(spec: Surroundings, context: z.RefinementCtx): void {
  const fault = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  const { task = '', learner = 'auto', labels, positive, split } = spec;
  if (!isUnsupervisedTask(task)) {
    if (spec.target === undefined) {
      fault('target', 'name the column to predict, or a task without one: "clustering" or "anomaly"');
    }
    if (labels !== undefined) fault('labels', 'is for the task "anomaly"; the column to predict is "target"');
    const own = unsupervisedTasks.find((one) => Object.hasOwn(learnersOfTask[one], learner));
    if (own) fault('learner', `this learner is for the task "${own}"; name that, or choose another learner`);
    return;
  }
  for (const field of ofTargets) {
    if (spec[field] === undefined) continue;
    const hint =
      field === 'target' && task === 'anomaly' ? '; a column that tells anomalies is "labels"' : '';
    fault(field, `the task "${task}" has no target; leave it out${hint}`);
  }
  if (learner !== 'auto' && !Object.hasOwn(learnersOfTask[task], learner)) {
    const known = Object.keys(learnersOfTask[task]).join(', ');
    fault('learner', `does not do the task "${task}"; that is done by ${known}`);
  }
  if (labels !== undefined && task !== 'anomaly') fault('labels', 'is for the task "anomaly"; leave it out');
  if (positive !== undefined && labels === undefined) {
    fault('positive', 'is a value of the column "labels", which is not named');
  }
  if (split?.kind === 'stratified') {
    fault('split', '"stratified" needs a target; use random, time or grouped');
  }
}

/** What a version that tells groups says of them. */
export const clusterSchema = z.object({
  /** How many; a row is of the group whose number, from 0, is that of its smallest distance. */
  count: z.int(),
  /** Training rows in each. */
  sizes: z.array(z.int()),
  /** Mean silhouettes of the numbers of groups that were tried; absent if the spec says how many. */
  tried: z.array(z.object({ clusters: z.int(), silhouette: z.number() })).optional(),
});
export type ClusterSchema = z.infer<typeof clusterSchema>;

/** What a version that tells anomalies says of its scores. */
export const anomalySchema = z.object({
  /** Scores from this on are anomalies. */
  threshold: z.number(),
  /** Below which score lie 1, 5, 25, 50, 75, 95 and 99 % of the held-out rows. */
  scores: z.record(z.string(), z.number()),
  /** The column that the scores were measured by, and its value that means an anomaly. */
  labels: z.object({ column: z.string(), positive: z.string() }).optional(),
});
export type AnomalySchema = z.infer<typeof anomalySchema>;

export const isUnsupervisedTask = (task: string): task is UnsupervisedTask =>
  (unsupervisedTasks as readonly string[]).includes(task);
