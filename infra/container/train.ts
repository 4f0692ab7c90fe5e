/** `train`: SageMaker's contract for training, around the same work as in the function. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { createPipelineContext } from '../../functions/middleware/pipeline.ts';
import { resourceName } from '../../lib/contracts/names.ts';
import type { RunRecord } from '../../lib/contracts/records.ts';
import { servingFiles } from '../../lib/contracts/serving-archive.ts';
import { invalidInput, isOnrampError, type Logger } from '../../lib/core/index.ts';
import { type PipelineContext, trainInJob } from '../../lib/pipeline/index.ts';
import { getVersion, loadArtifact, type RunKey } from '../../lib/registry/index.ts';
import { type ContainerFolders, containerFolders } from './folders.ts';

/** SageMaker shows no more of a reason. */
const reasonChars = 1_024;

const hyperparameters = z.object({ model: resourceName, run: z.string().regex(/^[0-9a-f]{16}$/) });

/**
 * Trains the run that the hyperparameters name and leaves its version in the model folder, from where SageMaker makes
 * an archive that `serve` takes. The reason of a failure is left in the failure file.
 *
 * @returns the exit code: 0 if the run is done or nobody wants it any more, 1 if it failed
 */
export async function train(): Promise<number> {
  const folders = containerFolders();
  leaveOnTermination(folders);
  let context: PipelineContext | undefined;
  try {
    context = createPipelineContext('train');
    const key = await readRun(folders);
    const record = await trainInJob(context, key, jobName());
    if (record?.state === 'failed') return await fail(folders, record.error?.message ?? record.message);
    if (record?.version) await leaveVersion(context, record, folders);
    context.logger.info('training job done', { ...key, state: record?.state ?? 'deleted' });
    return 0;
  } catch (error) {
    context?.logger.error('training job failed', { error });
    return await fail(folders, reasonOf(error), context?.logger);
  }
}

/** SageMaker gives 120 s before it kills; all that must last is in S3 by then, or not wanted. */
function leaveOnTermination(folders: ContainerFolders): void {
  process.once('SIGTERM', () => {
    void fail(folders, 'The training was told to stop (SIGTERM).').then((code) => process.exit(code));
  });
}

/** Which run the job is for. Values of hyperparameters are texts. */
async function readRun({ hyperparameters: path }: ContainerFolders): Promise<RunKey> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw invalidInput(`The hyperparameters cannot be read: ${cause.message}.`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidInput(`${path} is not valid JSON.`, { cause });
  }
  const found = hyperparameters.safeParse(value);
  if (!found.success) {
    throw invalidInput(
      `${path} must name a model and its run: {"model": "heart", "run": "0123456789abcdef"}.`,
    );
  }
  return found.data;
}

function jobName(): string {
  const name = process.env.TRAINING_JOB_NAME ?? '';
  if (name === '') throw invalidInput('TRAINING_JOB_NAME is not set; SageMaker gives it to every job.');
  return name;
}

/** The version as an archive of its own; without it the run is as good, as everything else is in S3. */
async function leaveVersion(
  context: PipelineContext,
  { model, version }: RunRecord,
  { model: folder }: ContainerFolders,
): Promise<void> {
  try {
    const manifest = await getVersion(context, model, version!);
    const artifact = await loadArtifact(context, manifest);
    for (const { path, body } of servingFiles(manifest, artifact)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), body);
    }
  } catch (error) {
    context.logger.warn('no archive of the version', { model, version, error });
  }
}

/** Texts of unexpected errors stay in the log: they may quote data, and the reason is shown to whoever sees the job. */
const reasonOf = (error: unknown): string =>
  isOnrampError(error) ? error.message : 'Something inside Onramp failed; the log of the job tells more.';

/** Leaves the reason. Gives the exit code. */
async function fail({ failure }: ContainerFolders, reason: string, logger?: Logger): Promise<1> {
  try {
    await mkdir(dirname(failure), { recursive: true });
    await writeFile(failure, reason.slice(0, reasonChars));
  } catch (error) {
    logger?.warn('no reason could be left', { error });
  }
  return 1;
}
