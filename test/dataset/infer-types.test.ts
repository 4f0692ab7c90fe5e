import { describe, expect, it } from 'vitest';
import type { OnrampError } from '../../lib/core/index.ts';
import { profileDataset } from '../../lib/dataset/index.ts';
import { csv, temporaryDatasets } from './temporary.ts';

const files = temporaryDatasets();

/** A data set with the column `x` (and a filler), one value a row. */
async function columnOf(values: readonly string[], options: Parameters<typeof profileDataset>[1] = {}) {
  const content = csv('x,filler', values.length, (index) => `"${values[index]}",${index % 3}`);
  const profile = await profileDataset(await files.read('a.csv', content), options);
  const [column] = profile.columns;
  return { column, codes: profile.warnings.filter((warning) => warning.column === 'x'), profile };
}

const many = (value: (index: number) => string, count = 40): string[] =>
  Array.from({ length: count }, (_, index) => value(index));

describe('inferring the type of a column', () => {
  it.each([
    ['numbers in any notation', ['1', '-2.5', '+3', '.5', '4.', '1e-3', '7E+2'], 'numeric', 0],
    [
      'numbers with tokens for missing',
      ['1', 'NA', 'n/a', 'NaN', 'NULL', '?', '-', '.', '', ' ', '2'],
      'numeric',
      9,
    ],
    ['numbers in spaces', [' 1', '2 ', ' 3 '], 'numeric', 0],
    ['zeros and ones', ['0', '1', '1', '0'], 'numeric', 0],
    ['true and false', ['True', 'False', 'True', ''], 'boolean', 1],
    ['yes and no', ['yes', 'no', 'no'], 'boolean', 0],
    ['few different texts', ['red', 'blue', 'red', 'None', 'NA'], 'category', 0],
    ['thousands written with underscores', ['1_000', '2_000', '1_000'], 'category', 0],
    ['one value in every row', ['a', 'a', 'a'], 'constant', 0],
    ['one number in every row', ['7', '7', '7'], 'constant', 0],
    ['one value and gaps', ['a', '', 'a'], 'category', 1],
    ['nothing', ['', '', ''], 'constant', 3],
    ['days', ['2001-01-22', '2001-01-23', 'NA', ''], 'datetime', 2],
    ['days with and without time', ['2001-01-22', '2001-01-23T10:00:00'], 'datetime', 0],
    ['days in two forms', ['2001-01-22', '01/23/2001', '2001-01-24'], 'category', 0],
    [
      'unique rising date-times',
      many((index) => `2020-01-01T00:${String(index).padStart(2, '0')}:00`),
      'datetime',
      0,
    ],
    ['unique codes', many((index) => `K-${index * 7919}`), 'identifier', 0],
    ['row numbers from 0', many((index) => `${index}`), 'identifier', 0],
    ['postcodes', ['02139', '10001', '', 'NA', '02139'], 'category', 1],
    ['unique codes of digits', many((index) => `0${index + 1000}`), 'identifier', 0],
    ['numbers of which one has a zero too many', ['1', '05', '10', '12'], 'numeric', 0],
    ['decimals below one', ['0.5', '0.7', '0.0'], 'numeric', 0],
    ['unique decimals', many((index) => `${index}.5`), 'numeric', 0],
    ['unique whole numbers that count nothing', many((index) => `${index * index + 3}`), 'numeric', 0],
    ['free text', many((index) => `the patient number ${index} came with a cough`), 'text', 0],
    ['long texts that repeat', many((index) => `a rather long description ${index % 3}`), 'category', 0],
  ])('%s', async (_name, values, type, missing) => {
    const { column } = await columnOf(values);

    expect(column).toMatchObject({ type, inferred_type: type, missing });
  });

  it('takes unique whole numbers for a key when the column is called one', async () => {
    const content = csv(
      'customer_id,customerId,paid',
      30,
      (index) => `${index * index + 3},${index * 17 + 4},${index % 2}`,
    );

    const profile = await profileDataset(await files.read('a.csv', content));

    expect(profile.columns.map(({ type }) => type)).toEqual(['identifier', 'identifier', 'numeric']);
  });

  it('takes the texts the user lists as missing', async () => {
    const { column } = await columnOf(['1', '-999', 'unknown', '3'], { missing: ['-999', 'unknown'] });

    const summary = column?.numeric;

    expect(column).toMatchObject({ type: 'numeric', missing: 2, distinct: 2 });
    expect(summary).toMatchObject({ min: 1, max: 3 });
  });

  it('keeps class labels as texts when the user says so', async () => {
    const { column } = await columnOf(['01', '1', '1.0', '01'], { types: { x: 'category' } });

    const labels = column?.categories;

    expect(column).toMatchObject({ type: 'category', inferred_type: 'numeric' });
    expect(labels).toEqual([
      { value: '01', count: 2 },
      { value: '1', count: 1 },
      { value: '1.0', count: 1 },
    ]);
  });
});

describe('the form of date-times', () => {
  it.each([
    ['a day beyond 12 in second place', ['01/02/2001', '01/22/2001'], '%m/%d/%Y', false],
    ['a day beyond 12 in first place', ['01/02/2001', '22/01/2001'], '%d/%m/%Y', false],
    ['rows in order of time only day first', ['05/01/2001', '06/01/2001', '01/02/2001'], '%d/%m/%Y', false],
    ['no evidence', ['05/01/2001', '06/03/2001', '01/02/2001'], '%m/%d/%Y', true],
    ['equal day and month', ['05/05/2001', '06/06/2001'], '%m/%d/%Y', false],
    ['points', ['05.01.2001', '06.03.2001', '01.02.2001'], '%d.%m.%Y', false],
  ])('is settled by %s', async (_name, values, format, ambiguous) => {
    const { column, codes } = await columnOf(values);

    expect(column?.datetime?.format).toBe(format);
    expect(codes.some(({ code }) => code === 'ambiguous_datetime')).toBe(ambiguous);
  });
});

