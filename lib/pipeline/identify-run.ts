/** Which run a training is: the same work is one run, however often it is told, unless the user asks for it again. */
import type { RunRecord, UploadSource } from '../contracts/records.ts';
import {
  compareUploads,
  findRun,
  findTrainedVersion,
  getAliases,
  isOver,
  type RunDraft,
  runId,
  type StoredSpec,
} from '../registry/index.ts';
import type { PipelineContext } from './context.ts';

/** What is to be trained from what. */
export interface Work {
  readonly stored: StoredSpec;
  readonly dataDigest: string;
  readonly source: UploadSource;
  /** Id of a request to train again. */
  readonly retrain?: string;
}

/**
 * The run of some work. Bytes uploaded again, or a spec written again, are the run they were, with two exceptions:
 * that run gave no version, or another version has gone live since. Then the user wants them back, and the later
 * upload or spec counts as a run of its own; its events give the same id however often they come.
 */
export async function identifyRun(context: PipelineContext, work: Work): Promise<RunDraft> {
  const { stored, dataDigest, source, retrain } = work;
  const { model, digest: specDigest } = stored;
  const idOf = (again: string | undefined): string =>
    runId({ specDigest, dataDigest, code: context.code, ...(again !== undefined && { retrain: again }) });
  const earlier = retrain === undefined ? await findRun(context, { model, run: idOf(undefined) }) : null;
  const again = earlier && isOver(earlier) ? await askedAgain(context, work, earlier) : undefined;
  return { model, run: idOf(retrain ?? again), dataset: stored.spec.dataset, dataDigest, specDigest, source };
}

/** What the user did after the run that asks for it again; nothing if its outcome still stands. */
async function askedAgain(
  context: PipelineContext,
  { stored, dataDigest, source }: Work,
  earlier: RunRecord,
): Promise<string | undefined> {
  const isUploadLater = Date.parse(source.uploaded) > Date.parse(earlier.source.uploaded);
  const isSpecLater = stored.modifiedAt > Date.parse(earlier.created);
  if (!isUploadLater && !isSpecLater) return undefined;
  const gaveNothing = earlier.state === 'failed' || earlier.state === 'cancelled';
  const live = (await getAliases(context, stored.model))?.value.live ?? null;
  const lineage =
    live === null ? undefined : (await findTrainedVersion(context, stored.model, live))?.lineage;
  const hasNewerData =
    lineage !== undefined &&
    lineage.data_digest !== dataDigest &&
    compareUploads(lineage.source, earlier.source) > 0;
  if (isUploadLater && (gaveNothing || hasNewerData)) return `upload ${source.uploaded}`;
  const hasOtherSpec = lineage !== undefined && lineage.spec_digest !== stored.digest;
  if (isSpecLater && (gaveNothing || hasOtherSpec)) return `spec ${stored.modifiedAt}`;
  return undefined;
}
