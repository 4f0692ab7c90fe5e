import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { datasetProfile } from '../../lib/contracts/profile.ts';
import { profileDataset } from '../../lib/dataset/index.ts';
import { csv, temporaryDatasets } from './temporary.ts';

const files = temporaryDatasets();

interface Known {
  readonly missing: number;
  readonly distinct: number;
  readonly min?: number;
  readonly max?: number;
  readonly mean?: number;
  readonly std?: number;
  readonly quantiles?: readonly number[];
  readonly histogram?: readonly number[];
  readonly counts?: readonly number[];
}

const oracle: Record<string, { rows: number; duplicates: number; columns: Record<string, Known> }> =
  JSON.parse(readFileSync('test/dataset/fixtures/profiles.json', 'utf8'));

/** Same to 13 digits: sums are rounded differently. */
const close = (actual: number | null | undefined, expected: number | undefined): boolean =>
  Math.abs(Number(actual) - Number(expected)) <= 1e-13 * Math.max(1, Math.abs(Number(expected)));

describe('profiles of real data', () => {
  it.each(Object.keys(oracle))('%s has the numbers of pandas', async (name) => {
    const expected = oracle[name];

    const profile = await profileDataset(await files.readFile(`examples/data/${name}.csv`));

    expect(profile.rows).toBe(expected?.rows);
    expect(profile.duplicate_rows).toBe(expected?.duplicates);
    expect(profile.columns.map((column) => column.name)).toEqual(Object.keys(expected?.columns ?? {}));
    for (const column of profile.columns) {
      const known = expected?.columns[column.name] as Known;
      expect(column, column.name).toMatchObject({ missing: known.missing, distinct: known.distinct });
      expect(column.numeric !== undefined, column.name).toBe(known.mean !== undefined);
      if (column.numeric !== undefined) {
        expect(column.numeric, column.name).toMatchObject({
          min: known.min,
          max: known.max,
          histogram: known.histogram,
        });
        expect(close(column.numeric.mean, known.mean), `mean of ${column.name}`).toBe(true);
        expect(close(column.numeric.std, known.std), `std of ${column.name}`).toBe(true);
        const quantiles = Object.values(column.numeric.quantiles);
        // JavaScript puts the keys "0" and "1" first; sorted values are in the order of the shares.
        const sorted = quantiles.toSorted((left, right) => left - right);
        expect(
          sorted.every((value, index) => close(value, known.quantiles?.[index])),
          column.name,
        ).toBe(true);
      }
      if (known.counts !== undefined && column.categories !== undefined) {
        expect(column.categories.map(({ count }) => count)).toEqual(known.counts);
      }
    }
  });

  it('survives JSON and its schema', async () => {
    const profile = await profileDataset(await files.readFile('examples/data/weather.csv'), {
      target: 'weather',
    });

    const copy = datasetProfile.strict().parse(JSON.parse(JSON.stringify(profile)));

    expect(copy).toEqual(profile);
    expect(copy.columns.find(({ name }) => name === 'date')?.datetime).toEqual({
      min: '2012-01-01T00:00:00',
      max: '2015-12-31T00:00:00',
      format: '%Y-%m-%d',
    });
  });

  it('takes the text None in the bird strikes as a value', async () => {
    const profile = await profileDataset(await files.readFile('examples/data/birdstrikes.csv'));

    const damage = profile.columns.find(({ name }) => name === 'Effect Amount of damage');

    expect(damage).toMatchObject({ type: 'category', missing: 0, distinct: 6 });
    expect(damage?.categories?.[0]).toEqual({ value: 'None', count: 8939 });
  });
});

