/** Decides how many threads a fit is worth. */
import { availableParallelism } from 'node:os';
import { checkWhole } from './checks.ts';

const MAX_THREADS = 8;
/** Below this (about a tenth of a second) starting threads costs more than they save. */
const SMALL_WORK = 20_000_000;

/**
 * Number of threads for a fit.
 *
 * @param requested at most so many; default: the machine's cores, at most 8
 * @param work values to be looked at
 * @param parts pieces the work can be divided into
 */
export function chooseThreads(
  requested: number | undefined,
  { work, parts }: { work: number; parts: number },
): number {
  const threads = requested ?? Math.min(availableParallelism(), MAX_THREADS);
  checkWhole(1, { threads });
  return work < SMALL_WORK ? 1 : Math.min(threads, parts);
}
