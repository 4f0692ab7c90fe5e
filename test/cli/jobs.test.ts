import { expect, test } from 'vitest';
import { run, startService, temporaryFile } from './fake-service.ts';

test.each([
  ['a format that there is not', ['batch', 'heart', 'FILE', '--format', 'xlsx'], /csv, jsonl or parquet/],
  ['a file that there is not', ['batch', 'heart', 'nowhere.csv'], /There is no file "nowhere.csv"/],
  ['--async without a file', ['predict', 'heart', '--async'], /give --file/],
  ['--async with a row', ['predict', 'heart', '{"age": 61}', '--async', '--file', 'FILE'], /no row/],
  [
    '--output without --async',
    ['predict', 'heart', '--file', 'FILE', '--output', 'x.csv'],
    /goes with --async/,
  ],
])('bad call: %s is wrong usage', async (_what, args, message) => {
  const { url } = await startService();
  const file = temporaryFile('rows.csv', 'age\n61\n');

  const { code, stderr } = await run([...args.map((one) => (one === 'FILE' ? file : one)), '--url', url]);

  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test.each(['batch', 'jobs', 'cancel'])('%s explains itself', async (name) => {
  const { code, stdout } = await run([name, '--help']);

  expect(code).toBe(0);
  expect(stdout).toContain(`onramp ${name}`);
  expect(stdout).toContain('--json');
});
