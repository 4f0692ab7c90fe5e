import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ModelSchema } from '../../lib/contracts/records.ts';
import { type DatasetHandle, readDataset } from '../../lib/dataset/index.ts';
import { tableChunks } from '../../lib/pipeline/batch/row-chunks.ts';
import { compileSignature, decoderOf, type RowModel } from '../../lib/serve/index.ts';

const schema: ModelSchema = {
  features: [
    { name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0 },
    { name: 'smoker', type: 'boolean', input: 'text', index: 0, missing: 0, categories: ['False', 'True'] },
    { name: 'grade', type: 'category', input: 'text', index: 1, missing: 0, categories: ['1.0', '2.0', 'x'] },
    { name: 'seen', type: 'datetime', input: 'text', index: 2, missing: 0, format: '%m/%d/%Y' },
  ],
  ignored: [],
  missing: ['-999'],
};
const decode = decoderOf(compileSignature(schema));
const model = { manifest: { schema }, decode } as unknown as RowModel;

async function open(file: string, content: string): Promise<DatasetHandle> {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-rows-'));
  const path = join(folder, file);
  writeFileSync(path, content);
  const workDirectory = join(folder, 'work');
  mkdirSync(workDirectory);
  const limits = { minRows: 1, minColumns: 1 };
  const handle = await readDataset({ path, fileName: file, workDirectory, limits });
  onTestFinished(() => {
    handle.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return handle;
}

/** The tensors of a file of at most one chunk. */
async function feedsOf(file: string, content: string) {
  const { chunks } = tableChunks(await open(file, content), model, []);
  for await (const chunk of chunks) return decode(chunk.source()).feeds;
  throw new Error('The file gave no rows.');
}

test('JSON values of a file become the tensors that the same values become over HTTP', async () => {
  const rows = [
    { age: 61, smoker: true, grade: 1, seen: '2026-01-31' },
    { age: 1e21, smoker: false, grade: 2.0, seen: '2026-01-31T10:00:00' },
    { age: null, smoker: 'True', grade: 'x', seen: '1/31/2026' },
    { age: -999, smoker: null, grade: 7, seen: null },
    { age: 0.1, smoker: 'maybe', grade: '', seen: '-999' },
  ];

  const feeds = await feedsOf('rows.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

  expect(feeds).toEqual(decode({ kind: 'instances', instances: rows, place: 'instances' }).feeds);
});

test('texts of a CSV file are read as those of a data set: NA is missing, and categories are as they stand', async () => {
  const content = 'age,smoker,grade,seen\n 61 ,True,1.0,1/31/2026\nNA,true,NA, ? \n1e3,,x,2026-01-31\n';

  const { numeric, text } = await feedsOf('rows.csv', content);

  expect([...(numeric!.data as Float32Array)]).toEqual([61, Number.NaN, 1000]);
  expect(text!.data).toEqual([
    ...['True', '1.0', '2026-01-31T00:00:00'],
    ...['true', 'NA', ''],
    ...['', 'x', '2026-01-31T00:00:00'],
  ]);
});

test('one column and one row are enough', async () => {
  const single = { ...model, manifest: { schema: { ...schema, features: [schema.features[0]] } } };
  const handle = await open('ages.csv', 'age\n61\n');

  const { rows } = tableChunks(handle, single as unknown as RowModel, ['age']);

  expect(rows).toBe(1);
});

test.each(['1_000', '0x10', 'inf', '12,5', '1e999'])('bad call: %s is no number', async (value) => {
  const content = `age,smoker,grade,seen\n"${value}",True,x,2026-01-31\n`;

  await expect(feedsOf('rows.csv', content)).rejects.toMatchObject({ code: 'not_a_number', param: 'age' });
});
