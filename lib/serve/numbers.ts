/** Numbers of tensors as JSON. */
import { invalidInput, shortest32 } from '../core/index.ts';
import type { NonFinitePolicy } from './service.ts';

/**
 * A 32-bit float as JSON: the shortest decimal that reads back as the same float.
 *
 * @param what names the output and the place in it if it is refused
 * @throws invalid_request `non_finite_output` for NaN and infinities under the policy `error`
 */
export function number32(value: number, policy: NonFinitePolicy, what: string): string {
  return Number.isFinite(value) ? shortest32(value) : nonFiniteNumber(value, policy, what);
}

/** NaN and infinities, for which JSON has no numbers, by the policy. */
export function nonFiniteNumber(value: number, policy: NonFinitePolicy, what: string): string {
  if (policy === 'null') return 'null';
  if (policy === 'string') return `"${value}"`;
  throw invalidInput(
    `The model answers ${value} for the ${what}, which JSON has no number for; ask with non_finite=null or non_finite=string.`,
    { code: 'non_finite_output' },
  );
}
