import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tarOf } from '../../cli/tar.ts';
import { sha256 } from '../../lib/core/index.ts';
import { apiKey, run, version } from './fake-service.ts';

const bytes = new TextEncoder().encode('the model file');
const manifest = { ...version, artifact: { sha256: sha256(bytes), size_bytes: bytes.length } };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onramp-package-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A service with one version, whose file lies elsewhere; gives the headers that came with each path. */
async function serve(file: Uint8Array) {
  const keys: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    keys[url] = headers['x-api-key'];
    const json = (value: object) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(value));
    };
    if (url.endsWith('/versions/1')) json({ ...manifest, model_version_status: [] });
    else if (url.endsWith('/artifact')) response.writeHead(302, { location: '/elsewhere' }).end();
    else if (url === '/elsewhere') response.end(file);
    else json({ live: '1' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    keys,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

const unpack = (path: string): void => {
  mkdirSync(join(folder, 'out'));
  execFileSync('tar', ['xzf', path, '-C', join(folder, 'out')]);
};

test('package writes the live version as an archive that any tar reads, and gives the key to the service alone', async () => {
  const service = await serve(bytes);
  const out = join(folder, 'model.tar.gz');

  const { code, stdout } = await run(['package', 'heart', '--out', out, '--url', service.url]);

  service.close();
  unpack(out);
  const read = (path: string) => readFileSync(join(folder, 'out', path), 'utf8');
  expect([code, stdout]).toEqual([0, expect.stringContaining('Version 1 of "heart" is in')]);
  expect(read(`artifacts/${manifest.artifact.sha256}`)).toBe('the model file');
  expect(JSON.parse(read('models/heart/versions/1/manifest.json'))).toEqual(manifest);
  expect(JSON.parse(read('models/heart/aliases.json'))).toMatchObject({ live: '1' });
  expect(service.keys).toMatchObject({
    '/v1/models/heart/versions/1/artifact': apiKey,
    '/elsewhere': undefined,
  });
});

test('bad call: a file that arrives damaged is no archive', async () => {
  const service = await serve(new TextEncoder().encode('something else'));

  const { code, stderr } = await run([
    'package',
    'heart',
    '1',
    '--out',
    join(folder, 'x'),
    '--url',
    service.url,
  ]);

  service.close();
  expect(code).toBe(1);
  expect(stderr).toContain('damaged');
  expect(readdirSync(folder)).toEqual([]);
});

test('a path of more than 100 bytes is parted, and one that cannot be is refused', () => {
  const path = `models/${'m'.repeat(63)}/versions/123456789/manifest.json`;

  const archive = tarOf([{ path, body: bytes }], new Date(0));

  const listed = execFileSync('tar', ['tf', '-'], { input: archive, encoding: 'utf8' });
  expect(path.length).toBeGreaterThan(100);
  expect(listed).toBe(`${path}\n`);
  expect(() => tarOf([{ path: 'x'.repeat(101), body: bytes }], new Date(0))).toThrow('too long');
});
