import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { endpointFields, readEndpoints } from '../../infra/local/sagemaker/hosting/index.ts';
import { temporaryFolder } from '../infra/local/support.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/endpoints.md', import.meta.url)), 'utf8');
const [, file] = /```json\n([\s\S]*?)```/.exec(page)!;

test('the file of the page declares what the page says', () => {
  const folder = temporaryFolder();
  for (const name of ['models', 'heart']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'models', 'smollm2.gguf'), '');
  writeFileSync(join(folder, 'endpoints.json'), file!);

  const endpoints = readEndpoints(join(folder, 'endpoints.json'), { dist: folder });

  expect(
    endpoints.map(({ model, kind, speaks, variants }) => [model, kind, speaks, variants.length]),
  ).toEqual([
    ['chat', 'real-time', 'openai', 1],
    ['heart', 'serverless', 'onramp', 1],
    ['captions', 'async', 'raw', 1],
    ['rank', 'real-time', 'huggingface', 2],
  ]);
});

test('the table of the page names every field that there is, and no other', () => {
  const [declaring = ''] = page.split('\n## The three kinds\n', 1);
  const fields = [...declaring.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]*\|$/gm)].map(([, field]) => field);

  expect(fields.sort()).toEqual([...endpointFields].sort());
});
