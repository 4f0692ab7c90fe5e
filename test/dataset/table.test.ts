import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  digestFile,
  loadTable,
  profileDataset,
  tableOptions,
  writeParquet,
} from '../../lib/dataset/index.ts';
import { rowsOf, temporaryDatasets } from './temporary.ts';

const files = temporaryDatasets();
const content = [
  'when,"odd ""name"", 1",class,note,flag',
  '22/01/2001 10:00,1.50,1,None,yes',
  'NA,?,1.0,,no',
  '23/01/2001 23:59:59,-,01,"a, ""b""",yes',
  ',1e3,1,NA,no\n',
].join('\n');

async function stored(): Promise<string> {
  const path = join(files.directory, 'table.parquet');
  await writeParquet(await files.read('a.csv', content), path);
  return path;
}

describe('the stored form', () => {
  it('keeps every text and name exactly and can be read as an upload again', async () => {
    const before = await files.read('a.csv', content);
    const path = join(files.directory, 'table.parquet');
    await writeParquet(before, path);

    const after = await files.readFile(path);

    expect(after.columns).toEqual(before.columns);
    expect(await rowsOf(after)).toEqual(await rowsOf(before));
  });
});

describe('loading a table', () => {
  it('gives numbers, canonical date-times and exact texts', async () => {
    const handle = await files.read('a.csv', content);
    const options = tableOptions(await profileDataset(handle, { types: { class: 'category' } }));

    const table = await loadTable(await stored(), options);

    expect(table).toEqual({
      rows: 4,
      columns: [
        {
          name: 'when',
          type: 'datetime',
          values: ['2001-01-22T10:00:00', null, '2001-01-23T23:59:59', null],
        },
        {
          name: 'odd "name", 1',
          type: 'numeric',
          values: Float64Array.of(1.5, Number.NaN, Number.NaN, 1000),
        },
        { name: 'class', type: 'category', values: ['1', '1.0', '01', '1'] },
        { name: 'note', type: 'category', values: ['None', null, 'a, "b"', 'NA'] },
        { name: 'flag', type: 'boolean', values: ['yes', 'no', 'yes', 'no'] },
      ],
    });
  });

  it('loads the columns asked for in the order asked for', async () => {
    const types = { flag: 'category', class: 'numeric' } as const;

    const table = await loadTable(await stored(), { types, columns: ['flag', 'class'], missing: ['no'] });

    expect(table.columns).toEqual([
      { name: 'flag', type: 'category', values: ['yes', null, 'yes', null] },
      { name: 'class', type: 'numeric', values: Float64Array.of(1, 1, 1, 1) },
    ]);
  });

  it('loads 12,000 different texts beside a column without any', async () => {
    const rows = Array.from({ length: 12_000 }, (_, index) => `t${index},`);
    const path = join(files.directory, 'texts.parquet');
    await writeParquet(await files.read('a.csv', `a,b\n${rows.join('\n')}\n`), path);

    const table = await loadTable(path, { types: { a: 'identifier', b: 'constant' } });

    expect(table.columns[0]?.values).toEqual(rows.map((row) => row.slice(0, -1)));
    expect(table.columns[1]?.values).toEqual(Array(12_000).fill(null));
  });

  it.each([
    [
      'a text where numbers are wanted',
      { types: { note: 'numeric' } },
      'type_mismatch',
      /Row 1: Column "note" holds "None"/,
    ],
    [
      'a date of another form',
      { types: { when: 'datetime' }, datetimeFormats: { when: '%m/%d/%Y' } },
      'type_mismatch',
      /Row 1: Column "when" holds "22\/01\/2001 10:00", which is not a date-time of the form %m\/%d\/%Y/,
    ],
    [
      'an unknown column',
      { types: { x: 'text' }, columns: ['x'] },
      'unknown_column',
      /"x" is not in the data set/,
    ],
    ['a column without a type', { types: {}, columns: ['note'] }, 'unknown_column', /"note" has no type/],
  ] as const)('bad call: %s', async (_name, options, code, message) => {
    const path = await stored();

    const load = loadTable(path, options);

    await expect(load).rejects.toMatchObject({
      kind: 'invalid_request',
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('the digest of a file', () => {
  it('is the SHA-256 of its bytes, whatever its name', async () => {
    const path = files.write('a.csv', 'abc');
    const copy = join(files.directory, 'b.csv');
    copyFileSync(path, copy);

    const digests = await Promise.all([digestFile(path), digestFile(copy)]);

    expect(digests).toEqual(
      Array(2).fill('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'),
    );
  });
});
