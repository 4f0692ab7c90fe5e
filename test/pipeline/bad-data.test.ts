import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { TargetSpec } from '../../lib/contracts/index.ts';
import { createWorld, heartCsv, linearSpec, liveVersion, register, runsOf, upload } from './support.ts';

const header = 'age,sex,weight,disease';
const row = (index: number, changes: { disease?: string; age?: string; sex?: string } = {}): string =>
  `${changes.age ?? 20 + (index % 60)},${changes.sex ?? (index % 2 ? 'F' : 'M')},60.${index},${changes.disease ?? (index % 3 ? 'yes' : 'no')}`;
const table = (rows: readonly string[], head = header): string => `${[head, ...rows].join('\n')}\n`;
const many = (count: number, make: (index: number) => string = row): string[] =>
  Array.from({ length: count }, (_, index) => make(index));
/** Nobody's age is known, and each of 10,000 codes comes twice. */
const brokenColumns = table(
  many(20_000, (index) => `${row(index, { age: '' })},c${index % 10_000}`),
  `${header},code`,
);
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

interface Case {
  readonly what: string;
  readonly content: string | Uint8Array;
  readonly spec?: Partial<TargetSpec>;
  readonly message: RegExp;
}

const cases: readonly Case[] = [
  { what: 'an empty file', content: '', message: /empty/i },
  { what: 'a header without rows', content: `${header}\n`, message: /header|no rows/i },
  { what: 'ragged rows', content: table([...many(50), '1,2', ...many(5)]), message: /line 52/i },
  { what: 'two columns of one name', content: table(many(50), 'age,sex,age,disease'), message: /"age"/ },
  { what: 'a column without a name', content: table(many(50), 'age,,weight,disease'), message: /name/i },
  {
    what: 'an unknown target',
    content: table(many(50)),
    spec: { target: 'illness' },
    message: /"illness".*"disease"/,
  },
  {
    what: 'a target of one class',
    content: table(many(50, (index) => row(index, { disease: 'yes' }))),
    message: /"disease"/,
  },
  {
    what: 'a target that is missing everywhere',
    content: table(many(50, (index) => row(index, { disease: '' }))),
    message: /"disease".*missing|missing.*"disease"/i,
  },
  {
    what: 'a target of 10,000 categories',
    content: table(many(10_000, (index) => row(index, { disease: `d${index}` }))),
    message: /"disease"/,
  },
  {
    what: 'a feature that is missing everywhere',
    content: table(many(50, (index) => row(index, { age: '' }))),
    message: /"age" has no value in any of the 50 rows.*features\.exclude/,
  },
  {
    what: 'a feature of 10,000 categories',
    content: brokenColumns,
    spec: { features: { exclude: ['age'] } },
    message: /"code" has 10,000 different categories.*features\.exclude/,
  },
  {
    what: 'text that is not UTF-8',
    content: Buffer.concat([Buffer.from(table(many(50))), Buffer.from([0x31, 0x2c, 0xff, 0xfe])]),
    message: /UTF-8/,
  },
  {
    what: 'infinities',
    content: table([...many(50), row(1, { age: 'inf' })]),
    message: /line 52.*"age".*"inf"/,
  },
  { what: 'one row', content: table(many(1)), message: /row/i },
  { what: 'too few rows', content: table(many(12)), message: /12 rows.*20/ },
  {
    what: 'a line of 50 MB',
    content: `${table(many(50))}1,${'x'.repeat(50 * 1_048_576)},1,yes\n`,
    message: /line 52/i,
  },
  { what: 'a PNG named .csv', content: png, message: /PNG/ },
  {
    what: 'a gzip file cut off half way',
    content: gzipSync(heartCsv(500)).subarray(0, 2_000),
    message: /cut off|incomplete|truncated/i,
  },
  {
    what: 'a regression target with text',
    content: table([...many(50), row(1, { age: 'old' })]),
    spec: { target: 'age', task: 'regression' },
    message: /"age"/,
  },
  {
    what: 'an unknown feature',
    content: table(many(50)),
    spec: { features: { exclude: ['agee'] } },
    message: /"agee"/,
  },
  { what: 'a metric of the other task', content: table(many(50)), spec: { metric: 'rmse' }, message: /rmse/ },
  {
    what: 'a gate on a metric of the other task',
    content: table(many(50)),
    spec: { gate: { metric: 'mae' } },
    message: /"mae" is for regression/,
  },
  {
    what: 'an unknown positive class',
    content: table(many(50)),
    spec: { positive: 'maybe' },
    message: /"maybe"/,
  },
];

describe('bad data', () => {
  it.each(cases)(
    'bad call: $what ends as a failed run that says what is wrong, and the live version stays',
    async ({ content, spec, message }) => {
      const world = createWorld();
      await register(world);
      await upload(world, heartCsv(100));
      await register(world, { ...linearSpec, ...spec });
      await upload(world, content, 'new.csv');

      const [last] = await runsOf(world);

      expect(last).toMatchObject({ state: 'failed', error: { message: expect.stringMatching(message) } });
      expect(last?.error?.code).not.toBe('internal');
      expect(await liveVersion(world)).toBe('1');
      expect(last?.error?.message).not.toMatch(/onramp-|\/tmp/);
    },
  );

  it('learns without a broken column that the spec leaves out', async () => {
    const world = createWorld();
    await register(world, { ...linearSpec, features: { exclude: ['age', 'code'] } });
    await upload(world, brokenColumns);

    expect(await runsOf(world)).toMatchObject([
      { state: expect.stringMatching(/succeeded|kept/), error: null },
    ]);
  });
});
