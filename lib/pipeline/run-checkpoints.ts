/** What is kept of a run while it is trained: finished folds, and how far the one under way is. */
import { artifactKeys } from '../contracts/keys.ts';
import type { RunKey } from '../registry/index.ts';
import type { KeptWork } from '../train/index.ts';
import type { PipelineContext } from './context.ts';

/** What is repeated as quickly is not kept. */
const worthMs = 1_000;

/** What is kept of a run, and when all of it is there. */
export interface RunCheckpoints extends KeptWork {
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>;
}

/**
 * The kept work of a run, in the artifact bucket.
 *
 * @param signal once it is aborted nothing more is kept: a thread may tell of a checkpoint after its training was given up
 */
export function runCheckpoints(
  { artifacts }: PipelineContext,
  { model, run }: RunKey,
  signal: AbortSignal,
): RunCheckpoints {
  const writing = new Set<Promise<unknown>>();
  return {
    worthMs,
    load: async (name) => (await artifacts.get(artifactKeys.checkpoint(model, run, name)))?.body ?? null,
    save: async (name, bytes) => {
      if (signal.aborted) return;
      const written = artifacts.put(artifactKeys.checkpoint(model, run, name), bytes);
      writing.add(written);
      await written.finally(() => writing.delete(written));
    },
    settled: async () => {
      await Promise.allSettled(writing);
    },
  };
}

/** Forgets it, once the run has ended; what is left over all the same, the bucket's lifecycle removes. */
export async function removeCheckpoints(
  { artifacts, logger }: PipelineContext,
  { model, run }: RunKey,
): Promise<void> {
  try {
    for await (const { key } of artifacts.list(artifactKeys.runCheckpoints(model, run)))
      await artifacts.delete(key);
  } catch (error) {
    logger.warn('checkpoints not removed', { model, run, error });
  }
}
