import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDatabase } from '../../lib/dataset/duckdb.ts';
import { csv, temporaryDatasets } from './temporary.ts';

const files = temporaryDatasets();
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const good = 'a,b\n1,2\n3,4\n';

describe('files that are no tables', () => {
  it.each([
    ['an empty file', 'a.csv', '', 'empty_file', /a\.csv: The file is empty/],
    ['a blank file', 'a.csv', ' \n\n', 'empty_file', /The file is empty/],
    ['a byte order mark alone', 'a.csv', '\uFEFF', 'empty_file', /The file is empty/],
    ['an empty file, gzipped', 'a.csv.gz', gzipSync(''), 'empty_file', /The file is empty/],
    ['a PNG image', 'a.csv', bytes(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10), 'not_a_table', /a PNG image/],
    ['a PDF document', 'a.csv', '%PDF-1.7\n%\xe2\xe3', 'not_a_table', /a PDF document/],
    ['a ZIP archive that is cut off', 'a.csv', 'PK\x03\x04rest of it', 'invalid_archive', /it is cut off/],
    [
      'an Excel workbook',
      'a.csv',
      'PK\x03\x04..[Content_Types].xml',
      'not_a_table',
      /Excel workbook.*CSV UTF-8/,
    ],
    [
      'an old Excel workbook',
      'a.csv',
      bytes(0xd0, 0xcf, 0x11, 0xe0, 0xa1),
      'not_a_table',
      /old Excel workbook/,
    ],
    ['gzip in gzip', 'a.csv', gzipSync(gzipSync(good)), 'not_a_table', /gzip file inside a gzip file/],
    ['a packed image', 'a.csv.gz', gzipSync('GIF89a'), 'not_a_table', /GIF image/],
    ['a web page', 'a.csv', '<!DOCTYPE html><p>Log in</p>', 'not_a_table', /web page/],
    ['UTF-16', 'a.csv', Buffer.from(`\uFEFF${good}`, 'utf16le'), 'not_a_table', /UTF-16.*encoding UTF-8/],
    ['CSV named .json', 'a.json', good, 'not_json', /array of objects/],
  ])('bad call: %s', async (_name, fileName, content, code, message) => {
    const error = await files.refusal(fileName, content);

    expect(error).toMatchObject({ kind: 'invalid_request', code, param: fileName });
    expect(error.message).toMatch(message);
  });
});

