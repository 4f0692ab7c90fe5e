import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FeatureSchema, ModelSchema } from '../../lib/contracts/records.ts';
import { parseJson } from '../../lib/core/index.ts';
import { decoderOf } from '../../lib/serve/decode-rows.ts';
import { nativeRows } from '../../lib/serve/row-source.ts';
import { scannerOf } from '../../lib/serve/scan-rows.ts';
import { compileSignature } from '../../lib/serve/signature.ts';

/** Cases of each property; more by `ONRAMP_SCAN_CASES=1000000 vitest run test/serve/scan-rows.test.ts`. */
const cases = Number(process.env.ONRAMP_SCAN_CASES ?? 7_000);

const numeric = (name: string, index: number, more: Partial<FeatureSchema> = {}): FeatureSchema => ({
  ...{ name, type: 'numeric', input: 'numeric', index, missing: 0 },
  ...more,
});
const schema: ModelSchema = {
  features: [
    numeric('age', 0, { range: [20, 80], typical: [25, 75] }),
    {
      name: 'sex',
      type: 'category',
      input: 'text',
      index: 0,
      missing: 0,
      categories: ['F', 'M', '1.0', 'é'],
    },
    numeric('größe "x"', 1, { range: [-1, 1] }),
    { name: 'seen', type: 'datetime', input: 'text', index: 1, missing: 0, format: '%m/%d/%Y' },
    numeric('__proto__', 2),
  ],
  ignored: ['id', 'note'],
  missing: ['-999', '30', '?'],
};
const numbersOnly: ModelSchema = {
  features: [numeric('a', 0, { range: [-1e30, 1e30] }), numeric('b', 1, { range: [0, 1] })],
  ignored: [],
};

const pathsOf = (of: ModelSchema) => {
  const signature = compileSignature(of);
  const [scan, decode] = [scannerOf(signature), decoderOf(signature)];
  return { scan, general: (text: string, strict = false) => decode(nativeRows(parseJson(text)), { strict }) };
};

type Paths = ReturnType<typeof pathsOf>;

/** True if the scan took the text; then it must have given what the general way gives. */
function agree({ scan, general }: Paths, text: string, strict = false): boolean {
  const scanned = scan(text, { strict });
  if (scanned === null) return false;
  const decoded = general(text, strict);
  expect(scanned).toEqual(decoded);
  // Equality of numbers does not tell -0 from 0.
  const bits = ({ feeds }: typeof scanned): unknown => {
    const { buffer, byteOffset, length } = feeds.numeric!.data as Float32Array;
    return [...new Uint32Array(buffer, byteOffset, length)];
  };
  expect(bits(scanned)).toEqual(bits(decoded));
  return true;
}

/** The same case in every run, and as many as wished. */
function holdsFor<T>(values: fc.Arbitrary<T>, check: (value: T) => void): void {
  // A property without promises fails at once.
  void fc.assert(fc.property(values, check), { numRuns: cases, seed: 20_261_122 });
}

const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
const decimals = fc.integer({ min: -100_000, max: 100_000 }).map((value) => String(value / 1000));
const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const exponents = fc.constantFrom(
  '',
  '',
  '',
  'e0',
  'E5',
  'e+3',
  'e-7',
  'e22',
  'e-45',
  'e308',
  'e400',
  'e',
  'e+',
);
/** Texts that are numbers, or nearly. */
const numberTexts = fc.oneof(
  doubles,
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  decimals,
  fc
    .tuple(fc.constantFrom('', '', '-', '+'), digits(22), fc.oneof(fc.constant(''), digits(25)), exponents)
    .map(([sign, whole, fraction, exponent]) => `${sign}${whole}${fraction && '.'}${fraction}${exponent}`),
  fc.constantFrom(
    '-0',
    '0',
    '-0.0',
    '00',
    '01',
    '.5',
    '5.',
    '-',
    '1e5',
    '-999',
    '30',
    '30.0',
    '1e999',
    'NaN',
  ),
);
/** Between two 32-bit floats, or as near to the middle as 25 digits come. */
const halfwayTexts = fc
  .tuple(fc.float({ min: Math.fround(1e-6), max: 1e6, noNaN: true }), fc.integer({ min: -2, max: 2 }))
  .map(([value, step]) => {
    const bits = new Uint32Array(Float32Array.of(value).buffer);
    bits[0]! += 1;
    const middle = (value + new Float32Array(bits.buffer)[0]!) / 2;
    const text = middle.toFixed(25);
    return step === 0 ? text : `${text.slice(0, -9)}${step < 0 ? '0' : ''}${String(step + 5)}`;
  });
