/** What is done of a training, kept outside the process, so that another one can go on with it. */
import { deserialize, serialize } from 'node:v8';
import type { FoldResult } from './cross-validate.ts';
import type { FitCheckpoint, KeptWork } from './types.ts';

/** Changes when older folds cannot be read any more. */
const version = 1;

/** What is kept of a fold; its model is not, as it can be fitted again. */
type KeptFold = Pick<FoldResult, 'predictions' | 'fitMs'>;

/** Which fold of which learner, for example `boosting/fold-3`. */
export const foldName = (learner: string, number: number): string => `${learner}/fold-${number + 1}`;

/** A fold that an earlier process has finished; null if there is none, or if it cannot be read. */
export async function findFold(kept: KeptWork | undefined, name: string): Promise<KeptFold | null> {
  const bytes = await kept?.load(`${name}.result`);
  if (!bytes) return null;
  try {
    const found = deserialize(bytes) as KeptFold & { readonly version: number };
    return found.version === version ? { predictions: found.predictions, fitMs: found.fitMs } : null;
  } catch {
    // What another version of Node has written, for example: the fold is fitted again.
    return null;
  }
}

/** Keeps a fold that it would take time to repeat. */
export async function keepFold(
  kept: KeptWork | undefined,
  name: string,
  { predictions, fitMs }: KeptFold,
): Promise<void> {
  if (!kept || fitMs < kept.worthMs) return;
  await kept.save(`${name}.result`, serialize({ version, predictions, fitMs }));
}

/** Where a fit that takes long keeps how far it is. */
export const fitCheckpoint = (kept: KeptWork, name: string): FitCheckpoint => ({
  worthMs: kept.worthMs,
  load: () => kept.load(`${name}.state`),
  save: (bytes) => kept.save(`${name}.state`, bytes),
});
