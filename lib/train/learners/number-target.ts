/** The target of learners that learn nothing but numbers. */
import { invalidInput } from '../../core/index.ts';
import type { Target } from '../types.ts';

/**
 * One value a row.
 *
 * @param remedy what to do for classes
 * @throws invalid_request `learner_task` for classes
 */
export function numbersOf(target: Target, learner: string, remedy: string): Float64Array {
  if (target.task === 'regression') return target.values;
  throw invalidInput(`The learner "${learner}" is for numbers, and this target has classes. ${remedy}.`, {
    code: 'learner_task',
    param: 'learner',
  });
}
