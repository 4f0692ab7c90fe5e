import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { validate } from '../../../functions/middleware/index.ts';

const schema = z.strictObject({
  name: z.string(),
  list: z.array(z.strictObject({ n: z.int().min(1) })).optional(),
  kind: z.enum(['a', 'b']).optional(),
});

describe('validate', () => {
  it('gives the value as the schema reads it', () => {
    expect(validate(z.object({ n: z.int().default(3) }), {})).toEqual({ n: 3 });
  });

  it.each([
    ['a missing field', {}, 'name', '"name" is missing; add it.'],
    [
      'a wrong type',
      { name: 7 },
      'name',
      '"name" is not right: Invalid input: expected string, received number.',
    ],
    ['null', { name: null }, 'name', '"name" is not right: Invalid input: expected string, received null.'],
    [
      'a value out of range',
      { name: 'x', list: [{ n: 1 }, { n: 0 }] },
      'list[1].n',
      /"list\[1\]\.n" is not right: Too small/,
    ],
    ['an unknown word', { name: 'x', kind: 'c' }, 'kind', /expected one of "a"\|"b"/],
    [
      'an unknown field',
      { name: 'x', nam: 1 },
      'nam',
      '"nam" is not a field of this request; remove it or check its spelling.',
    ],
    [
      'an unknown field inside',
      { name: 'x', list: [{ n: 1, m: 2 }] },
      'list[0].m',
      /"list\[0\]\.m" is not a field/,
    ],
    ['no body', undefined, null, 'The body is missing; add it.'],
    ['a body of another kind', [], null, /The body is not right: Invalid input: expected object/],
  ])('bad call: %s', (_what, value, param, message) => {
    const check = () => validate(schema, value);

    expect(check).toThrow(expect.objectContaining({ kind: 'invalid_request', param }));
    expect(check).toThrow(message);
  });

  it('puts the name of the value before the names of its fields', () => {
    expect(() => validate(z.string(), 7, 'limit')).toThrow('"limit" is not right');
    expect(() => validate(schema, {}, 'spec')).toThrow('"spec.name" is missing; add it.');
  });
});
