import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it, test } from 'vitest';
import { examples } from '../../examples/index.ts';
import { figureLines, misses } from '../../examples/tools/report.ts';
import { modelSpec } from '../../lib/contracts/index.ts';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));
const page = readFileSync(`${folder}/README.md`, 'utf8');

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, [`${folder}/run.ts`, ...words], {
    encoding: 'utf8',
    // Nothing answers there.
    env: { ...process.env, ONRAMP_URL: 'http://127.0.0.1:9' },
  });

test.each(examples)('the specs of "$name" are specs, each with a data set of its own name', ({ name }) => {
  const files = readdirSync(`${folder}/${name}`).filter((file) => file.endsWith('.json'));

  const specs = files.map((file) =>
    modelSpec.parse(JSON.parse(readFileSync(`${folder}/${name}/${file}`, 'utf8'))),
  );

  expect(specs.length).toBeGreaterThan(0);
  for (const { dataset } of specs) expect(dataset).toMatch(/^example-/);
});

test('the page has a line for every example and no other', () => {
  const named = [...page.matchAll(/^\| \[`([\w-]+)`\]\(([\w-]+)\/\) \|/gm)].map(([, name, link]) => [
    name,
    link,
  ]);

  expect(named).toEqual(examples.map(({ name }) => [name, name]));
});

test('a figure that misses its bound or is no number is told from one that keeps it', () => {
  const bounds = { atLeast: 0.9, atMost: 1 };
  const figures = [0.95, 0.89, 1.01, Number.NaN].map((value) => ({ name: String(value), value, ...bounds }));

  const missed = misses(figures);

  expect(missed.map(({ name }) => name)).toEqual(['0.89', '1.01', 'NaN']);
});

test('figures stand beside their references', () => {
  const lines = figureLines([
    { name: 'accuracy', value: 0.97381, reference: 0.9684, atLeast: 0.95 },
    { name: 'rows', value: 2000 },
  ]);

  expect(lines).toEqual([
    '            Onramp  reference  must be',
    '  accuracy  0.9738  0.9684     at least 0.95',
    '  rows      2000',
  ]);
});

it('lists the examples when none is named', () => {
  const { status, stdout } = run();

  expect(status).toBe(0);
  for (const { name, about } of examples)
    expect(stdout).toMatch(new RegExp(`  ${name} +${about.slice(0, 20)}`));
});

it('bad call: shows the list and ends with 2 for a name that is none', () => {
  const { status, stdout } = run('forest', 'forrest');

  expect(status).toBe(2);
  expect(stdout).toContain('npm run examples -- NAME...');
});

it('expected failure: ends with 1 and says what to do when no platform answers', () => {
  const { status, stdout, stderr } = run('forest');

  expect(status).toBe(1);
  expect(stderr).toContain('Start the service with "npm start"');
  expect(stdout).toContain('$ npx onramp push examples/data/breast_cancer.csv');
});
