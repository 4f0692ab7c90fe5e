/**
 * Measures what one training needs, for the constants of `lib/train/learner-needs.ts`: processor seconds and peak memory of
 * everything between the stored table and the version's file.
 *
 * Usage: node bench/training-needs.ts ROWS NUMBERS CATEGORIES LEARNER binary|multi|regression [PARAMETERS as JSON]
 * One training a process, as memory is not given back. The other columns of a table are made at random; five of the
 * numbers and noise make the target.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { silentLogger, systemClock } from '../lib/core/index.ts';
import type { PipelineContext } from '../lib/pipeline/context.ts';
import { type FitRequest, fitVersion } from '../lib/pipeline/fit-version.ts';
import { createMemoryObjectStore } from '../lib/storage/index.ts';

const [rows, numbers, categories] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const [learner = 'auto', task = 'binary', parameters] = process.argv.slice(5);
const directory = mkdtempSync(path.join(tmpdir(), 'onramp-needs-'));
const table = path.join(directory, 'table.parquet');

/** The table as the first station leaves it: every column a text. */
async function makeTable(): Promise<void> {
  const count = (length: number): number[] => Array.from({ length }, (_, index) => index);
  const columns = [
    ...count(numbers).map((index) => `round(random() * 1000, 3)::varchar AS n${index}`),
    ...count(categories).map((index) => `'c' || floor(random() * ${10 + index})::int AS k${index}`),
  ];
  const score = [
    ...count(Math.min(5, numbers)).map((index) => `n${index}::double * ${index % 2 ? -1 : 1}`),
    'random() * 400',
  ].join(' + ');
  const targets: Readonly<Record<string, string>> = {
    regression: `(${score})::varchar`,
    binary: `CASE WHEN ${score} > 900 THEN 'yes' ELSE 'no' END`,
    multi: `'y' || least(9, greatest(0, floor((${score}) / 200)))::int`,
  };
  const database = await DuckDBInstance.create();
  const connection = await database.connect();
  await connection.run('SELECT setseed(0.5)');
  await connection.run(`CREATE TABLE made AS SELECT ${columns.join(', ')} FROM range(${rows})`);
  await connection.run(
    `COPY (SELECT *, ${targets[task]} AS target FROM made) TO '${table}' (FORMAT parquet)`,
  );
  connection.closeSync();
  database.closeSync();
}

await makeTable();
const context: PipelineContext = {
  artifacts: createMemoryObjectStore(),
  data: createMemoryObjectStore(),
  clock: systemClock,
  logger: silentLogger,
  threads: 2,
  memoryBytes: 1e9,
  code: 'bench',
};
const request = {
  spec: {
    dataset: 'bench',
    target: 'target',
    learner,
    ...(parameters && { parameters: JSON.parse(parameters) }),
    ...(task === 'regression' && { task: 'regression' }),
  },
  specDigest: '',
  data: { dataset: 'bench', digest: '0'.repeat(64), source: {} },
  path: table,
  directory,
  fileName: 'table.parquet',
} as unknown as FitRequest;

const [before, startedAtMs] = [process.cpuUsage(), performance.now()];
await fitVersion(context, request, { signal: new AbortController().signal, report: () => {} });
const { user, system } = process.cpuUsage(before);
rmSync(directory, { recursive: true, force: true });
console.log(
  JSON.stringify({
    ...{ rows, columns: numbers + categories, learner, task, ...(parameters && { parameters }) },
    processor_s: Math.round((user + system) / 1e5) / 10,
    wall_s: Math.round((performance.now() - startedAtMs) / 100) / 10,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