describe('columns that give the target away', () => {
  const damage = 'Effect Amount of damage';

  it.each([
    ['breast_cancer', { target: 'diagnosis' }, []],
    ['weather', { target: 'weather' }, []],
    ['chicago-ridership', { target: 'ridership' }, []],
    ['birdstrikes', { target: damage }, ['Cost Other', 'Cost Repair', 'Cost Total $']],
    [
      'birdstrikes',
      { target: damage, relabel: { None: 'no', '*': 'yes' } },
      ['Cost Other', 'Cost Repair', 'Cost Total $'],
    ],
  ])('in %s with %o are %o', async (name, options, expected) => {
    const profile = await profileDataset(await files.readFile(`examples/data/${name}.csv`), options);

    const suspected = profile.warnings.filter(({ code }) => code === 'leakage').map(({ column }) => column);

    expect(suspected).toEqual(expected);
  });

  it.each([
    ['a copy of the class under other names', (index: number) => (index % 3 === 0 ? 'ill' : 'well')],
    ['a number beyond a threshold', (index: number) => `${index % 3 === 0 ? 10 + (index % 7) : index % 7}`],
    [
      'a number inside an interval',
      (index: number) => `${index % 3 === 0 ? 5 : (index % 2) * 10 + (index % 3)}`,
    ],
    ['presence', (index: number) => (index % 3 === 0 ? `${index % 11}.5` : '')],
  ])('are found by %s', async (_name, leaky) => {
    const content = csv(
      'honest,leaky,y',
      600,
      (index) => `${(index * 37) % 101},${leaky(index)},${index % 3 === 0 ? 1 : 0}`,
    );

    const { warnings } = await profileDataset(await files.read('a.csv', content), { target: 'y' });

    expect(warnings.filter(({ code }) => code === 'leakage').map(({ column }) => column)).toEqual(['leaky']);
  });

  it('are found for a number to be predicted, also where the relation is not a line', async () => {
    const content = csv('honest,line,bent,y', 900, (index) => {
      const x = ((index * 377) % 900) / 300 - 1.5;
      return `${(index * 41) % 97},${x * 1000 + 3},${Math.cbrt(x)},${x + ((index % 7) - 3) * 0.01}`;
    });

    const { warnings } = await profileDataset(await files.read('a.csv', content), { target: 'y' });

    expect(warnings.filter(({ code }) => code === 'leakage').map(({ column }) => column)).toEqual([
      'line',
      'bent',
    ]);
  });
});

describe('warnings about the target and the rows', () => {
  it('tells classes that are rare, much larger than the others, or missing', async () => {
    const content = csv(
      'x,y',
      101,
      (index) => `${(index * 37) % 50},${index === 0 ? '' : index < 4 ? 'rare' : index < 15 ? 'b' : 'a'}`,
    );

    const { warnings } = await profileDataset(await files.read('a.csv', content), { target: 'y' });

    expect(warnings.map(({ code }) => code)).toEqual([
      'missing_target',
      'imbalanced_target',
      'rare_class',
      'duplicate_rows',
    ]);
    expect(warnings[1]?.message).toContain('86.0 % of the rows are "a"');
  });

  it('tells rare classes even where there are as many as rows', async () => {
    const content = csv('x,y', 150_000, (index) => `${index % 7},name ${index}`);

    const { warnings } = await profileDataset(await files.read('a.csv', content), { target: 'y' });

    expect(warnings).toContainEqual(expect.objectContaining({ code: 'rare_class', column: 'y' }));
    expect(warnings.find(({ code }) => code === 'rare_class')?.message).toContain('150000 class(es)');
  });

  it('counts rows that repeat an earlier one, missing values being equal', async () => {
    const handle = await files.read('a.csv', 'a,b\n1,\n1,\n,1\n2,x\n1,\n');

    const { duplicate_rows: duplicates } = await profileDataset(handle);

    expect(duplicates).toBe(2);
  });
});

describe('personal data', () => {
  it('keeps no value of identifiers and free text in the profile', async () => {
    const content = csv(
      'mail,note,y',
      50,
      (index) => `person${index}@example.org,"called on day ${index} about secret-${index}",${index % 2}`,
    );

    const profile = await profileDataset(await files.read('a.csv', content), { target: 'y' });

    expect(profile.columns.map(({ type }) => type)).toEqual(['identifier', 'text', 'numeric']);
    expect(JSON.stringify(profile)).not.toMatch(/example\.org|secret/);
  });
});
