import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../lib/dataset/duckdb.ts';
import { rowsOf, temporaryDatasets } from './temporary.ts';

const files = temporaryDatasets();

describe('reading delimited text', () => {
  it('keeps every value exactly as it is written and takes empty fields as missing', async () => {
    const content = 'id,amount,note\n001,1.0, spaced \n2,1e5,""\n3,,NA\n4,-0,None\n';

    const handle = await files.read('a.csv', content);

    expect(handle.columns).toEqual(['id', 'amount', 'note']);
    expect(await rowsOf(handle)).toEqual([
      ['001', '1.0', ' spaced '],
      ['2', '1e5', null],
      ['3', null, 'NA'],
      ['4', '-0', 'None'],
    ]);
  });

  it.each([
    ['comma', ','],
    ['tab', '\t'],
    ['semicolon', ';'],
    ['bar', '|'],
  ])('finds out the delimiter: %s', async (_name, delimiter) => {
    const content = ['a,b,c', '1,x y,3', '4,,6'].join('\n').replaceAll(',', delimiter);

    const handle = await files.read('table.txt', content);

    expect(handle.columns).toEqual(['a', 'b', 'c']);
    expect(await rowsOf(handle)).toEqual([
      ['1', 'x y', '3'],
      ['4', null, '6'],
    ]);
  });

  it('takes decimal commas in a semicolon file as part of the value', async () => {
    const handle = await files.read('a.csv', 'a;b\n1,5;2,5\n3,25;4,0\n');

    const rows = await rowsOf(handle);

    expect(rows).toEqual([
      ['1,5', '2,5'],
      ['3,25', '4,0'],
    ]);
  });

  it('reads quoted delimiters, doubled quotes and line breaks inside quotes', async () => {
    const content = '"a\nb","c"\r\n"x,y","he said ""no"""\r\n"two\nlines","p\r\nq"\r\n';

    const handle = await files.read('a.csv', content);

    expect(handle.columns).toEqual(['a\nb', 'c']);
    expect(await rowsOf(handle)).toEqual([
      ['x,y', 'he said "no"'],
      ['two\nlines', 'p\r\nq'],
    ]);
  });

  it('takes one space before an opening quote for no part of the field', async () => {
    const content = 'a, "b", c\n1, "x, y", two words\n 2, "p\nq",  "z"\n';

    const handle = await files.read('a.csv', content);

    expect(handle.columns).toEqual(['a', 'b', 'c']);
    expect(await rowsOf(handle)).toEqual([
      ['1', 'x, y', ' two words'],
      [' 2', 'p\nq', '  "z"'],
    ]);
  });

  it('reads a quoted line break in the first name after a byte order mark', async () => {
    const content = '\ufeff"weight,\nkg",b\r\n1,2\r\n3,4\r\n';

    const handle = await files.read('a.csv', content);

    expect(handle.columns).toEqual(['weight,\nkg', 'b']);
    expect(await rowsOf(handle)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it.each(['ORCID', 'PAR1', 'BZh', 'Rar!'])('is not misled by a first column called %s', async (name) => {
    const handle = await files.read('a.csv', `${name},b\n1,2\n3,4\n`);

    expect(handle).toMatchObject({ format: 'csv', columns: [name, 'b'], rows: 2 });
  });

  it('finds single quotes where no double quotes are used', async () => {
    const handle = await files.read('a.csv', "'a','b'\n'x, y','it''s'\n'z','w'\n");

    const rows = await rowsOf(handle);

    expect(handle.columns).toEqual(['a', 'b']);
    expect(rows).toEqual([
      ['x, y', "it's"],
      ['z', 'w'],
    ]);
  });

  it('leaves apostrophes and quotes in the middle of a field alone', async () => {
    const handle = await files.read('a.csv', "name,size\nO'Neil,5\" pipe\n'tis,6\n");

    const rows = await rowsOf(handle);

    expect(rows).toEqual([
      ["O'Neil", '5" pipe'],
      ["'tis", '6'],
    ]);
  });

  it('removes a byte order mark and trims column names', async () => {
    const handle = await files.read('a.csv', '\uFEFF"first, name ", b \n1,2\n3,4\n');

    const { columns } = handle;

    expect(columns).toEqual(['first, name', 'b']);
    expect(await rowsOf(handle)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  it.each([
    ['carriage return and line feed', 'a,b\r\n1,2\r\n3,"x\ny"\r\n'],
    ['carriage returns', 'a,b\r1,2\r3,"x\ny"\r'],
    ['several kinds in one file', 'a,b\n1,2\r\n3,"x\ny"\r\n'],
    ['three kinds and blank lines', '\r\na,b\r1,2\n\n\r\n3,"x\ny"'],
    ['no line feed at the end, blank lines before the header', '\n\na,b\n1,2\n\n3,"x\ny"'],
  ])('reads lines that end with %s', async (_name, content) => {
    const handle = await files.read('a.csv', content);

    const rows = await rowsOf(handle);

    expect(handle.columns).toEqual(['a', 'b']);
    expect(rows).toEqual([
      ['1', '2'],
      ['3', 'x\ny'],
    ]);
  });

  it('reads a file whose name holds pattern characters', async () => {
    const handle = await files.read('data [v1] *?.csv', 'a,b\n1,2\n3,4\n');

    const { rows } = handle;

    expect(rows).toBe(2);
  });

  it('reads a line of 3 MB and 2,000 columns', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `c${index}`).join(',');
    const long = `${'x'.repeat(3 << 20)}${',1'.repeat(1999)}`;

    const handle = await files.read('wide.csv', `${names}\n${long}\n${'2,'.repeat(1999)}2\n`);

    expect(handle.columns).toHaveLength(2000);
    expect(await handle.database.rows('SELECT length(c0), c1999 FROM data')).toEqual([
      [3 << 20, '1'],
      [1, '2'],
    ]);
  });

  it('tells the line of a row where fields hold line breaks', async () => {
    const handle = await files.read('a.csv', '\na,b\n"x\ny",1\n\nz,2\n');

    const lines = await Promise.all([handle.lineOfRow(0), handle.lineOfRow(1)]);

    expect(lines).toEqual([3, 6]);
  });
});

describe('reading JSON', () => {
  const expected = [
    ['1', 'x', null],
    ['1.5', null, '{"k":[1,2]}'],
    ['true', '007', null],
  ];

  it('reads one object a line with the union of all keys, numbers and nested values as their text', async () => {
    const content = '{"a":1,"b":"x"}\n{"a":1.5,"b":null,"c/d~e":{"k":[1,2]}}\n\n{"b":"007","a":true}\n';

    const handle = await files.read('a.jsonl', content);

    expect(handle.columns).toEqual(['a', 'b', 'c/d~e']);
    expect(await rowsOf(handle)).toEqual(expected);
  });

  it('reads an array of objects, also over several lines and after a byte order mark', async () => {
    const content = '\uFEFF [\n {"a":1,\n "b":"x"},{"a":1.5,"c":{"k":[1,2]}},\n{"b":"007","a":true}]\n';

    const handle = await files.read('a.json', content);

    expect(handle.columns).toEqual(['a', 'b', 'c']);
    expect(await rowsOf(handle)).toEqual(expected);
  });

  it('keeps whole numbers beyond 2^53 and takes empty texts as missing', async () => {
    const handle = await files.read('a.jsonl', '{"a":9007199254740993,"b":""}\n{"a":2,"b":"y"}\n');

    const rows = await rowsOf(handle);

    expect(rows).toEqual([
      ['9007199254740993', null],
      ['2', 'y'],
    ]);
  });
});

describe('reading Parquet', () => {
  it('writes typed values as canonical text', async () => {
    const path = files.write('typed.parquet', '');
    const database = await openDatabase(files.directory);
    await database.rows(`COPY (SELECT * FROM (VALUES
      (1::BIGINT, true, 1.5::DOUBLE, 0.1::FLOAT, DATE '2020-02-29', TIMESTAMP '2020-02-29 13:05:00', '', [1, 2]),
      (NULL, false, 'NaN'::DOUBLE, 2::FLOAT, NULL, TIMESTAMP '2020-03-01 00:00:00.25', 'x', NULL)
      ) t(i, b, d, f, day, moment, s, l)) TO '${path}' (FORMAT parquet)`);
    database.close();

    const handle = await files.readFile(path);

    expect(handle.columns).toEqual(['i', 'b', 'd', 'f', 'day', 'moment', 's', 'l']);
    expect(await rowsOf(handle)).toEqual([
      ['1', 'true', '1.5', '0.1', '2020-02-29', '2020-02-29T13:05:00', null, '[1,2]'],
      [null, 'false', null, '2.0', null, '2020-03-01T00:00:00.25', 'x', null],
    ]);
  });
});

describe('telling the format by the content', () => {
  it.each([
    ['gzipped CSV without a telling name', 'data', gzipSync('a,b\n1,2\n3,4\n'), 'csv'],
    ['gzipped JSON Lines named .csv', 'data.csv', gzipSync('{"a":1,"b":2}\n{"a":3,"b":4}\n'), 'json'],
    ['JSON array named .csv', 'data.csv', '[{"a":1,"b":2},{"a":3,"b":4}]', 'json'],
    ['CSV named .parquet', 'data.parquet', 'a,b\n1,2\n3,4\n', 'csv'],
    ['CSV named .gz that is not packed', 'data.csv.gz', 'a,b\n1,2\n3,4\n', 'csv'],
  ])('%s', async (_name, fileName, content, format) => {
    const handle = await files.read(fileName, content);

    const rows = await rowsOf(handle);

    expect(handle.format).toBe(format);
    expect(rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });
});

describe('what the database may reach', () => {
  it('cannot read files any more once the data set is loaded', async () => {
    const handle = await files.read('a.csv', 'a,b\n1,2\n3,4\n');
    const other = files.write('other.csv', 'secret,x\n1,2\n');

    const attempts = [`SELECT * FROM read_csv('${other}')`, 'SET enable_external_access = true'];

    for (const sql of attempts) await expect(handle.database.rows(sql)).rejects.toThrow(/disabled|locked/);
  });
});
