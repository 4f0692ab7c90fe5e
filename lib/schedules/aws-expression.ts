/** Schedules in the spelling that EventBridge Scheduler is documented to take. */
import { parseSchedule } from '../core/index.ts';

/**
 * The same schedule with single spaces, names in capitals and numbers without leading zeros: a spec may be written
 * with more freedom than AWS promises to understand.
 *
 * @throws invalid_request `invalid_schedule`
 * @example awsExpression('cron( 0  06 ? * mon-fri * )') // cron(0 6 ? * MON-FRI *)
 */
export function awsExpression(expression: string): string {
  const { kind } = parseSchedule(expression);
  const fields = expression
    .slice(expression.indexOf('(') + 1, -1)
    .trim()
    .split(/\s+/);
  const plain = fields.map((field) => field.replace(/\d+/g, (digits) => String(Number(digits))));
  return `${kind}(${(kind === 'cron' ? plain.map((field) => field.toUpperCase()) : plain).join(' ')})`;
}
