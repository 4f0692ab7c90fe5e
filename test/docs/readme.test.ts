import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../cli/commands/index.ts';
import { readSettings } from '../../infra/local/config.ts';
import { routes } from '../../lib/contracts/index.ts';
import { run, startService, temporaryFile } from '../cli/fake-service.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

/** The lines of a document's shell blocks, lines that go on joined, comments removed. */
function shellLines(file: string): string[] {
  return [...read(file).matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
    block!
      .replaceAll('\\\n', '')
      .split('\n')
      .flatMap((line) => line.split(' && '))
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== ''),
  );
}

/** The words of a simple shell line: quotes removed, a redirection left out. */
function wordsOf(line: string): string[] {
  return [...line.replace(/ [<>] .*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain!,
  );
}

test.each(['README.md', 'CONTRIBUTING.md'])('every npm script that %s names exists', (file) => {
  const named = shellLines(file).flatMap((line) => {
    const [, word, script] = /^npm (run )?(\S+)/.exec(line) ?? [];
    return script === undefined || (word === undefined && ['ci', 'install'].includes(script)) ? [] : [script];
  });

  expect(named.length).toBeGreaterThan(1);
  for (const script of named) expect(Object.keys(scripts)).toContain(script);
});

test('every onramp line of the README is understood by the command', async () => {
  const service = await startService();
  const file = temporaryFile('rows.csv', 'age,sex,seen,disease\n61,F,2025-01-01,no\n');
  const lines = shellLines('README.md').filter((line) => line.startsWith('npx onramp '));

  const codes = [];
  for (const line of lines.filter((text) => !text.includes('--follow'))) {
    const args = wordsOf(line).slice(2);
    const own = args.map((word) => (word.endsWith('.csv') ? file : word));
    codes.push((await run(args[0] === '--help' ? args : [...own, '--url', service.url])).code);
  }

  expect(lines.length).toBeGreaterThan(4);
  expect(codes).toEqual(codes.map(() => 0));
});

test('every option of an onramp line is an option of its command', () => {
  const lines = shellLines('README.md').filter((line) => line.startsWith('npx onramp '));

  for (const line of lines) {
    const [, , name = '', ...rest] = wordsOf(line);
    const command = commands.find((one) => one.name === name);
    const options = rest.filter((word) => word.startsWith('--')).map((word) => word.slice(2));
    if (name !== '--help')
      expect(Object.keys(command?.options ?? {})).toEqual(expect.arrayContaining(options));
  }
});

test('every request of the API table is a route', () => {
  const table = [...read('README.md').matchAll(/^\| `((?:GET|POST|PUT|DELETE)`?.*?)` \|/gm)];
  const named = table.flatMap(([, cell]) => {
    const path = /\/\S+/.exec(cell!)![0].replaceAll('`', '');
    return [...cell!.matchAll(/GET|POST|PUT|DELETE/g)].map(([method]) => `${method} ${path}`);
  });

  const known = routes.map(({ method, path }) => `${method} ${path}`);

  expect(named.length).toBeGreaterThan(12);
  for (const request of named) expect(known).toContain(request);
});

test('the settings of the README are those of the platform', () => {
  const settings = readSettings([], {});
  const defaults = [...read('README.md').matchAll(/^\| `--(\S+)` \| (?:`\S+`)? ?\| `?([^\s,`|]+)/gm)];

  const shown = Object.fromEntries(defaults.map(([, flag, value]) => [flag, value]));

  expect(settings).toMatchObject({ port: 8787, s3Port: 8788, workers: 1, apiKey: 'onramp-local' });
  expect(shown).toMatchObject({ port: '8787', 's3-port': '8788', 'api-key': 'onramp-local', workers: '1' });
});

test('every file and folder that a document links to exists', () => {
  const links = ['README.md', 'CONTRIBUTING.md'].flatMap((file) =>
    [...read(file).matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target]) => target!),
  );
  const folders = [...read('README.md').matchAll(/^([a-z]+(?:\/[a-z]+)?)\/ +\S/gm)].map(
    ([, folder]) => folder!,
  );

  expect(links.length).toBeGreaterThan(2);
  expect(folders.length).toBeGreaterThan(5);
  for (const path of [...links, ...folders]) expect(existsSync(`${root}/${path}`), path).toBe(true);
});
