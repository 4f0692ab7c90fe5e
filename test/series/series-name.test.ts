import { expect, it } from 'vitest';
import { seriesName } from '../../lib/series/index.ts';

it('joins the values of id columns so that no two series share a name', () => {
  const names = [
    ['a/b', 'c'],
    ['a', 'b/c'],
    ['a', 'b', 'c'],
    ['a\\', 'b/c'],
    ['a\\/b', 'c'],
  ].map((values) => seriesName(values));

  expect(names).toEqual(['a\\/b/c', 'a/b\\/c', 'a/b/c', 'a\\\\/b\\/c', 'a\\\\\\/b/c']);
});

it('leaves the only value as it is', () => {
  expect([seriesName(['shop 1/2']), seriesName([7])]).toEqual(['shop 1/2', '7']);
});