const dates = fc.constantFrom('"2026-01-31"', '"1/31/2026"', '"1/2/2026 3:04 PM"', '"?"', '""', 'null');
const texts = fc.oneof(
  fc.constantFrom(
    '"F"',
    '"M"',
    '"X"',
    '1',
    '1.0',
    'true',
    '"\\u0046"',
    '"é"',
    '"\\u00e9"',
    '"\\ud800"',
    '"😀"',
  ),
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
);
const anything = fc.oneof(
  numberTexts,
  texts,
  fc.constantFrom('null', 'true', 'false', '[]', '{}', '[1,"]"]', '{"a":{}}', 'nul', '', '"', '"\\"', '"\n"'),
);
/** Mostly what belongs there. */
const mostly = (usual: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 90, arbitrary: usual }, { weight: 1, arbitrary: anything });
const numbers = fc.oneof(
  fc.integer({ min: -9, max: 2000 }).map(String),
  fc.float({ min: Math.fround(-1e30), max: Math.fround(1e30), noNaN: true }).map(String),
  decimals,
  fc.constantFrom('null', '1e-3', '-0', '30', '-999'),
);
const rowValues = fc.tuple(mostly(numbers), mostly(texts), mostly(numbers), mostly(dates), mostly(numbers));
const names = schema.features.map(({ name }) => JSON.stringify(name));
const space = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom('', ' ', '\n', '\t ', '\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\u00a0', '\f') },
);

/** Fields in another order now and then, more of them, fewer of them, or one twice. */
const objectRow = fc
  .tuple(rowValues, fc.nat(30), fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }), anything)
  .map(([values, kind, order, other]) => {
    const fields = values.map((value, at) => `${names[at]}:${value}`);
    if (kind === 0) return order.map((at) => fields[at]);
    if (kind === 1) return [...fields, `"id":${other}`];
    if (kind === 2) return [...fields, fields[0]];
    if (kind === 3) return fields.slice(1);
    if (kind === 4) return [`"\\u0061ge":${values[0]}`, ...fields.slice(1)];
    if (kind === 5) return ['"note":"a \\" b"', ...fields];
    if (kind === 6) return [...fields, '"unknown":1'];
    return fields;
  })
  .map((fields) => `{${fields.join(',')}}`);
const arrayRow = fc.tuple(rowValues, space).map(([values, gap]) => `[${values.join(`${gap},`)}]`);
const rowsBody = fc
  .tuple(fc.array(fc.oneof(objectRow, arrayRow), { maxLength: 5 }), space, space)
  .map(
    ([rows, before, between]) => `${before}{"instances"${between}:[${rows.join(`,${between}`)}]${before}}`,
  );
const columnsBody = fc
  .tuple(
    fc.array(rowValues, { minLength: 1, maxLength: 4 }),
    fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
    fc.constantFrom('', '', '', ',"id":[1]', ',"id":["],[",2]', ',"age":[1]'),
  )
  .map(([rows, order, more]) => {
    const fields = order.map((at) => `${names[at]}:[${rows.map((row) => row[at]).join(',')}]`);
    return `{"columns":{${fields.join(',')}${more}}}`;
  });
const bodies = fc.oneof(rowsBody, rowsBody, columnsBody);