describe('broken text', () => {
  it.each([
    [
      'Latin-1',
      Buffer.from('a,b\n1,2\n3,caf\xe9 x\n', 'latin1'),
      'not_utf8',
      /line 3, column 6: Byte 0xe9 at offset 13 .*UTF-8/,
    ],
    [
      'a character cut off at the end',
      Buffer.from('a,b\n1,2\n3,é').subarray(0, -1),
      'not_utf8',
      /line 3, column 3: Byte 0xc3 at offset 10/,
    ],
    ['a NUL byte', 'a,b\n1,2\n3,\0\n', 'nul_byte', /line 3: There is a NUL byte/],
    ['UTF-16 without its mark', Buffer.from(good, 'utf16le'), 'nul_byte', /line 1: .*UTF-16/],
    ['a header alone', 'a,b,c\n', 'header_only', /3 columns but no row/],
    ['one row', 'a,b\n1,2\n', 'too_few_rows', /only one row/],
    ['one column', 'a\n1\n2\n', 'single_column', /only one column, "a"/],
    [
      'a row too short',
      'a,b,c\n1,2,3\n4,5\n6,7,8\n',
      'ragged_row',
      /line 3: Expected 3 fields as in the header, found 2: "4,5"/,
    ],
    [
      'a row too long',
      'a,b\n1,2\n"x\ny",5,6\n',
      'ragged_row',
      /line 3: Expected 2 .* found 3: ""x y",5,6".*quoted/,
    ],
    ['the last row cut off', 'a,b,c\n1,2,3\n4,5', 'ragged_row', /line 3: .*cut off/],
    [
      'equal names',
      'x,y, x\n1,2,3\n4,5,6\n',
      'duplicate_column_name',
      /line 1: Columns 1 \("x"\) and 3 \("x"\)/,
    ],
    [
      'names equal but for case',
      'Age,y,AGE\n1,2,3\n4,5,6\n',
      'duplicate_column_name',
      /upper and lower case/,
    ],
    ['a column without a name', 'a,,c\n1,2,3\n4,5,6\n', 'empty_column_name', /Column 2 has no name/],
    [
      'row numbers without a name',
      ',b,c\n0,2,3\n1,5,6\n',
      'empty_column_name',
      /Column 1 has no name.*index=False/,
    ],
    [
      'data where the names should be',
      '5.1,3.5,setosa\n4.9,3,setosa\n4.7,3.2,setosa\n',
      'no_header',
      /line 1: .*number 5\.1/,
    ],
    [
      'a quote never closed',
      'a,b\n1,2\n3,"x\n4,5\n',
      'unterminated_quote',
      /line 3: The file ends inside a quoted field/,
    ],
    [
      'text after a quote',
      'a,b\n1,"x"y\n3,4\n',
      'malformed_quote',
      /line 2, column 6: Text follows a closing quote/,
    ],
    ['a quote escaped by a backslash', 'a,b\n1,"x \\"y\\""\n3,4\n', 'malformed_quote', /line 2.*doubled/],
  ])('bad call: %s', async (_name, content, code, message) => {
    const error = await files.refusal('my data.csv', content);

    expect(error).toMatchObject({ kind: 'invalid_request', code });
    expect(error.message).toMatch(/^my data\.csv[,:]/);
    expect(error.message).toMatch(message);
  });

  it('bad call: bytes that are not UTF-8 far into a file, in the middle of a piece', async () => {
    const before = csv('a,b', 300_000, (index) => `${index},ü`);

    const error = await files.refusal(
      'a.csv',
      Buffer.concat([Buffer.from(before), bytes(0x31, 0x2c, 0xff, 10)]),
    );

    expect(error).toMatchObject({ code: 'not_utf8' });
    expect(error.message).toContain(
      `line 300002, column 3: Byte 0xff at offset ${Buffer.byteLength(before) + 2}`,
    );
  });

  it('cuts a long row in the message short', async () => {
    const error = await files.refusal('a.csv', `a,b\n1,2\n${'x'.repeat(5000)}\n`);

    const { message } = error;

    expect(message).toContain(`"${'x'.repeat(60)}..."`);
    expect(message.length).toBeLessThan(300);
  });

  it('never shows a path of the server', async () => {
    const contents = ['a,b\n1\n2,3\n', 'a,b\n1,"2\n', '{"a":1,"b":2}\n{"a":}\n', 'PAR1xxxxxxxxxxxxPAR1'];

    const errors = await Promise.all(contents.map((content, index) => files.refusal(`f${index}`, content)));

    expect(errors.map(({ kind }) => kind)).toEqual(Array(4).fill('invalid_request'));
    for (const { message } of errors) expect(message).not.toContain(files.directory);
  });
});

describe('files cut off half way', () => {
  it('bad call: gzip without its end', async () => {
    const packed = gzipSync(csv('a,b', 1000, (index) => `${index},${index * 7919}`));

    const error = await files.refusal('a.csv.gz', packed.subarray(0, packed.length / 2));

    expect(error).toMatchObject({ code: 'truncated_file' });
    expect(error.message).toMatch(/a\.csv\.gz: The gzip file is cut off/);
  });

  it('bad call: gzip with damage in the middle', async () => {
    const damaged = Buffer.concat([
      bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
      bytes(0xff, 0xff, 0xff),
      deflateRawSync('x'),
    ]);

    const error = await files.refusal('a.csv.gz', damaged);

    expect(error).toMatchObject({ code: 'corrupt_gzip' });
  });

  it('bad call: Parquet without its footer', async () => {
    const path = files.write('whole.parquet', '');
    const database = await openDatabase(files.directory);
    await database.rows(
      `COPY (SELECT range AS a, range AS b FROM range(1000)) TO '${path}' (FORMAT parquet)`,
    );
    database.close();

    const error = await files.refusal('a.parquet', readFileSync(path).subarray(0, -100));

    expect(error).toMatchObject({ code: 'truncated_file' });
    expect(error.message).toMatch(/footer is missing/);
  });

  it.each([
    ['JSON Lines', '{"a":1,"b":2}\n{"a":3,"b":4}\n{"a":5,"b', /line 3: The file ends inside the value/],
    ['a JSON array', '[{"a":1,"b":2},\n{"a":3,"b":4},\n{"a":5,"b', /line 3: The file ends inside the value/],
  ])('bad call: %s', async (_name, content, message) => {
    const error = await files.refusal('a.json', content);

    expect(error).toMatchObject({ code: 'truncated_file' });
    expect(error.message).toMatch(message);
  });
});

