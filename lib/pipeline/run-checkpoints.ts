/** What is kept of a run while it is trained: finished folds, and how far the one under way is. */
import { artifactKeys } from '../contracts/keys.ts';
import type { RunKey } from '../registry/index.ts';
import type { KeptWork } from '../train/index.ts';
import type { PipelineContext } from './context.ts';

/** What is repeated as quickly is not kept. */
const worthMs = 1_000;

/** The kept work of a run, in the artifact bucket. */
export function runCheckpoints({ artifacts }: PipelineContext, { model, run }: RunKey): KeptWork {
  return {
    worthMs,
    load: async (name) => (await artifacts.get(artifactKeys.checkpoint(model, run, name)))?.body ?? null,
    save: async (name, bytes) => {
      await artifacts.put(artifactKeys.checkpoint(model, run, name), bytes);
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