describe('scanning rows from the text of a body', () => {
  const paths = pathsOf(schema);

  it('takes no body but those that the general way takes, and gives the same tensors and warnings', () => {
    let taken = 0;
    holdsFor(fc.tuple(bodies, fc.boolean()), ([text, strict]) => {
      if (agree(paths, text, strict)) taken += 1;
    });

    expect(taken).toBeGreaterThan(cases / 4);
  });

  it('agrees with the general way about bodies of which some characters were changed', () => {
    let taken = 0;
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const change = fc.tuple(place, fc.nat(2), fc.constantFrom(...'{}[]",:.-+eE0159 ntf\\u\0\ud800é😀\n'));
    const changed = fc
      .tuple(bodies, fc.array(change, { minLength: 1, maxLength: 3 }))
      .map(([text, changes]) =>
        changes.reduce((now, [where, removed, added]) => {
          const at = Math.floor(where * now.length);
          return now.slice(0, at) + added + now.slice(at + removed);
        }, text),
      );

    holdsFor(changed, (text) => {
      if (agree(paths, text)) taken += 1;
    });

    expect(taken).toBeGreaterThan(cases / 100);
  });

  it('reads every number as JSON.parse and a 32-bit float do', () => {
    const { scan, general } = pathsOf(numbersOnly);
    let taken = 0;
    holdsFor(fc.oneof(numberTexts, numberTexts, halfwayTexts), (number) => {
      const text = `{"instances":[[${number},0.5]]}`;
      if (agree({ scan, general }, text)) taken += 1;
      else expect(() => general(text)).toThrow();
    });

    expect(taken).toBeGreaterThan(cases / 2);
  });

  it.each([
    ['rows as arrays', '{"instances":[[61,"F",0.5,"2026-01-31",1],[30.5,"M",-1,null,2]]}'],
    ['rows as objects', `{"instances":[{"age":61,"sex":"F",${names[2]}:0,"seen":null,"__proto__":-0}]}`],
    [
      'columns',
      `{"columns":{"age":[1,2],"sex":["F",","],${names[2]}:[0,1],"seen":["",""],"__proto__":[1,2]}}`,
    ],
    ['white space', ' { "instances" : [ [ 61 , "F" , 1 , null , 1 ] , [ 1 , "F" , 1 , "" , 1 ] ] } \n'],
    ['other characters', `{"instances":[[61,"\\u00e9 \\"😀",0.123456789012345678,null,1]]}`],
    [
      'fields that are not looked at',
      `{"instances":[{"id":"x","age":1,"sex":"F",${names[2]}:0,"seen":null,"__proto__":1,"id":2}]}`,
    ],
  ])('takes %s itself', (_what, text) => {
    expect(agree(paths, text)).toBe(true);
  });

  it('gives warnings in the order of rows and features, whatever the order of the fields', () => {
    const row = `{"__proto__":null,"seen":null,${names[2]}:5,"sex":"X","age":99}`;

    const { warnings } = paths.scan(`{"instances":[${row},${row}]}`)!;

    expect(warnings.map(({ row: at, field }) => [at, field])).toEqual(
      [0, 1].flatMap((at) => schema.features.map(({ name }) => [at, name])),
    );
  });

  it('gives as many warnings as fit into an answer, and counts the others, or leaves that to the general way', () => {
    const rows = 5_000;
    const inOrder = `{"instances":[${Array(rows).fill('[null,null,null,null,null]').join(',')}]}`;
    const mixed = inOrder.replace(
      '[null,null,null,null,null]',
      `{"__proto__":1,"seen":null,${names[2]}:5,"sex":"X","age":99}`,
    );

    const scanned = [inOrder, mixed].map((text) => paths.scan(text));

    expect(scanned[0]).toEqual(paths.general(inOrder));
    expect(scanned[0]!.warningsOmitted).toBe(15_000);
    expect(scanned[1]).toBeNull();
  });

  it('takes rows that grow longer and longer', () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `[${row}.${'5'.repeat(1 + row / 50)},0.5]`);

    expect(agree(pathsOf(numbersOnly), `{"instances":[${rows.join(',')}]}`)).toBe(true);
  });

  it('looks for the fields where the dialect has them', () => {
    const text = '{"inputs":{"a":[1],"b":[0.5]}}';
    const { scan } = pathsOf(numbersOnly);

    const found = [{ columnsKey: 'inputs' }, { columnsKey: null }, {}].map((keys) => scan(text, keys)?.rows);

    expect(found).toEqual([1, undefined, undefined]);
  });

  it.each([
    ['a body that is no object', '[[1,2]]'],
    ['an end that is missing', '{"instances":[[1,0.5]]'],
    ['something behind the end', '{"instances":[[1,0.5]]}}'],
    ['a zero behind the end', '{"instances":[[1,0.5]]}\0'],
    ['a text cut off after a backslash', '{"instances":[["\\'],
    ['a surrogate that is alone', '{"instances":[["\ud800",1]]}'],
    ['a second field', '{"instances":[[1,0.5]],"instances":[[1,0.5]]}'],
    ['no row', '{"instances":[]}'],
    ['an empty text', ''],
    ['too many rows', `{"instances":[${Array(10_001).fill('[1,0.5]').join(',')}]}`],
    ['too many values of a column', `{"columns":{"a":[${Array(10_001).fill('1').join(',')}],"b":[]}}`],
  ])('bad call: %s is left to the general way', (_what, text) => {
    expect(pathsOf(numbersOnly).scan(text)).toBeNull();
  });
});