describe('broken JSON', () => {
  it.each([
    [
      'a syntax error on a line',
      '{"a":1,"b":2}\n\n{"a":3,"b":nul}\n',
      'malformed_json',
      /line 3: Not valid JSON: .*token/,
    ],
    [
      'a syntax error in an array',
      '[{"a":1,"b":2},\n{"a":3 "b":4}]',
      'malformed_json',
      /line 2: Not valid JSON/,
    ],
    [
      'half a character, after one that only looks so',
      '{"a":1,"b":"\\\\ud800"}\n{"a":3,"b":"x\\ud83d"}\n',
      'malformed_json',
      /line 2: Not valid JSON: \\ud83d is half a character/,
    ],
    ['a number among objects', '[{"a":1,"b":2},\n3]', 'not_an_object', /line 2: .*found "3"/],
    ['lists instead of objects', '[[1,2],\n[3,4]]', 'not_an_object', /line 1: .*found "\[1,2\]"/],
    ['one key only', '{"a":1}\n{"a":2}\n', 'single_column', /only one column/],
    ['one object only', '{"a":[1,2],"b":[3,4]}', 'too_few_rows', /only one row/],
    ['an empty array', '[]', 'empty_file', /no rows|is empty/],
  ])('bad call: %s', async (_name, content, code, message) => {
    const error = await files.refusal('a.json', content);

    expect(error).toMatchObject({ kind: 'invalid_request', code });
    expect(error.message).toMatch(message);
  });
});

describe('more than is allowed', () => {
  it('bad call: a line of 50 MB is refused at the limit with its number', async () => {
    const path = files.write('long.csv', 'a,b\n1,2\n3,');
    const file = openSync(path, 'a');
    const megabyte = Buffer.alloc(1 << 20, 'x');
    for (let written = 0; written < 50; written += 1) writeSync(file, megabyte);
    closeSync(file);

    const error = await files.readFile(path).catch((cause: unknown) => cause as Error & { code: string });

    expect(error).toMatchObject({ code: 'line_too_long' });
    expect((error as Error).message).toMatch(/^long\.csv, line 3: The line is longer than 16\.0 MB/);
  });

  it.each([
    ['columns', { maxColumns: 2 }, 'too_many_columns', /3 columns; the limit is 2/],
    ['rows', { maxRows: 3 }, 'too_many_rows', /more than 3 rows/],
    ['bytes', { maxBytes: 20 }, 'file_too_large', /file/i],
    [
      'bytes in a record over several lines',
      { maxLineBytes: 20 },
      'line_too_long',
      /line 4: The row takes more/,
    ],
  ])('bad call: too many %s', async (_name, limits, code, message) => {
    const content = 'a,b,c\n1,2,3\n4,5,6\n"quoted\nfield\nthat\ngoes on",2,3\n1,1,1\n';

    const error = await files.refusal('a.csv', content, { limits });

    expect(error).toMatchObject({ kind: 'invalid_request', code });
    expect(error.message).toMatch(message);
  });

  it('bad call: 10,001 columns', async () => {
    const row = Array.from({ length: 10_001 }, (_, index) => `c${index}`).join(',');

    const error = await files.refusal('a.csv', `${row}\n${row}\n${row}\n`);

    expect(error).toMatchObject({ code: 'too_many_columns' });
  });

  it('bad call: a small gzip file that unpacks to more than allowed leaves no large file', async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20, 'a'));

    const error = await files.refusal('bomb.csv', bomb, { limits: { maxBytes: 1 << 20 } });

    expect(error).toMatchObject({ code: 'file_too_large' });
    const written = readdirSync(files.directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    expect(Math.max(...written)).toBeLessThanOrEqual(2 << 20);
  });

  it('bad call: more data than the memory holds', async () => {
    const content = csv('a,b', 200_000, (index) => `${index * 7919}-${index ** 2}-some text,${index}`);

    const error = await files.refusal('big.csv', content, { memoryLimitBytes: 4 << 20 });

    expect(error).toMatchObject({ code: 'data_exceeds_memory' });
  });
});
