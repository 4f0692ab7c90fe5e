import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseGrants } from '../../lib/access/index.ts';
import { jobLimits, routes } from '../../lib/contracts/index.ts';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');

test('the page names the scope of every route, and of no other', () => {
  const [, section = ''] = page.split('### The scope of every request');
  const [table = ''] = section.split('\n## ');

  const rows = [...table.matchAll(/^\| `([^`]+)` +\| (?:`(\w+)`|no key) +\|$/gm)].map(([, line, scope]) => [
    line,
    scope ?? 'none',
  ]);

  const wanted = routes.map(({ method, path, shownPath, scope }) => [
    `${method} ${shownPath ?? path}`,
    scope,
  ]);
  expect(rows).toEqual(wanted);
});

test('the grants it shows are grants', () => {
  const [shown] = /\{ "team-a": .*\}\n(?=```)/.exec(page)!;

  const grants = parseGrants(shown, 'the page');

  expect([...grants.keys()]).toEqual(['team-a']);
});

test('the days it names for jobs are those of the contract', () => {
  expect(page).toContain(`| ${jobLimits.keptMs / 86_400_000} days (lifecycle rule), or until`);
});
