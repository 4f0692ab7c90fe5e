import { expect, it, test } from 'vitest';
import type { ModelSpec } from '../../lib/contracts/model-spec.ts';
import type { ColumnProfile, DatasetProfile } from '../../lib/contracts/profile.ts';
import { isWanted, versionWarnings } from '../../lib/pipeline/wanted-columns.ts';
import { findTrainedVersion } from '../../lib/registry/index.ts';
import { createWorld, heartCsv, linearSpec, liveVersion, register, upload } from './support.ts';

const column = (name: string, type: ColumnProfile['type']): ColumnProfile => ({
  ...{ name, type, inferred_type: type },
  ...{ missing: 0, distinct: 100 },
});

/** One warning about each column, and one about the table. */
const profile: DatasetProfile = {
  ...{ rows: 100, duplicate_rows: 1, missing: [], target: 'price' },
  columns: [
    column('sold', 'datetime'),
    ...['rooms', 'street', 'owner', 'price'].map((name) => column(name, 'numeric')),
  ],
  warnings: [null, 'sold', 'rooms', 'street', 'owner', 'price'].map((name) => ({
    ...{ code: 'constant', column: name, message: '' },
  })),
};

const houses: ModelSpec = { dataset: 'houses', target: 'price' };
const about = (spec: ModelSpec, kind: string) =>
  versionWarnings(spec, { profile, split: { kind } }).map(({ column: name }) => name);

test.each<[string, Partial<ModelSpec>, string, (string | null)[]]>([
  ['all columns', {}, 'random', [null, 'sold', 'rooms', 'street', 'owner', 'price']],
  [
    'what is not excluded',
    { features: { exclude: ['sold', 'rooms'] } },
    'random',
    [null, 'street', 'owner', 'price'],
  ],
  ['what is included', { features: { include: ['rooms'] } }, 'random', [null, 'rooms', 'price']],
  [
    'the column that groups the rows, though it is excluded',
    { features: { exclude: ['street', 'owner'] }, split: { kind: 'grouped', column: 'owner' } },
    'grouped',
    [null, 'sold', 'rooms', 'owner', 'price'],
  ],
  [
    'the column that orders the rows, though nobody named it',
    { features: { exclude: ['sold', 'owner'] } },
    'time',
    [null, 'sold', 'rooms', 'street', 'price'],
  ],
])('a version warns of %s', (_what, more, kind, wanted) => {
  expect(about({ ...houses, ...more } as ModelSpec, kind)).toEqual(wanted);
});

it('takes neither target nor labels for columns to learn from', () => {
  expect(['price', 'rooms'].map((name) => isWanted(houses, name))).toEqual([false, true]);
  expect(isWanted({ dataset: 'houses', task: 'anomaly', labels: 'odd' }, 'odd')).toBe(false);
});

test('a version says nothing of a column that the spec leaves out, and all of the others', async () => {
  const world = createWorld();
  const csv = heartCsv(120).replaceAll(/(,disease)$|(,yes)$|(,no)$/gm, ',bill,site$1$2$3');
  const [head = '', ...rows] = csv.trimEnd().split('\n');
  const filled = rows.map((row) => row.replace('bill', row.endsWith('yes') ? '900' : '100'));
  await register(world, { ...linearSpec, features: { exclude: ['bill'] } });

  await upload(world, `${[head, ...filled].join('\n')}\n`);

  const version = await findTrainedVersion(world, 'heart', (await liveVersion(world))!);
  expect(version?.warnings.map(({ code, column: name }) => `${code} ${name}`)).toEqual(['constant site']);
});
