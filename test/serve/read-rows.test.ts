import { expect, test } from 'vitest';
import { compileSignature, readerOf } from '../../lib/serve/index.ts';

const read = readerOf(
  compileSignature({
    features: [
      { name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0, range: [20, 80] },
      { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0, categories: ['F', 'M'] },
    ],
    ignored: ['note'],
  }),
);

test.each([
  ['rows', '{"instances":[{"age":61.5,"sex":"F"},[90,"M"]]}'],
  ['columns', '{"columns":{"age":[61.5,90],"sex":["F","M"]}}'],
  [
    'rows with a value that is not one text or number',
    '{"instances":[{"age":61.5,"sex":"F","note":[1]},[90,"M"]]}',
  ],
  ['columns behind a name in escapes', '{"columns":{"\\u0061ge":[61.5,90],"sex":["F","M"]}}'],
])('%s become tensors and warnings', (_, text) => {
  const { rows, feeds, warnings } = read(text);

  expect(rows).toBe(2);
  expect(feeds).toEqual({
    numeric: { type: 'float32', dims: [2, 1], data: Float32Array.of(61.5, 90) },
    text: { type: 'string', dims: [2, 1], data: ['F', 'M'] },
  });
  expect(warnings).toMatchObject([{ row: 1, field: 'age', code: 'out_of_range' }]);
});

test.each([
  ['no JSON', '{"instances":[{"age":61.5,}]}', {}, { code: 'invalid_json' }],
  ['no rows', '{"rows":[]}', {}, { code: 'wrong_shape' }],
  [
    'a warning that is an error',
    '{"columns":{"age":[90],"sex":["F"]}}',
    { strict: true },
    { code: 'out_of_range', param: 'columns.age[0]' },
  ],
])('bad call: %s', (_, text, options, error) => {
  expect(() => read(text, options)).toThrow(expect.objectContaining(error));
});
