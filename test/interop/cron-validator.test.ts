import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextAfter, parseSchedule } from '../../lib/core/index.ts';
import { awsExpression } from '../../lib/schedules/aws-expression.ts';
import { ensureCronValidator } from './cron-python.ts';

const script = fileURLToPath(new URL('cron-validator.py', import.meta.url));

/** Any schedule that a spec may have, in any spelling. */
const anySchedule = ((): fc.Arbitrary<string> => {
  const number = (min: number, max: number) =>
    fc.tuple(fc.integer({ min, max }), fc.boolean()).map(([value, zero]) => `${zero ? '0' : ''}${value}`);
  const part = (min: number, max: number, names: readonly string[] = []) => {
    const value = names.length > 0 ? fc.oneof(number(min, max), fc.constantFrom(...names)) : number(min, max);
    const step = fc.integer({ min: 1, max }).map((width) => `/${width}`);
    return fc.oneof(
      { weight: 4, arbitrary: value },
      fc.tuple(value, value).map(([from, to]) => `${from}-${to}`),
      fc.tuple(fc.oneof(fc.constant('*'), value), step).map((texts) => texts.join('')),
      fc.tuple(value, value, step).map(([from, to, width]) => `${from}-${to}${width}`),
    );
  };
  const list = (min: number, max: number, names?: readonly string[]) =>
    fc.oneof(
      fc.constant('*'),
      fc.array(part(min, max, names), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
    );
  const months = ['JAN', 'feb', 'Dec'];
  const days = ['SUN', 'mon', 'Wed', 'SAT'];
  const monthDay = fc.oneof(
    list(1, 31),
    fc.constantFrom('L', 'LW'),
    number(1, 31).map((day) => `${day}W`),
  );
  const weekDay = fc.oneof(
    list(1, 7, days),
    fc.constant('L'),
    fc.oneof(number(1, 7), fc.constantFrom(...days)).map((day) => `${day}L`),
    fc.tuple(number(1, 7), fc.integer({ min: 1, max: 5 })).map((pair) => pair.join('#')),
  );
  const eitherDay = fc.oneof(
    monthDay.map((day) => [day, '?']),
    weekDay.map((day) => ['?', day]),
  );
  const gap = fc.constantFrom(' ', '  ', '\t');
  const cron = fc
    .tuple(list(0, 59), list(0, 23), eitherDay, list(1, 12, months), list(1970, 2199), gap)
    .map(
      ([minute, hour, [day, week], month, year, space]) =>
        `cron(${[minute, hour, day, month, week, year].join(space)})`,
    );
  const rate = fc
    .tuple(fc.integer({ min: 1, max: 999_999 }), fc.constantFrom('minute', 'hour', 'day'), gap)
    .map(([count, unit, space]) => `rate(${space}${count}${space}${unit}${count === 1 ? '' : 's'})`);
  return fc.oneof({ weight: 9, arbitrary: cron }, rate);
})();

const isAccepted = (expression: string): boolean => {
  try {
    parseSchedule(expression);
    return true;
  } catch {
    return false;
  }
};

test('what a spec may say, EventBridge takes, and means the same by it', async () => {
  const accepted = fc.sample(anySchedule, { numRuns: 1500, seed: 7 }).filter(isAccepted);
  const from = Date.parse('2026-11-22T01:00:00Z');
  const sent = accepted.map(awsExpression);

  const { stdout, stderr } = spawnSync(ensureCronValidator(), [script], {
    input: `${sent.join('\n')}\n`,
    encoding: 'utf8',
  });
  const changed = accepted.filter((one, index) => nextAfter(one, from) !== nextAfter(sent[index]!, from));

  expect(accepted.length).toBeGreaterThan(500);
  expect(stderr).toBe('');
  expect(stdout).toBe('');
  expect(changed).toEqual([]);
});
