import { describe, expect, it } from 'vitest';
import { type Column, type Split, splitTable, type Table } from '../../lib/dataset/index.ts';

const classOf = (row: number): string => (row % 3 === 0 ? 'yes' : 'no');

/** `rows` rows from `first` on; a row's content follows from its number alone. */
function tableOf(rows: number, { first = 0, label = classOf } = {}): Table {
  const numbers = Array.from({ length: rows }, (_, row) => first + row);
  return {
    rows,
    columns: [
      { name: 'x', type: 'numeric', values: Float64Array.from(numbers, (row) => row * 1.5) },
      { name: 'y', type: 'category', values: numbers.map(label) },
      { name: 'site', type: 'category', values: numbers.map((row) => `s${row % 40}`) },
      {
        name: 'day',
        type: 'datetime',
        values: numbers.map((row) => new Date(row * 864e5).toISOString().slice(0, 19)),
      },
    ],
  };
}

function append({ rows, columns }: Table, more: Table): Table {
  return {
    rows: rows + more.rows,
    columns: columns.map((column, index) => {
      const other = more.columns[index] as Column;
      return column.type === 'numeric'
        ? { ...column, values: Float64Array.from([...column.values, ...(other.values as Float64Array)]) }
        : { ...column, values: [...column.values, ...(other.values as string[])] };
    }),
  };
}

function foldOf({ folds }: Split): number[] {
  const numbers: number[] = [];
  for (const [fold, { test }] of folds.entries()) for (const row of test) numbers[row] = fold;
  return numbers;
}

describe('the stable split', () => {
  it.each(['random', 'stratified', 'grouped'] as const)(
    '%s: tests every row once and holds fold 0 out',
    (kind) => {
      const split = splitTable(tableOf(1000), { kind, target: 'y', group: 'site', seed: 3 });

      const numbers = foldOf(split);

      expect(numbers).toHaveLength(1000);
      expect(numbers.includes(undefined as never)).toBe(false);
      expect(split.heldOut).toBe(split.folds[0]);
      for (const { train, test } of split.folds) expect(train.length + test.length).toBe(1000);
    },
  );

  it('keeps every row in its fold when rows are added, before or behind, and columns change places', () => {
    const table = tableOf(500);
    const plan = { kind: 'stratified', target: 'y', seed: 3 } as const;
    const longer = append(tableOf(300, { first: 500 }), table);

    const before = foldOf(splitTable(table, plan));
    const after = foldOf(splitTable({ ...longer, columns: longer.columns.toReversed() }, plan));

    expect(after.slice(300)).toEqual(before);
  });

  it('puts equal rows into the same fold', () => {
    const table = append(tableOf(300), tableOf(300));

    const numbers = foldOf(splitTable(table, { kind: 'stratified', target: 'y', seed: 1 }));

    expect(numbers.slice(300)).toEqual(numbers.slice(0, 300));
  });

  it('makes parts of about a fifth, different for another seed', () => {
    const table = tableOf(10_000);

    const splits = [1, 2].map((seed) => splitTable(table, { kind: 'random', seed }));

    for (const { folds } of splits) {
      for (const { test } of folds) expect(Math.abs(test.length - 2000)).toBeLessThan(160);
    }
    expect(foldOf(splits[0] as Split)).not.toEqual(foldOf(splits[1] as Split));
  });

  it('tells rows apart in which a value moved to another column', () => {
    const columns = (left: (string | null)[], right: (string | null)[]): Table => ({
      rows: left.length,
      columns: [
        { name: 'a', type: 'category', values: left },
        { name: 'b', type: 'category', values: right },
      ],
    });
    const texts = Array.from({ length: 400 }, (_, row) => `v${row}`);
    const none = texts.map(() => null);

    const left = foldOf(splitTable(columns(texts, none), { kind: 'random', seed: 1 }));
    const right = foldOf(splitTable(columns(none, texts), { kind: 'random', seed: 1 }));

    const same = left.filter((fold, row) => fold === right[row]).length;
    expect(same).toBeGreaterThan(40);
    expect(same).toBeLessThan(130);
  });

  it('brings a rare class into every fold if it has five different rows', () => {
    const label = (row: number): string => (row < 5 ? 'rare' : 'common');

    for (let seed = 0; seed < 20; seed += 1) {
      const numbers = foldOf(splitTable(tableOf(200, { label }), { kind: 'stratified', target: 'y', seed }));
      expect(new Set(numbers.slice(0, 5)).size).toBe(5);
    }
  });

  it('keeps the rows of a group together, in later versions too', () => {
    const plan = { kind: 'grouped', group: 'site', seed: 5 } as const;

    const before = foldOf(splitTable(tableOf(400), plan));
    const after = foldOf(splitTable(tableOf(800), plan));

    expect(before.every((fold, row) => fold === before[row % 40])).toBe(true);
    expect(after.slice(0, 400)).toEqual(before);
  });

  it('holds the newest fifth out when rows are in order of time', () => {
    const split = splitTable(tableOf(600), { kind: 'time', time: 'day' });

    const { train, test } = split.heldOut;

    expect(split.folds).toHaveLength(5);
    expect([train.length, test.length, test[0]]).toEqual([480, 120, 480]);
  });

  it('bad call: too few groups or rows to fill five folds, or an unknown column', () => {
    const table = tableOf(3);

    expect(() => splitTable(table, { kind: 'random', seed: 1 })).toThrow(
      'too small to be split into 5 parts',
    );
    expect(() => splitTable(table, { kind: 'grouped', group: 'site', seed: 1 })).toThrow('by "site"');
    expect(() => splitTable(table, { kind: 'stratified', target: 'z', seed: 1 })).toThrow('no column "z"');
  });
});
