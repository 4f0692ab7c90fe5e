import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installExamples } from '../../../infra/local/examples.ts';
import { createClient } from '../../../lib/client/index.ts';
import { modelSpec } from '../../../lib/contracts/index.ts';
import { apiKey, type FakeService, startService } from '../../cli/fake-service.ts';

const examplesDirectory = fileURLToPath(new URL('../../../examples', import.meta.url));
const names = [
  ...['breast-cancer', 'seattle-weather', 'bird-strikes', 'chicago-ridership'],
  'new-york-temperature',
];

/** Installs into a service; gives what was shown. */
async function install({ url }: FakeService) {
  const reports: string[] = [];
  let shown = '';
  await installExamples({
    client: createClient({ url, apiKey }),
    examplesDirectory,
    report: (message) => reports.push(message),
    output: { write: (text) => (shown += text) },
    pollMs: 5,
  });
  return { reports, shown };
}

const uploadsOf = ({ requests }: FakeService): string[] =>
  requests.filter((line) => line.startsWith('PUT /upload/'));

test('a first start puts every example there, follows all runs and ends with a line to try', async () => {
  const service = await startService();

  const { reports, shown } = await install(service);

  expect([...service.specs.keys()].sort()).toEqual([...names].sort());
  expect(service.runs.map(({ state }) => state)).toEqual(Array(5).fill('succeeded'));
  expect(reports).toContain('bird-strikes: Version 1 is live.');
  expect(shown).toMatch(/curl 'http.*\/v1\/models\/seattle-weather\/predict'/);
});

test('a second start sends nothing and shows the models at once', async () => {
  const service = await startService();
  await install(service);
  service.requests.length = 0;

  const { reports, shown } = await install(service);

  expect(service.requests.filter((line) => !line.startsWith('GET'))).toEqual([]);
  expect(reports).toEqual([]);
  expect(shown).toContain('breast-cancer');
});

test('a start that was broken off is taken up: runs under way are waited for, not started again', async () => {
  const service = await startService();
  await install(service);
  Object.assign(service.runs[0]!, { state: 'running', version: null, message: 'linear: fold 1 of 5' });
  const uploads = uploadsOf(service).length;

  await install(service);

  expect(service.runs[0]!.state).toBe('succeeded');
  expect(uploadsOf(service)).toHaveLength(uploads);
});

test('an example that was deleted stays deleted', async () => {
  const service = await startService();
  await install(service);
  service.specs.delete('bird-strikes');

  await install(service);

  expect(service.specs.has('bird-strikes')).toBe(false);
});

test('expected failure: an example that fails is told, and the others go on', async () => {
  const service = await startService();
  const failed = { state: 'failed', message: 'No memory.', version: null } as const;
  service.script = [failed, { state: 'succeeded', progress: 1, message: 'Version 1 is live.', version: '1' }];

  const { reports } = await install(service);

  expect(reports.filter((line) => line.endsWith('failed: No memory.'))).toHaveLength(1);
  expect(service.runs.filter(({ state }) => state === 'succeeded')).toHaveLength(4);
});

test('every example spec is valid and speaks of columns that its data have', () => {
  const files = readdirSync(join(examplesDirectory, 'models'));
  const headers = readdirSync(join(examplesDirectory, 'data'))
    .filter((file) => file.endsWith('.csv'))
    .map((file) => readFileSync(join(examplesDirectory, 'data', file), 'utf8').split('\n', 1)[0]!);

  expect(files.map((file) => file.replace('.json', '')).sort()).toEqual([...names].sort());
  for (const file of files) {
    const spec = modelSpec.parse(JSON.parse(readFileSync(join(examplesDirectory, 'models', file), 'utf8')));
    const columns = [...(spec.target === undefined ? [] : [spec.target]), ...(spec.features?.exclude ?? [])];
    expect(headers.some((header) => columns.every((column) => header.includes(column)))).toBe(true);
  }
});
