/** Learners whose time grows with the square of the rows, and how many they take. */
import type { LearnerName } from '../contracts/model-spec.ts';
import { invalidInput } from '../core/index.ts';

/** Rows at most; above, a fit takes hours. */
const mostRows: Readonly<Partial<Record<LearnerName, number>>> = { kernel_svm: 20_000 };

/**
 * Refuses more rows than a learner can be expected to learn from.
 *
 * @throws invalid_request `too_many_rows_for_learner` with the remedy
 */
export function refuseTooManyRows(learner: LearnerName, rows: number): void {
  const most = mostRows[learner];
  if (most === undefined || rows <= most) return;
  throw invalidInput(
    `The learner "${learner}" takes at most ${most} rows, as its time grows with their square; there are ${rows}. Use "svm", whose time grows with the rows, or "boosting", or upload a sample of the rows.`,
    { code: 'too_many_rows_for_learner', param: 'learner' },
  );
}
