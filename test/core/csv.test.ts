import { describe, expect, it } from 'vitest';
import { createCsvSplitter, csvCellValue, csvHeader, isCsvRow } from '../../lib/core/index.ts';

const split = (pieces: readonly string[], delimiter = ',') => {
  const splitter = createCsvSplitter(delimiter, 'rows.csv');
  return [...pieces.flatMap((piece) => splitter.feed(piece)), ...splitter.end()];
};
const cellsOf = (text: string) => split([text]).map(({ cells }) => cells);

describe('splitting CSV', () => {
  it.each([
    [
      'values',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a last line without an end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['empty values at both ends', ',x,\n', [['', 'x', '']]],
    ['line ends of every kind', 'a\r\nb\rc\n', [['a'], ['b'], ['c']]],
    ['a blank line', 'a\n\nb\n', [['a'], [''], ['b']]],
    ['quoted delimiters, quotes and line ends', '"a,""b""","c\r\nd"\n', [['a,"b"', 'c\r\nd']]],
    ['a quoted empty value at the end', 'a,""', [['a', '']]],
    ['a lone quoted empty value', '""', [['']]],
    ['a quote inside a plain value', '5" pipe,b\n', [['5" pipe', 'b']]],
    ['a space before quotes, which is not kept', 'a, "b, c",\r "d"\n', [['a', 'b, c', ''], ['d']]],
    ['two spaces before quotes as they are', 'a,  "b"\n', [['a', '  "b"']]],
    ['spaces of plain values, which are', ' a , b c,  \n', [[' a ', ' b c', '  ']]],
    ['nothing', '', []],
  ])('reads %s', (_what, text, cells) => {
    expect(cellsOf(text)).toEqual(cells);
  });

  it('gives the same records wherever the text is cut', () => {
    const text = 'id, "na""me"\r\n1,"x\r\ny"\r\n"2", é😀\r\n';
    const whole = split([text]);

    for (let cut = 1; cut < text.length; cut += 1) {
      expect(split([text.slice(0, cut), text.slice(cut)])).toEqual(whole);
    }
    expect(split([...text].map((sign) => sign))).toEqual(whole);
  });

  it('tells the line in which a record starts, also after values of many lines', () => {
    expect(split(['a\n"1\n2\r\n3"\n\nb\n']).map(({ line }) => line)).toEqual([1, 2, 5, 6]);
  });

  it('takes another delimiter', () => {
    expect(split(['a;"b;c"\n'], ';')[0]?.cells).toEqual(['a', 'b;c']);
  });

  it.each([
    ['an open quote', 'a\n"b\nc', 'rows.csv, line 2: a quoted value does not end; close it with ".'],
    ['text after a closing quote', 'a\n"b"c\n', /^rows\.csv, line 2: there is something between a closing "/],
  ])('bad call: %s', (_what, text, message) => {
    expect(() => split([text])).toThrow(message);
  });
});

describe('rows of CSV', () => {
  it('are told from blank lines, and must be as wide as the header', () => {
    expect(isCsvRow({ line: 2, cells: ['1', '2'] }, 2, 'x')).toBe(true);
    expect(isCsvRow({ line: 2, cells: [''] }, 2, 'x')).toBe(false);
    // In a file of one column an empty line is a missing value.
    expect(isCsvRow({ line: 2, cells: [''] }, 1, 'x')).toBe(true);
    expect(() => isCsvRow({ line: 7, cells: ['1'] }, 2, 'x.csv')).toThrow(
      'x.csv, line 7: 1 values where the header names 2 columns.',
    );
  });

  it('have a header without a byte order mark and blanks', () => {
    expect(csvHeader({ line: 1, cells: ['\uFEFFid', ' age '] })).toEqual(['id', 'age']);
  });
});

describe('the value of a cell', () => {
  it.each([
    ['numeric', '61', 61],
    ['numeric', ' -1.5e3 ', -1500],
    ['numeric', '.5', 0.5],
    ['numeric', 'NA', null],
    ['numeric', '', null],
    ['numeric', '1,5', undefined],
    ['numeric', 'Infinity', undefined],
    ['numeric', '0x10', undefined],
    ['category', 'NA', 'NA'],
    ['category', ' x', ' x'],
    ['boolean', '', null],
    ['datetime', ' 2026-01-31 ', '2026-01-31'],
    ['datetime', 'null', null],
  ] as const)('of a %s column: %j', (type, cell, value) => {
    expect(csvCellValue(cell, type)).toBe(value);
  });
});
