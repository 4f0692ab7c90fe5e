import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, onTestFinished, test } from 'vitest';
import type { JobFormat, JobOptions } from '../../lib/contracts/jobs.ts';
import type { VersionManifest } from '../../lib/contracts/records.ts';
import { predictChunk } from '../../lib/pipeline/batch/predict-chunk.ts';
import { openResultFiles } from '../../lib/pipeline/batch/result-files.ts';
import { bodyChunks, type RowChunk } from '../../lib/pipeline/batch/row-chunks.ts';
import { compileSignature, decoderOf, type RowModel } from '../../lib/serve/index.ts';
import { version } from '../cli/fake-service.ts';

const classes = ['Yes', 'yes', 'a,"b"\n'];
const probabilities = Float32Array.of(0.1, 0.2, 0.7, 1, 0, 0, Number.NaN, Number.POSITIVE_INFINITY, 0);
const schema = {
  features: [{ name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0 }],
  ignored: [],
  classes,
} as const;

/** A model that answers three rows in its own way: the last one with what is no number. */
function madeModel(): RowModel {
  const manifest = { ...version, schema } as unknown as VersionManifest;
  const run = async () => ({
    label: { type: 'string', dims: [3], data: ['a,"b"\n', 'Yes', 'yes'] },
    probabilities: { type: 'float32', dims: [3, 3], data: probabilities },
  });
  const decode = decoderOf(compileSignature(manifest.schema));
  return { kind: 'rows', manifest, decode, session: { run } } as unknown as RowModel;
}

async function write(format: JobFormat, nonFinite: JobOptions['non_finite']) {
  const directory = mkdtempSync(join(tmpdir(), 'onramp-results-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const model = madeModel();
  const options = { strict: false, non_finite: nonFinite, on_error: 'skip' } as const;
  const output = { format, keep: ['LABEL', 'note'] };
  const files = await openResultFiles({ directory, manifest: model.manifest, output, options, limits: {} });
  const kept = [
    ['1', null, ' x '],
    ['"', 'é\n', 'null'],
  ];
  for await (const chunk of bodyChunks({ instances: [[1], [2], [3]] }, model).chunks) {
    const whole: RowChunk = { ...chunk, kept };
    await files.write(whole, await predictChunk(model, whole, options));
  }
  return { directory, ...(await files.end()) };
}

test('names that differ in case only, quotes and line breaks come back from Parquet as they are', async () => {
  const { result } = await write('parquet', 'string');

  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${result.path}')`);
  connection.closeSync();
  expect(reader.columnNames()).toEqual([
    'row',
    'LABEL',
    'note',
    'onramp_label',
    'probability_Yes',
    'onramp_probability_yes',
    'probability_a,"b"\n',
    'warnings',
    'error',
  ]);
  expect(reader.columnTypes().map(String)).toEqual(
    'BIGINT VARCHAR VARCHAR VARCHAR FLOAT FLOAT FLOAT INTEGER VARCHAR'.split(' '),
  );
  const [first, second, third] = reader.getRows();
  expect(first).toEqual([0n, '1', '"', 'a,"b"\n', ...[0.1, 0.2, 0.7].map(Math.fround), 0, null]);
  expect(second).toEqual([1n, null, 'é\n', 'Yes', 1, 0, 0, 0, null]);
  expect(third).toEqual([2n, ' x ', 'null', 'yes', Number.NaN, Number.POSITIVE_INFINITY, 0, 0, null]);
});

test.each([
  ['null', '2, x ,null,yes,,,0,0,'],
  ['string', '2, x ,null,yes,NaN,Infinity,0,0,'],
  ['error', '2, x ,null,,,,,0,non_finite_output'],
] as const)('an answer that is no number is written by the policy %s', async (policy, line) => {
  const { result, errors } = await write('csv', policy);

  const last = readFileSync(result.path, 'utf8').trimEnd().split('\n').at(-1);
  expect(last).toBe(line);
  expect(errors?.rows ?? 0).toBe(policy === 'error' ? 1 : 0);
});

test('JSON Lines have the kept columns apart and numbers by the policy', async () => {
  const { result } = await write('jsonl', 'string');

  const lines = readFileSync(result.path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))[2]).toEqual({
    row: 2,
    input: { LABEL: ' x ', note: 'null' },
    label: 'yes',
    probabilities: { Yes: 'NaN', yes: 'Infinity', 'a,"b"\n': 0 },
    warnings: 0,
  });
});
