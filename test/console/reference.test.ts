import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  entriesByTag,
  limitsOf,
  matches,
  objectsIn,
  resolve,
  typeLabel,
} from '../../console/reference/document.ts';
import { addressOf, curlOf, headersOf } from '../../console/reference/request.ts';
import { contentPolicy } from '../../functions/control/documents.ts';
import { routes } from '../../lib/contracts/index.ts';
import { currentOpenApi } from '../../scripts/api/current.ts';

const document = await currentOpenApi();
const page = readFileSync(new URL('../../dist/control/reference.html', import.meta.url), 'utf8');

const filled = {
  origin: 'http://127.0.0.1:8787',
  method: 'POST',
  path: '/v1/models/{model}/predict',
  pathValues: { model: 'a b' },
  query: { version: '2', strict: '' },
  headers: { prefer: 'respond-async', 'idempotency-key': '' },
  key: 'secret',
  contentType: 'application/json',
  body: '{"instances":[{"name":"O\'Neil"}]}',
};

test('a filled form becomes a request; what was left empty is not sent', () => {
  expect(addressOf(filled)).toBe('http://127.0.0.1:8787/v1/models/a%20b/predict?version=2');
  expect(headersOf(filled)).toEqual({
    prefer: 'respond-async',
    'x-api-key': 'secret',
    'content-type': 'application/json',
  });
  expect(headersOf({ ...filled, key: '', headers: {} })).toEqual({ 'content-type': 'application/json' });
});

test('the curl line means the same to a shell, and does not tell the key', () => {
  const line = curlOf(filled);

  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], {
    encoding: 'utf8',
    env: { ONRAMP_API_KEY: 'from-the-shell' },
  });

  expect(line).not.toContain('secret');
  expect(words.trimEnd().split('\n')).toEqual([
    'curl',
    addressOf(filled),
    '-H',
    'x-api-key: from-the-shell',
    '-H',
    'prefer: respond-async',
    '-H',
    'content-type: application/json',
    '--data-binary',
    filled.body,
  ]);
});

test.each([
  ['GET', undefined, 'curl '],
  ['POST', undefined, "curl -X POST '"],
  ['DELETE', undefined, "curl -X DELETE '"],
  ['PUT', '{}', "curl -X PUT '"],
])(
  'the curl line of %s with body %s names the method where curl would guess another',
  (method, body, start) => {
    const { body: _body, ...rest } = filled;

    expect(curlOf({ ...rest, method, ...(body !== undefined && { body }) })).toMatch(start);
  },
);

test('every operation stands in one group and is found by its words', () => {
  const entries = entriesByTag(document).flatMap((group) => group.entries);

  const found = entries.filter((entry) => matches(entry, 'Models VERSIONS artifact'));

  expect(entries.length).toBe(routes.length);
  expect(found.map(({ id }) => id)).toEqual(['get-artifact']);
});

test('schemas are told in words, with what is inside of them', () => {
  const card = { $ref: '#/components/schemas/ModelCard' };
  const list = { anyOf: [{ type: 'array', items: card }, { type: 'null' }] };

  expect(typeLabel(list)).toBe('array of ModelCard or null');
  expect(typeLabel({ enum: ['csv', 'jsonl'] })).toBe('"csv" | "jsonl"');
  expect(limitsOf({ minimum: 1, maximum: 1000, default: 100 })).toBe('at least 1, at most 1000, default 100');
  expect(objectsIn(document, list)).toEqual([resolve(document, card)]);
  expect(resolve(document, card)).toBe(document.components.schemas.ModelCard);
});

test('the page is one small file that loads nothing from elsewhere', () => {
  const links = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, link]) => link!);

  expect(page.length).toBeLessThan(60_000);
  expect(gzipSync(page).length).toBeLessThan(20_000);
  expect(links.filter((link) => !/^(#|\/openapi\.json$|data:,$)/.test(link))).toEqual([]);
  expect(page).not.toMatch(/https?:\/\/|@import|innerHTML|eval\(/);
});

test('the policy lets run what stands in the page, and nothing else', () => {
  const policy = contentPolicy(page);

  const other = contentPolicy(page.replace('<script>', '<script>alert(1);'));

  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; /,
  );
  expect(policy).toContain("connect-src 'self'");
  expect(other).not.toBe(policy);
});
