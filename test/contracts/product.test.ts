import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { product } from '../../lib/contracts/product.ts';

it('the service calls itself what its package is called', () => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

  const { name, version } = JSON.parse(text) as { name: string; version: string };

  expect(product).toEqual({ name, version });
});
