import { describe, expect, it } from 'vitest';
import { encode, fitted, tableOf, texts } from './tables.ts';

/** A text as many times as its number says. */
const repeat = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts).flatMap(([text, count]) => Array<string>(count).fill(text));

describe('one-hot categories', () => {
  it('folds rare and unknown categories into one column and gives missing values their own', async () => {
    const train = [...repeat({ cat: 4, dog: 3, newt: 1, owl: 1 }), null, null];
    const table = tableOf(texts('pet', [...train, 'never seen', 'newt', null, 'dog']));
    const preprocessor = fitted(table, { rare_count: 2 }, { train: train.length });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['pet:missing', 'pet=cat', 'pet=dog', 'pet:other']);
    expect(encoded.slice(train.length)).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 1],
      [1, 0, 0, 0],
      [0, 0, 1, 0],
    ]);
  });

  it('makes all zeros of an unknown or missing category where training had none that was rare', async () => {
    const table = tableOf(texts('sex', ['F', 'M', 'F', 'M', 'X', null]));
    const preprocessor = fitted(table, {}, { train: 4 });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['sex=F', 'sex=M']);
    expect(encoded.slice(4)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('keeps columns with the same texts apart, booleans among them', async () => {
    const table = tableOf(
      texts('left', ['yes', 'no', 'yes', 'no']),
      texts('right', ['no', 'no', 'yes', 'yes'], 'boolean'),
    );
    const preprocessor = fitted(table);

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['left=no', 'left=yes', 'right=no', 'right=yes']);
    expect(preprocessor.sourceOf).toEqual([0, 0, 1, 1]);
    expect(encoded[0]).toEqual([0, 1, 1, 0]);
    expect(encoded[3]).toEqual([1, 0, 0, 1]);
  });

  it('limits a column of 10,000 categories by itself, and takes them all when asked to', async () => {
    const values = Array.from({ length: 20_000 }, (_, row) => `c${row % 10_000}`);
    const table = tableOf(texts('many', values));
    const few = fitted(table, {});
    const all = fitted(table, { rare_count: 1, max_categories: 10_000 });

    const encoded = await encode(all, table, Uint32Array.of(0, 1, 9999, 10_000));

    expect(few.outputNames).toHaveLength(100);
    expect(all.outputNames).toHaveLength(10_000);
    expect(encoded.map((row) => row.reduce((sum, value) => sum + value, 0))).toEqual([1, 1, 1, 1]);
    expect(encoded[2]![all.outputNames.indexOf('many=c9999')]).toBe(1);
    expect(all.features[0]!.categories).toHaveLength(10_000);
  });
});

describe('ordinal categories', () => {
  it('gives trees codes that rise with the frequency, unknown categories next to the rarest', async () => {
    const train = repeat({ common: 9, middling: 5, scarce: 2 });
    const table = tableOf(texts('kind', [...train, 'never seen', null]));
    const preprocessor = fitted(table, {}, { style: 'tree', train: train.length });

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['kind']);
    expect(encoded[0]).toEqual([2]);
    expect(encoded[9]).toEqual([1]);
    expect(encoded[14]).toEqual([0]);
    expect(encoded.slice(16)).toEqual([[-1], [-1]]);
  });

  it('gives rare categories one code below the others', async () => {
    const table = tableOf(texts('kind', repeat({ common: 9, middling: 5, scarce: 2, unique: 1 })));
    const preprocessor = fitted(table, { rare_count: 3 }, { style: 'tree' });

    const encoded = await encode(preprocessor, table);

    expect([0, 9, 14, 16].map((row) => encoded[row]![0])).toEqual([2, 1, 0, 0]);
  });
});

describe('missing categories', () => {
  const values = [...repeat({ b: 3, a: 3, c: 1 }), null, null];
  const table = tableOf(texts('t', values));

  it('takes the most frequent category, of equal ones the first', async () => {
    const preprocessor = fitted(table, { category_missing: 'most_frequent', rare_count: 1 });

    const encoded = await encode(preprocessor, table, Uint32Array.of(7));

    expect(preprocessor.outputNames).toEqual(['t=a', 't=b', 't=c']);
    expect(encoded).toEqual([[1, 0, 0]]);
  });

  it('makes a category of the constant', async () => {
    const preprocessor = fitted(table, { category_missing: 'constant', rare_count: 1 });

    const encoded = await encode(preprocessor, table, Uint32Array.of(7));

    expect(preprocessor.outputNames).toEqual(['t=a', 't=b', 't=c', 't=missing']);
    expect(encoded).toEqual([[0, 0, 0, 1]]);
  });

  it('drops training rows and still answers with the most frequent category', async () => {
    const preprocessor = fitted(table, { category_missing: 'drop_row' });

    const kept = preprocessor.keepRows(table, Uint32Array.of(8, 7, 6, 5));
    const encoded = await encode(preprocessor, table, Uint32Array.of(7));

    expect([...kept]).toEqual([6, 5]);
    expect(preprocessor.outputNames).toEqual(['t=a', 't=b', 't:other']);
    expect(encoded).toEqual([[1, 0, 0]]);
  });

  it('survives a column without any value', async () => {
    const empty = tableOf(texts('t', [null, null]), texts('u', ['a', 'a']));
    const preprocessor = fitted(empty, { category_missing: 'most_frequent' });

    const encoded = await encode(preprocessor, empty);

    expect(preprocessor.outputNames).toEqual(['t:missing', 'u=a']);
    expect(encoded).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

describe('hostile texts', () => {
  const hostile = [
    ...[' ', '  ', '0', '-1', 'None', 'null', 'NaN', '"quoted"', "it's", 'line\nbreak', 'tab\t', '\r', '\\'],
    ...[
      '0:',
      '1:a',
      ':',
      '=',
      '😀',
      '👨‍👩‍👧',
      '\u00e9',
      'e\u0301',
      '\ufdfa',
      '\u202eabc',
      '\u{10ffff}',
      '\ufeff',
    ],
    ...['__proto__', 'constructor', '%s', '{{a}}', '\u0001', 'A', 'a', '\uff21'],
    ...['x'.repeat(100_000), `${'x'.repeat(99_999)}y`],
  ];

  it('tells every text apart, in columns of any name', async () => {
    const names = ['', ' ', '"', 'a:missing', '__proto__', 'x\ny', '😀', 'numeric', 'text'];
    const table = tableOf(...names.map((name) => texts(name, hostile)));
    const preprocessor = fitted(table, { rare_count: 1 });

    const encoded = await encode(preprocessor, table);

    const width = hostile.length;
    expect(preprocessor.sourceOf).toHaveLength(names.length * width);
    for (const [column, name] of names.entries()) {
      expect(preprocessor.outputNames[column * width]).toMatch(`${name}=`);
      const seen = encoded.map((row) => row.slice(column * width, (column + 1) * width).indexOf(1));
      expect(new Set(seen)).toEqual(new Set(hostile.keys()));
    }
  });

  it('takes half a surrogate pair and a NUL as the runtime will see them', async () => {
    const table = tableOf(texts('t', ['\uD800', '\uDC00', 'a\0b', 'a', '\uD800', 'a']));
    const preprocessor = fitted(table);

    const encoded = await encode(preprocessor, table);

    expect(preprocessor.outputNames).toEqual(['t=a', 't=\uFFFD']);
    expect(encoded.map((row) => row.indexOf(1))).toEqual([1, 1, 0, 0, 1, 0]);
  });
});
