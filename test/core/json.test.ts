import { expect, test } from 'vitest';
import { isRecord } from '../../lib/core/index.ts';

test.each<[string, unknown, boolean]>([
  ['an object', { a: 1 }, true],
  ['an object without fields', {}, true],
  ['a list', [1], false],
  ['null', null, false],
  ['a text', 'a', false],
  ['nothing', undefined, false],
])('%s is told from what is no object of JSON', (_what, value, expected) => {
  expect(isRecord(value)).toBe(expected);
});
