/** The runs that wait or are worked on, of all models: a mark for each, so that one list tells who is in front of whom. */
import { artifactKeys, openRunOf, type RunRecord } from '../contracts/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import type { RegistryContext, RunKey } from './context.ts';
import { findRun, isOver } from './run-record.ts';

/** A run that has not ended. */
export interface OpenRun extends RunKey {
  readonly createdMs: number;
  /** Only of the oldest, among which are those at work; the others are taken for waiting. */
  readonly record?: RunRecord;
}

const maxListed = 1_000;
/** Every waiting client asks again and again, so a queue of hundreds is not read to its end. */
const maxRead = 20;

/**
 * Runs that have not ended, oldest first. A mark that was left over, by a crash or as its model was removed, is known by
 * its run's record, which is written before it, and is removed.
 */
export async function listOpenRuns(context: RegistryContext): Promise<readonly OpenRun[]> {
  const marked: (OpenRun & { readonly key: string })[] = [];
  for await (const { key } of context.artifacts.list(artifactKeys.openRuns())) {
    const run = openRunOf(key);
    if (run) marked.push({ ...run, key });
    if (marked.length === maxListed) break;
  }
  const read = await mapConcurrent(marked.slice(0, maxRead), async (run) => {
    const record = await findRun(context, run);
    if (record && !isOver(record)) return [{ ...run, record }];
    await context.artifacts.delete(run.key);
    return [];
  });
  return [...read.flat(), ...marked.slice(maxRead)];
}