describe('columns a model cannot take', () => {
  async function refusal(
    values: readonly string[],
    options?: Parameters<typeof profileDataset>[1],
  ): Promise<OnrampError> {
    return columnOf(values, options).then(
      () => Promise.reject(new Error('accepted')),
      (error: OnrampError) => error,
    );
  }

  it.each(['inf', '-Infinity', 'INF', '1e400'])('bad call: the infinite value %s', async (text) => {
    const error = await refusal(['1', '2', text, '4']);

    expect(error).toMatchObject({ code: 'infinite_value', param: 'x' });
    expect(error.message).toContain(`a.csv, line 4 (row 3): Column "x" holds the infinite value "${text}"`);
    expect(error.message).toContain(`list "${text}" under "missing"`);
  });

  it('follows its own advice: an infinity listed as missing is missing', async () => {
    const { column } = await columnOf(['1', '2', 'inf', '4'], { missing: ['inf'] });

    expect(column).toMatchObject({ type: 'numeric', missing: 1 });
  });

  it.each([
    [
      'numeric',
      ['1', '2', 'abc', '-'],
      /line 4 \(row 3\): Column "x" was said to be numeric but holds "abc"/,
    ],
    ['datetime', ['2001-01-22', '2001-01-23', 'soon', ''], /line 4 \(row 3\): .*"soon" does not fit/],
    ['datetime', ['', 'NA', '', ''], /^a\.csv: Column "x" was said to hold date-times but has no value/],
    ['boolean', ['a', 'b', 'c'], /said to be boolean but has 3 different values/],
  ] as const)('bad call: an imposed type %s that does not fit', async (type, values, message) => {
    const error = await refusal(values, { types: { x: type } });

    expect(error).toMatchObject({ kind: 'invalid_request', code: 'type_mismatch', param: 'x' });
    expect(error.message).toMatch(message);
  });

  it('bad call: a type for a column that does not exist', async () => {
    const error = await refusal(['1', '2'], { types: { y: 'numeric' } });

    expect(error).toMatchObject({ code: 'unknown_column', param: 'y' });
    expect(error.message).toContain('There is no column "y". The columns are "x", "filler".');
  });

  it.each([
    ['constant', ['3', '3', '3'], 'constant_target'],
    ['empty', ['', '', ''], 'target_missing'],
  ])('bad call: a target that is %s', async (_name, values, code) => {
    const error = await refusal(values, { target: 'x' });

    expect(error).toMatchObject({ code, param: 'x' });
  });
});

describe('warnings about single columns', () => {
  it.each([
    ['identifier', many((index) => `K-${index * 7919}`), /nothing can be learnt/],
    ['identifier', many((index) => `${index}`), /nothing can be learnt/],
    ['constant', ['a', 'a', 'a'], /same value/],
    ['constant', ['', '', ''], /empty/],
    [
      'high_cardinality',
      many((index) => `K-${Math.floor(index / 1.5)}`, 120),
      /80 different values in 120 rows/,
    ],
    ['mostly_missing', ['1', '2', '', '', ''], /3 of 5 rows/],
    [
      'mostly_numeric',
      [...many((index) => `${index % 9}.5`), 'ten'],
      /40 of 41 values are numbers, but not "ten", line 42/,
    ],
    ['decimal_comma', ['1,5', '2,25', '1,5'], /decimal point/],
    ['decimal_comma', ['1234,5', '2,250', '1,5'], /decimal comma/],
    ['digit_groups', ['1,234.56', '950', '12.5', '1,234.56'], /such as "1,234.56".*without separators/],
    ['digit_groups', ['1.234,56', '950', '12,5', '-1.234.567'], /digits in groups/],
    ['digit_groups', ["1'234.5", '950', "7'000"], /such as "[17]'/],
    ['digit_groups', ['1\u202f234', '950 000', 'NA', '7'], /digits in groups/],
    ['number_with_unit', ['53 %', '7.5%', '53 %', '12%'], /written with "%".*without it/],
    ['number_with_unit', ['€ 1,200.50', '€ 3', '€ 3', '€ 4'], /written with "€"/],
    ['token_as_value', ['red', 'NA', 'blue', 'NA'], /"NA" in 2 rows/],
  ])('%s', async (code, values, message) => {
    const { codes } = await columnOf(values);

    expect(codes.map((warning) => warning.code)).toEqual([code]);
    expect(codes[0]?.message).toMatch(message);
  });

  it.each([
    ['codes', ['K1', 'K2', 'K1', 'K3']],
    ['several units', ['5 g', '2 kg', '5 g', '7 g']],
    ['words', ['2 red', 'red', '2 red', '3 red']],
  ])('takes %s for no numbers with a unit', async (_what, values) => {
    const { codes } = await columnOf(values);

    expect(codes).toEqual([]);
  });

  it('says nothing about honest columns', async () => {
    const { profile } = await columnOf(many((index) => `${(index * 37) % 11}`));

    const others = profile.warnings.filter(({ code }) => code !== 'duplicate_rows');

    expect(others).toEqual([]);
  });
});
