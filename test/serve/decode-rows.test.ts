import { describe, expect, it } from 'vitest';
import type { ModelSchema } from '../../lib/contracts/records.ts';
import { compileSignature, type DecodedRows, decoderOf, nativeRows } from '../../lib/serve/index.ts';

const schema: ModelSchema = {
  features: [
    {
      name: 'age',
      type: 'numeric',
      input: 'numeric',
      index: 0,
      missing: 0,
      range: [20, 80],
      typical: [25, 75],
    },
    { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0, categories: ['F', 'M'] },
    { name: 'smoker', type: 'boolean', input: 'text', index: 1, missing: 0, categories: ['False', 'True'] },
    { name: 'seen', type: 'datetime', input: 'text', index: 2, missing: 0, format: '%m/%d/%Y' },
    { name: 'weight', type: 'numeric', input: 'numeric', index: 1, missing: 0.1, range: [40, 120] },
  ],
  ignored: ['id', 'disease'],
};
const compileDecoder =
  (of: ModelSchema) =>
  (body: unknown): DecodedRows =>
    decoderOf(compileSignature(of))(nativeRows(body));
const decode = compileDecoder(schema);
const row = { age: 61, sex: 'F', smoker: true, seen: '2026-01-31', weight: 70.5 };
const refusal = (body: unknown): unknown => {
  try {
    decode(body);
  } catch (error) {
    return error;
  }
  throw new Error('The body was taken.');
};

