/** Schedules in the spelling that EventBridge Scheduler is documented to take. */
import { parseSchedule } from '../core/index.ts';

/**
 * The same schedule with single spaces, names in capitals, numbers without leading zeros and the steps between days of
 * the week written out: a spec may be written with more freedom than AWS promises to understand.
 *
 * @throws invalid_request `invalid_schedule`
 * @example awsExpression('cron( 0  06 ? * mon-fri/2 * )') // cron(0 6 ? * 2,4,6 *)
 */
export function awsExpression(expression: string): string {
  const { kind } = parseSchedule(expression);
  const text = expression.slice(expression.indexOf('(') + 1, -1).trim();
  const fields = text.split(/\s+/).map((field) => field.replace(/\d+/g, (digits) => String(Number(digits))));
  if (kind === 'rate') return `rate(${fields.join(' ')})`;
  const capitals = fields.map((field) => field.toUpperCase());
  const days = new Set(capitals[4]!.split(',').flatMap(withoutStep));
  return `cron(${capitals.with(4, [...days].join(',')).join(' ')})`;
}

const weekDays: readonly string[] = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** `2-6/2` as 2, 4, 6; anything without a step as it is. */
function withoutStep(part: string): string[] {
  const [, from, to = 'SAT', step] = /^(\*|\w+)(?:-(\w+))?\/(\d+)$/.exec(part) ?? [];
  if (from === undefined) return [part];
  const numberOf = (day: string): number => weekDays.indexOf(day) + 1 || Number(day);
  const days: string[] = [];
  for (let day = from === '*' ? 1 : numberOf(from); day <= numberOf(to); day += Number(step)) {
    days.push(String(day));
  }
  return days;
}
