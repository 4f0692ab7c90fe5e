/** Second station: what a notice calls for becomes a run, which is trained here or handed to a training job. */
import type { TriggerKey } from '../contracts/keys.ts';
import type { Placement, RunRecord } from '../contracts/records.ts';
import {
  cancelSupersededRuns,
  enqueueRun,
  failRun,
  findDataset,
  findRun,
  findSpec,
  getLatestDataset,
  isOver,
  modelsOf,
  type RunDraft,
  requestTraining,
  type StoredSpec,
} from '../registry/index.ts';
import { type Delivery, failureOf, isFinal, type PipelineContext } from './context.ts';
import { identifyRun } from './identify-run.ts';
import { placeRun } from './place-run.ts';
import { abandonRuns, handOver, lookAfterJob } from './training-jobs.ts';
import { type Material, workOnRun } from './work-on-run.ts';

/** What may start a training. */
export type TrainNotice =
  | Extract<TriggerKey, { readonly kind: 'dataset-ready' | 'training' | 'retrain' }>
  | { readonly kind: 'spec'; readonly model: string };

/** True for what may start a training. */
export function startsTraining(subject: TriggerKey): subject is Extract<TriggerKey, TrainNotice> {
  return ['dataset-ready', 'spec', 'training', 'retrain'].includes(subject.kind);
}

/**
 * Trains what a notice calls for: the model of a data set that has new data, or one model whose spec is new. Several
 * models of a data set get a message each, so that each has the whole time, and none dies of another's fault.
 * The same notice again finds its runs ended and does nothing.
 */
export async function trainNoticed(
  context: PipelineContext,
  notice: TrainNotice,
  delivery: Delivery,
): Promise<void> {
  if (notice.kind === 'training') {
    const run = await findRun(context, { model: notice.model, run: notice.id });
    if (run && isOver(run)) return abandonRuns(context, [run]);
  }
  const [first, ...others] = await tasksOf(context, notice);
  if (!first) return;
  if (others.length === 0) {
    await trainOnce(context, first, delivery);
    return;
  }
  for (const task of [first, ...others]) {
    const draft = await runOf(context, task);
    await enqueueRun(context, draft);
    await requestTraining(context, draft);
  }
}

/** One training that a notice calls for. */
interface Task extends Material {
  readonly retrain?: string;
}

async function tasksOf(context: PipelineContext, notice: TrainNotice): Promise<readonly Task[]> {
  if (notice.kind === 'dataset-ready') {
    const data = await findDataset(context, notice.dataset, notice.digest);
    if (data?.state !== 'ready') return [];
    return (await modelsOf(context, notice.dataset)).map((stored) => ({ stored, data }));
  }
  const stored = await findSpec(context, notice.model);
  const data = stored && (await dataFor(context, notice, stored));
  if (!stored || data?.state !== 'ready') return [];
  return [{ stored, data, ...(notice.kind === 'retrain' && { retrain: notice.id }) }];
}

/** The newest data, or those of the run that a training was asked for. */
async function dataFor(
  context: PipelineContext,
  notice: Exclude<TrainNotice, { readonly kind: 'dataset-ready' }>,
  { spec }: StoredSpec,
) {
  if (notice.kind !== 'training') return getLatestDataset(context, spec.dataset);
  const run = await findRun(context, { model: notice.model, run: notice.id });
  return run?.dataset === spec.dataset ? findDataset(context, run.dataset, run.data_digest) : null;
}

async function trainOnce(context: PipelineContext, task: Task, delivery: Delivery): Promise<void> {
  await abandonRuns(context, await cancelSupersededRuns(context, task.stored));
  const draft = await runOf(context, task);
  const { record } = await enqueueRun(context, draft);
  if (isOver(record)) return abandonRuns(context, [record]);
  const job = record.placement?.job;
  if (job !== undefined) {
    await lookAfterJob(context, { ...draft, name: job }, delivery.receiveCount);
    return;
  }
  const placement = await placeOrFail(context, task, record);
  if (!placement) return;
  if (placement.on === 'job') {
    await handOver(context, record, { placement, delivery });
    return;
  }
  const { messageId: owner, receiveCount: deliveries, remainingMs } = delivery;
  // A busy run is another message's: should its worker die, that message comes again.
  await workOnRun(context, draft, {
    material: task,
    worker: { owner, deliveries, placement, ...(remainingMs !== undefined && { remainingMs }) },
  });
}

/** Where the run is trained; nothing for one that can be trained nowhere, which ends with the reason. */
async function placeOrFail(
  context: PipelineContext,
  task: Task,
  record: RunRecord,
): Promise<Placement | null> {
  try {
    const placement = await placeRun(context, task, record);
    const { on, reason } = placement;
    context.logger.info('placed', { model: record.model, run: record.run, on, reason });
    return placement;
  } catch (error) {
    if (!isFinal(error)) throw error;
    await failRun(context, record, failureOf(error));
    return null;
  }
}

function runOf(context: PipelineContext, { stored, data, retrain }: Task): Promise<RunDraft> {
  const work = { stored, dataDigest: data.digest, source: data.source };
  return identifyRun(context, { ...work, ...(retrain !== undefined && { retrain }) });
}
