/** The run of a training job, from the job's side: the same work under the same lease as in the function. */
import type { RunRecord } from '../contracts/records.ts';
import { conflict, internal } from '../core/index.ts';
import {
  cancelSupersededRuns,
  failRun,
  findDataset,
  findRun,
  findSpec,
  type RunKey,
} from '../registry/index.ts';
import type { PipelineContext } from './context.ts';
import { workOnRun } from './work-on-run.ts';

/**
 * Trains the run that a job was started for. The job's name holds the lease, so that the job, should SageMaker start it
 * again, takes its own run back at once, and no second one takes it.
 *
 * @returns what became of the run; `null` if it was deleted with its model
 * @throws conflict `run_busy` if somebody else works on the run; upstream if a service failed
 */
export async function trainInJob(
  context: PipelineContext,
  key: RunKey,
  job: string,
): Promise<RunRecord | null> {
  const record = await findRun(context, key);
  const stored = record && (await findSpec(context, key.model));
  if (!stored) return null;
  if (stored.digest !== record.spec_digest) {
    await cancelSupersededRuns(context, stored);
    // Not cancelled if it was begun already: what its spec was is not known any more.
    await failRun(context, key, {
      code: 'spec_changed',
      message: 'The spec of the model was changed before the training had ended.',
      param: null,
    });
    return findRun(context, key);
  }
  const data = await findDataset(context, record.dataset, record.data_digest);
  if (!data) {
    throw internal(`Data set "${record.dataset}" has no version ${record.data_digest}.`, {
      code: 'dataset_missing',
    });
  }
  const isDone = await workOnRun(context, key, { material: { stored, data }, worker: { owner: job } });
  if (!isDone) {
    throw conflict(`Run "${key.run}" of model "${key.model}" is another worker's.`, { code: 'run_busy' });
  }
  return findRun(context, key);
}
