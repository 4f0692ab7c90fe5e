import { expect, test, vi } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { run, startService, temporaryFile } from './fake-service.ts';

/** Files called `sealed` are there but cannot be opened. */
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof import('node:fs')>();
  const createReadStream: typeof actual.createReadStream = (path, options) =>
    actual.createReadStream(/sealed/.test(String(path)) ? `${path}/nothing` : path, options);
  return { ...actual, createReadStream };
});

/** A service that has the model. */
async function prepare() {
  const service = await startService();
  service.specs.set('heart', modelSpec.parse({ dataset: 'heart', target: 'disease' }));
  const predict = (...args: string[]) => ['predict', 'heart', ...args, '--url', service.url];
  return { service, predict };
}

test('a row on the line gives a table, and warnings beside it', async () => {
  const { service, predict } = await prepare();

  const { code, stdout, stderr } = await run(predict('{"age":99}'));

  expect(code).toBe(0);
  expect(service.asked).toEqual([{ instances: [{ age: 99 }] }]);
  expect(stdout).toBe('row  label    no   yes\n  0  no     0.75  0.25\n');
  expect(stderr).toBe('warning: row 0, age: 99 is outside the training data.\n');
});

test.each([
  ['real-time', 'ask it by POST /v1/models/heart/predict'],
  ['serverless', 'its answer comes by GET /v1/jobs/job-1'],
] as const)('expected failure: a container of another kind, %s', async (kind, words) => {
  const { service, predict } = await prepare();
  service.endpoints.set('heart', { kind, speaks: 'raw' });

  const { code, stderr } = await run(predict('{"age":99}'));

  expect(code).toBe(1);
  expect(stderr).toContain(words);
});

test('--json gives the answer of the API and nothing else', async () => {
  const { predict } = await prepare();

  const { stdout, stderr } = await run(predict('--json', '{"age":99}'));

  expect(JSON.parse(stdout)).toMatchObject({ model: 'heart', version: '1', predictions: [{ label: 'no' }] });
  expect(stderr).toBe('');
});

const sources: readonly [string, string][] = [
  ['an array', '[{"age":1},{"age":2}]'],
  ['JSON Lines', '{"age":1}\n\n{"age":2}\n'],
  ['the body of a request', '{"instances":[{"age":1},{"age":2}]}'],
];

test.each(sources)('standard input may be %s', async (_name, stdin) => {
  const { service, predict } = await prepare();

  const { code } = await run(predict(), { stdin });

  expect(code).toBe(0);
  expect(service.asked).toEqual([{ instances: [{ age: 1 }, { age: 2 }] }]);
});

test('CSV in gives the same CSV out with the predictions in new columns', async () => {
  const { service, predict } = await prepare();
  const csv = 'id;sex;age;seen;prediction\r\n1;"F";61;2025-01-01;x\r\n2;"a;""b";NA;;\r\n\r\n';
  const file = temporaryFile('rows.csv', `\ufeff${csv}`);

  const { code, stdout } = await run(predict('--file', file));

  expect(code).toBe(0);
  expect(service.asked).toEqual([
    {
      instances: [
        [61, 'F', '2025-01-01'],
        [null, 'a;"b', null],
      ],
    },
  ]);
  expect(stdout).toBe(
    'id;sex;age;seen;prediction;onramp_prediction;probability_no;probability_yes\n' +
      '1;F;61;2025-01-01;x;no;0.75;0.25\n' +
      '2;"a;""b";NA;;;yes;0.75;0.25\n',
  );
});

test('many rows go in requests of 10,000 to one version, and come out in order', async () => {
  const { service, predict } = await prepare();
  const rows = Array.from({ length: 20_001 }, (_row, index) => `${index},F,2025-01-01`);

  const { stdout, stderr } = await run(predict(), { stdin: `age,sex,seen\n${rows.join('\n')}\n` });
  const lines = stdout.trimEnd().split('\n');

  expect(service.asked.map(({ instances }) => instances.length)).toEqual([10_000, 10_000, 1]);
  expect(service.requests.filter((line) => line.startsWith('POST'))).toEqual(
    Array(3).fill('POST /v1/models/heart/predict?version=1'),
  );
  expect(lines).toHaveLength(20_002);
  expect(lines[20_001]).toBe('20000,F,2025-01-01,no,0.75,0.25');
  expect(stderr).toContain('warning: row 20000, age');
});

test('requests stay under the size limit too', async () => {
  const { service, predict } = await prepare();
  const long = 'x'.repeat(1_000_000);

  await run(predict(), { stdin: JSON.stringify(Array.from({ length: 8 }, () => ({ sex: long }))) });

  expect(service.asked.map(({ instances }) => instances.length)).toEqual([4, 4]);
});

const bad: readonly [string, string, RegExp][] = [
  ['a text for a number', 'age,sex,seen\n1,F,\nold,F,\n', /line 3: "age" must be a number, not "old"/],
  ['a column that is missing', 'agee,sex,seen\n1,F,\n', /has no column "age".*is "agee" meant/],
  ['a row that is too long', 'age,sex,seen\n1,F,,,\n', /line 2: 5 values where the header names 3 columns/],
  ['an open quote', 'age,sex,seen\n1,"F,\n', /line 2: a quoted value does not end/],
  ['broken JSON', '{"age":', /is not valid JSON/],
  ['a broken JSON line', '{"age":1}\n{"age"\n', /line 2, is not valid JSON/],
];

test.each(bad)('bad call: %s is named with its place', async (_name, stdin, message) => {
  const { service, predict } = await prepare();

  const { code, stderr } = await run(predict(), { stdin });

  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(service.asked).toEqual([]);
});

const misused: readonly [string, readonly string[], RegExp][] = [
  ['no rows at all', [], /there are no rows: give one/],
  ['two sources', ['{}', '--file', 'x.csv'], /a row or --file, not both/],
  ['a file that is not there', ['--file', 'x.csv'], /there is no file "x.csv"/],
];

test.each(misused)('bad call: %s is exit code 2', async (_name, args, message) => {
  const { predict } = await prepare();

  const { code, stderr } = await run(predict(...args));

  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test.each(['sealed.csv', 'sealed.json', 'sealed'])('bad call: %s, which cannot be opened', async (name) => {
  const { predict } = await prepare();
  const file = temporaryFile(name, 'age\n1\n');

  const { code, stderr } = await run(predict('--file', file));

  expect(code).toBe(2);
  expect(stderr).toContain(`${name}" cannot be read: ENOTDIR`);
});

test('a picture alone is the row of a model that takes one', async () => {
  const { service, predict } = await prepare();
  const image = { width: 8, height: 8, channels: 3, fit: 'cover' } as const;
  service.schema = {
    features: [{ name: 'photo', type: 'image', input: 'image', index: 0, missing: 0, image }],
    ignored: [],
  };

  const { code, stdout } = await run(predict('--file', temporaryFile('rose.JPG', 'a picture')));

  expect(code).toBe(0);
  expect(service.asked).toEqual([{ instances: [{ photo: Buffer.from('a picture').toString('base64') }] }]);
  expect(stdout).toContain('no');
});

test('bad call: a picture for a model of other columns names them', async () => {
  const { predict } = await prepare();

  const { code, stderr } = await run(predict('--file', temporaryFile('rose.png', 'a picture')));

  expect(code).toBe(2);
  expect(stderr).toContain('"rose.png" is a picture, and the model takes "age", "sex", "seen"');
});
