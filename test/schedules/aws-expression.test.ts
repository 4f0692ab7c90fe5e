import { expect, test } from 'vitest';
import { awsExpression } from '../../lib/schedules/aws-expression.ts';

test.each([
  ['rate( 5   minutes )', 'rate(5 minutes)'],
  ['rate(1 day)', 'rate(1 day)'],
  ['cron(  0   06 ? * mon-fri * )', 'cron(0 6 ? * MON-FRI *)'],
  ['cron(00/15\t* 15W nov,12 ? 2027-2030)', 'cron(0/15 * 15W NOV,12 ? 2027-2030)'],
  ['cron(0 6 ? * 1/3 *)', 'cron(0 6 ? * 1,4,7 *)'],
  ['cron(0 6 ? * mon-fri/2,SAT *)', 'cron(0 6 ? * 2,4,6,SAT *)'],
  ['cron(0 6 ? * */1,*/1,1/2 *)', 'cron(0 6 ? * 1,2,3,4,5,6,7 *)'],
  ['cron(0 6 ? * */4 *)', 'cron(0 6 ? * 1,5 *)'],
  ['cron(0 6 ? * 6L *)', 'cron(0 6 ? * 6L *)'],
])('%s is sent as %s', (written, sent) => {
  expect(awsExpression(written)).toBe(sent);
});

test('bad call: an expression longer than the service takes', () => {
  const minutes = Array.from({ length: 90 }, (_, minute) => minute % 60).join(',');

  expect(() => awsExpression(`cron(${minutes} * * * ? *)`)).toThrow(/at most 256 characters/);
});
