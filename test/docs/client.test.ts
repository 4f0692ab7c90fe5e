import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startScripted } from '../client/scripted-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [, example = ''] =
  /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/client.md'), 'utf8')) ?? [];

/** A project of somebody else's that has the package installed. */
function consumer(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-consumer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'onramp'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'example.ts'), code);
  return folder;
}

/** Compiles the example with the types of a browser, nothing of Node's; the messages of the compiler. */
function compile(folder: string, moduleResolution: 'nodenext' | 'bundler'): string {
  const module = moduleResolution === 'nodenext' ? 'nodenext' : 'esnext';
  const options = { module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom'], types: [] };
  const config = { compilerOptions: { ...options, strict: true, noEmit: true }, files: ['example.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]);
    return '';
  } catch (error) {
    return String((error as { readonly stdout: Buffer }).stdout);
  }
}

test('the example of the README compiles elsewhere', () => {
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];

  expect(shown).toContain('onramp/client');
  expect(compile(consumer(shown), 'nodenext')).toBe('');
});

test.each(['nodenext', 'bundler'] as const)(
  'the example of the client compiles elsewhere (%s)',
  (resolution) => {
    expect(compile(consumer(example), resolution)).toBe('');
  },
);

test('bad call: a route that does not exist compiles nowhere', () => {
  const folder = consumer(example.replace("'promote'", "'promoet'"));

  expect(compile(folder, 'nodenext')).toContain(`'"promoet"' is not assignable`);
});

test('the example of the client runs, and shows the refusal', async () => {
  const { url, asked } = await startScripted(
    { body: { model: 'heart', version: '1', predictions: [], warnings: [] } },
    { body: { id: 'heart' } },
    { body: { live: '1' } },
    {
      status: 404,
      headers: { 'x-request-id': 'r-1' },
      body: {
        error: {
          type: 'not_found',
          message: 'No.',
          param: 'model',
          code: 'model_not_found',
          request_id: 'r-1',
        },
      },
    },
  );
  const folder = consumer(example.replace('http://127.0.0.1:8787', url));

  const child = spawn(process.execPath, ['example.ts'], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (output += piece));
  const code = await new Promise((resolve) => child.on('close', resolve));

  expect(output).toBe('404 not_found model_not_found model r-1 No.\n');
  expect(code).toBe(0);
  expect(asked.map(({ line }) => line)).toEqual([
    'POST /v1/models/heart/predict',
    'GET /v1/models/heart',
    'POST /v1/models/heart/promote',
    'GET /v1/models/hart',
  ]);
});
