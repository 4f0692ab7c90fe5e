/** What the function does about training jobs: hands runs to them, notices their end, stops those nobody needs. */
import type { Failure, Placement, RunRecord, TrainingJobRecord } from '../contracts/records.ts';
import { isOnrampError } from '../core/index.ts';
import type { TrainingJobState } from '../endpoint/index.ts';
import {
  failRun,
  findRun,
  findTrainingJob,
  forgetTrainingJob,
  handRunToJob,
  isOver,
  isPublished,
  listTrainingJobs,
  maxAttempts,
  noteTrainingJob,
  tellWaitingRun,
} from '../registry/index.ts';
import type { Delivery, PipelineContext } from './context.ts';
import { removeCheckpoints } from './run-checkpoints.ts';

/**
 * Hands a run to a training job. Nobody holds the run's lease until the job's worker claims it; that no second job is
 * started is the name's doing, which is the same each time and which SageMaker takes only once.
 *
 * @throws upstream while SageMaker cannot start it, until the message was delivered too often: then the run fails
 */
export async function handOver(
  context: PipelineContext,
  run: RunRecord,
  { placement, delivery }: { readonly placement: Placement; readonly delivery: Delivery },
): Promise<void> {
  if (!context.jobs) return;
  const name = context.jobs.nameFor(run);
  const record = await handRunToJob(context, run, {
    owner: delivery.messageId,
    placement: { ...placement, job: name },
  });
  if (isOver(record) || record.placement?.job !== name) return;
  await startJob(context, { name, model: run.model, run: run.run }, delivery.receiveCount);
}

async function startJob(context: PipelineContext, job: TrainingJobRecord, deliveries = 1): Promise<void> {
  await noteTrainingJob(context, job);
  try {
    await context.jobs?.start(job);
    context.logger.info('training job started', { model: job.model, run: job.run, job: job.name });
  } catch (error) {
    if (!isOnrampError(error)) throw error;
    const { code, message } = error;
    if (code !== refusedCode && deliveries < maxAttempts) {
      await tellWaitingRun(context, job, `The training job is not started yet. ${message}`);
      throw error;
    }
    await endWithout(context, job, { code: refusedCode, message, param: null });
  }
}

/** What SageMaker refuses for good. */
const refusedCode = 'training_job_refused';

/**
 * Looks what became of a job: one that has ended without its run ends it, one that was never started is started, one
 * whose run has ended or is gone is stopped.
 */
export async function lookAfterJob(
  context: PipelineContext,
  { name, model, run }: TrainingJobRecord,
  deliveries?: number,
): Promise<void> {
  const { jobs } = context;
  if (!jobs) return;
  const job = { name, model, run };
  const [record, state] = [await findRun(context, job), await jobs.describe(name)];
  if (!record || isOver(record)) {
    if (state && !hasEnded(state.status)) await jobs.stop(name);
    await forgetTrainingJob(context, name);
  } else if (!state) {
    if (await isPublished(context, record)) return;
    await startJob(context, job, deliveries);
  } else if (hasEnded(state.status)) {
    await endWithout(context, job, failureOf(name, state));
  }
}

/**
 * Notices that a job has ended: its run, if that has no end yet, ends as failed with the reason. Told twice, or told
 * of another installation's job, it does nothing.
 */
export async function trainingJobEnded(
  context: PipelineContext,
  { name, ...state }: TrainingJobState & { readonly name: string },
): Promise<void> {
  if (!hasEnded(state.status)) return;
  const job = await findTrainingJob(context, name);
  if (job) await endWithout(context, job, failureOf(name, state));
}

/** Looks after every job whose end was not dealt with: an event may be lost, and so may a message that starts one. */
export async function lookAfterJobs(context: PipelineContext): Promise<void> {
  for await (const job of listTrainingJobs(context)) {
    try {
      await lookAfterJob(context, job);
    } catch (error) {
      context.logger.warn('training job not looked after', { job: job.name, error });
    }
  }
}

/** Stops the jobs of runs that have ended, and removes what was kept of them: their workers may be dead, or stop before they notice. */
export async function abandonRuns(
  { jobs, ...context }: PipelineContext,
  runs: readonly RunRecord[],
): Promise<void> {
  for (const run of runs) {
    const job = run.placement?.job;
    if (jobs && job !== undefined) {
      await jobs.stop(job);
      await forgetTrainingJob(context, job);
    }
    await removeCheckpoints(context, run);
  }
}

/** Fails the run, unless it has an end or a version of its own, and forgets the job. */
async function endWithout(context: PipelineContext, job: TrainingJobRecord, error: Failure): Promise<void> {
  await failRun(context, job, error);
  await forgetTrainingJob(context, job.name);
}

const hasEnded = (status: string): boolean => ['Completed', 'Failed', 'Stopped'].includes(status);

/** Why a run failed whose job has ended without it. */
function failureOf(name: string, { status, secondary, reason }: TrainingJobState): Failure {
  const [code, why] = causeOf(status, secondary, reason);
  return {
    code,
    message: `The training job ${name} ${why} Ask for a retrain to try again.`,
    param: null,
  };
}

function causeOf(status: string, secondary: string, reason: string): readonly [string, string] {
  if (status === 'Failed')
    return ['training_job_failed', `failed: ${reason || 'SageMaker gives no reason'}.`];
  if (secondary === 'MaxRuntimeExceeded') {
    return [
      'training_job_timeout',
      'took longer than it may. Use fewer rows or columns, or a simpler learner.',
    ];
  }
  return status === 'Stopped'
    ? ['training_job_stopped', 'was stopped.']
    : ['training_job_failed', 'ended without a version; its log tells why.'];
}