describe('decoding rows', () => {
  it('gives the same tensors for rows as objects, rows as arrays and columns', () => {
    const asObjects = decode({ instances: [row, { ...row, age: 30, sex: 'M' }] });
    const asArrays = decode({
      instances: [
        [61, 'F', true, '2026-01-31', 70.5],
        [30, 'M', true, '2026-01-31', 70.5],
      ],
    });
    const asColumns = decode({
      columns: {
        age: [61, 30],
        sex: ['F', 'M'],
        smoker: [true, true],
        seen: ['2026-01-31', '2026-01-31'],
        weight: [70.5, 70.5],
      },
    });

    expect(asObjects.feeds).toEqual({
      numeric: { type: 'float32', dims: [2, 2], data: Float32Array.of(61, 70.5, 30, 70.5) },
      text: {
        type: 'string',
        dims: [2, 3],
        data: ['F', 'True', '2026-01-31T00:00:00', 'M', 'True', '2026-01-31T00:00:00'],
      },
    });
    expect(asArrays).toEqual(asObjects);
    expect(asColumns).toEqual(asObjects);
  });

  it('takes a date in the form of the training data as well as ISO 8601', () => {
    const { feeds } = decode({
      instances: [
        { ...row, seen: '1/31/2026' },
        { ...row, seen: '2026-01-31T14:30' },
        { ...row, seen: '1/31/2026 2:30 PM' },
        { ...row, seen: '2026-01-31T01:30:00+02:00' },
        { ...row, seen: '0099-01-31' },
      ],
    });

    expect([2, 5, 8, 11, 14].map((place) => feeds.text?.data[place])).toEqual([
      '2026-01-31T00:00:00',
      '2026-01-31T14:30:00',
      '2026-01-31T14:30:00',
      '2026-01-30T23:30:00',
      '0099-01-31T00:00:00',
    ]);
  });

  it('lets a row carry columns of the data that the model does not use', () => {
    expect(decode({ instances: [{ ...row, id: 7, disease: 'yes' }] }).warnings).toEqual([]);
  });

  it('warns of null, of an unknown category, of a value out of range and of a wrong unit, and answers', () => {
    const { warnings, feeds } = decode({
      instances: [
        { ...row, weight: null },
        { ...row, sex: 'X' },
        { ...row, age: 95 },
        { ...row, age: 61_000 },
      ],
    });

    expect(warnings.map(({ row: number, field, code }) => [number, field, code])).toEqual([
      [0, 'weight', 'missing_field'],
      [1, 'sex', 'unknown_category'],
      [2, 'age', 'out_of_range'],
      [3, 'age', 'suspicious_unit'],
    ]);
    expect(feeds.numeric?.data[1]).toBeNaN();
  });

  it('does not warn of the smallest training value, which as a float32 is another number', () => {
    const feature = { name: 'x', type: 'numeric', input: 'numeric', index: 0, missing: 0 } as const;
    const values = [0.1, 0.7, 0.0999];
    const warningsIn = (range: [number, number]): number[] =>
      compileDecoder({ features: [{ ...feature, range }], ignored: [] })({
        columns: { x: values },
      }).warnings.map(({ row: number }) => number);

    const asInTheData = warningsIn([0.1, 0.7]);
    const asFloats = warningsIn([Math.fround(0.1), Math.fround(0.7)]);

    expect([asInTheData, asFloats]).toEqual([[2], [2]]);
  });

  it('counts the warnings beyond those that fit into an answer', () => {
    const rows = 6_000;
    const nulls = new Array(rows).fill(null);

    const decoded = decode({
      columns: {
        age: nulls,
        weight: nulls,
        sex: new Array(rows).fill('F'),
        smoker: new Array(rows).fill(true),
        seen: new Array(rows).fill('2026-01-31'),
      },
    });

    expect(decoded.warnings).toHaveLength(10_000);
    expect(decoded.warningsOmitted).toBe(2_000);
  });

  it('gives a number the spelling of the data, so that 1 is the category "1.0"', () => {
    const feature = { name: 'c', type: 'category', input: 'text', index: 0, missing: 0 } as const;
    const spelled = compileDecoder({
      features: [{ ...feature, categories: ['1.0', '02', '3', '3.0', ' '] }],
      ignored: [],
    });

    const { feeds, warnings } = spelled({ columns: { c: [1, 2, 3, 0] } });

    expect(feeds.text?.data).toEqual(['1.0', '02', '3', '0']);
    expect(warnings.map(({ row: number }) => number)).toEqual([3]);
  });

  it('reads an empty text and the texts declared as missing as in training', () => {
    const declared = compileDecoder({ ...schema, missing: ['unknown', '-999'] });

    const { feeds, warnings } = declared({
      instances: [
        { ...row, sex: '' },
        { ...row, sex: 'unknown', seen: 'unknown' },
        { ...row, age: -999, weight: '-999' },
      ],
    });

    expect(feeds.text?.data.slice(0, 6)).toEqual(['', 'True', '2026-01-31T00:00:00', '', 'True', '']);
    expect(Array.from(feeds.numeric?.data as Float32Array).slice(4)).toEqual([Number.NaN, Number.NaN]);
    expect(warnings.map(({ row: number, field, code }) => [number, field, code])).toEqual([
      [0, 'sex', 'missing_field'],
      [1, 'sex', 'missing_field'],
      [1, 'seen', 'missing_field'],
      [2, 'age', 'missing_field'],
      [2, 'weight', 'missing_field'],
    ]);
  });

  it('takes fields that are called like what every object inherits, and misses them if they are not there', () => {
    const names = ['constructor', '__proto__', 'toString'];
    const features = names.map((name, index) => ({
      name,
      type: 'numeric' as const,
      input: 'numeric' as const,
      index,
      missing: 0,
    }));
    const inherited = compileDecoder({ features, ignored: [] });
    const complete = '{"constructor": 1, "__proto__": 2, "toString": 3}';

    const { feeds } = inherited({ instances: [JSON.parse(complete)] });
    const columns = inherited({ columns: JSON.parse(complete.replaceAll(/\d/g, '[$&]')) });

    expect(Array.from(feeds.numeric?.data as Float32Array)).toEqual([1, 2, 3]);
    expect(columns.feeds).toEqual(feeds);
    for (const body of [{ instances: [{}] }, { columns: { __proto__: null, toString: [3] } }]) {
      expect(() => inherited(body)).toThrow(expect.objectContaining({ code: 'missing_field' }));
    }
  });

  it('bad call: infinity is refused where training saw no value at all', () => {
    const features = [{ name: 'x', type: 'numeric', input: 'numeric', index: 0, missing: 1 } as const];

    expect(() => compileDecoder({ features, ignored: [] })({ instances: [JSON.parse('[1e999]')] })).toThrow(
      expect.objectContaining({ code: 'not_a_number' }),
    );
  });

  it.each([
    ['a bare list', [row], 'wrong_shape', null, /JSON object/],
    ['neither rows nor columns', {}, 'wrong_shape', null, /exactly one/],
    ['both rows and columns', { instances: [row], columns: {} }, 'wrong_shape', null, /exactly one/],
    ['an unknown top-level field', { instances: [row], option: 1 }, 'wrong_shape', 'option', /"option"/],
    ['instances that are no list', { instances: row }, 'wrong_shape', 'instances', /array/],
    ['no row', { instances: [] }, 'wrong_shape', 'instances', /at least one/],
    ['a row that is a number', { instances: [row, 5] }, 'wrong_shape', 'instances[1]', /instances\[1\]/],
    ['a row that is null', { instances: [null] }, 'wrong_shape', 'instances[0]', /instances\[0\]/],
    [
      'a row of the wrong length',
      { instances: [[1, 'F']] },
      'wrong_shape',
      'instances[0]',
      /2 values.*takes 5/,
    ],
    [
      'a text where a number belongs',
      { instances: [row, { ...row, age: 'old' }] },
      'not_a_number',
      'instances[1].age',
      /"old"/,
    ],
    [
      'a numeric text where a number belongs',
      { instances: [{ ...row, age: '61' }] },
      'not_a_number',
      'instances[0].age',
      /"61"/,
    ],
    [
      'a number beyond float32',
      { instances: [{ ...row, age: 1e39 }] },
      'not_a_number',
      'instances[0].age',
      /32-bit/,
    ],
    [
      'an object where a text belongs',
      { instances: [{ ...row, sex: {} }] },
      'not_a_text',
      'instances[0].sex',
      /an object/,
    ],
    [
      'no such day',
      { instances: [{ ...row, seen: '2026-02-30' }] },
      'not_a_date_time',
      'instances[0].seen',
      /2026-02-30/,
    ],
    [
      'a number where a date belongs',
      { instances: [{ ...row, seen: 5 }] },
      'not_a_date_time',
      'instances[0].seen',
      /number 5/,
    ],
    [
      'a missing field',
      { instances: [{ age: 1, sex: 'F', smoker: true, seen: '2026-01-31' }] },
      'missing_field',
      'instances[0].weight',
      /null/,
    ],
    [
      'an unknown field',
      { instances: [{ ...row, agee: 1 }] },
      'unknown_field',
      'instances[0].agee',
      /age, sex/,
    ],
    [
      'columns of unequal length',
      { columns: { age: [1, 2], sex: ['F'] } },
      'wrong_shape',
      'columns.sex',
      /1 values/,
    ],
    ['a column that is no list', { columns: { age: 5 } }, 'wrong_shape', 'columns.age', /array/],
    [
      'a text in a numeric column',
      {
        columns: { age: [1, 'x'], sex: ['F', 'F'], smoker: [true, true], seen: [null, null], weight: [1, 1] },
      },
      'not_a_number',
      'columns.age[1]',
      /"x"/,
    ],
  ])('bad call: %s is refused, naming the place', (_what, body, code, param, message) => {
    expect(refusal(body)).toMatchObject({
      kind: 'invalid_request',
      code,
      param,
      message: expect.stringMatching(message),
    });
  });

  it('bad call: more than 10,000 rows are too large', () => {
    expect(refusal({ instances: new Array(10_001).fill(row) })).toMatchObject({
      kind: 'too_large',
      code: 'too_many_rows',
    });
  });
});
