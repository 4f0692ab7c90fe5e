import { describe, expect, it } from 'vitest';
import type { Table } from '../../lib/dataset/index.ts';
import { createGraphBuilder, createSession, encodeModel } from '../../lib/onnx/index.ts';
import { createPreprocessor, fitPreprocessor, packColumns } from '../../lib/preprocess/index.ts';
import { encode, featuresOf, fitted, numbers, rowsOf, tableOf, texts } from './tables.ts';

const table = tableOf(
  texts('visit', ['2024-01-01', '2024-01-02', null, '2024-01-09', '2024-02-01', '2024-03-01'], 'datetime'),
  numbers('age', [30, 40, null, 60, 70, 80]),
  texts('sex', ['F', 'M', 'F', null, 'M', 'F']),
  numbers('weight', [60, 61, 62, 63, 64, 65]),
  texts('smoker', ['yes', 'no', 'no', 'no', 'yes', 'no'], 'boolean'),
);

/** The same table with other values in the rows from `start` on. */
function plant(start: number): Table {
  const columns = table.columns.map((column) => {
    if (column.type !== 'numeric') {
      const planted = column.type === 'datetime' ? '1815-06-18T12:00:00' : 'planted';
      return { ...column, values: column.values.map((value, row) => (row < start ? value : planted)) };
    }
    return { ...column, values: column.values.map((value, row) => (row < start ? value : 1e9)) };
  });
  return { rows: table.rows, columns };
}

describe('fitPreprocessor', () => {
  it.each(['linear', 'tree'] as const)('looks at training rows alone (%s)', (style) => {
    const planted = plant(4);

    const state = fitted(table, {}, { style, train: 4 }).state;
    const other = fitted(planted, {}, { style, train: 4 }).state;

    expect(other).toEqual(state);
    expect(fitted(planted, {}, { style }).state).not.toEqual(fitted(table, {}, { style }).state);
  });

  it('describes each raw column by what the training rows held', () => {
    const preprocessor = fitted(table, {}, { train: 4 });

    expect(preprocessor.features).toEqual([
      {
        name: 'visit',
        type: 'datetime',
        input: 'text',
        index: 0,
        missing: 0.25,
        range: ['2024-01-01', '2024-01-09'],
      },
      {
        name: 'age',
        type: 'numeric',
        input: 'numeric',
        index: 0,
        missing: 0.25,
        range: [30, 60],
        typical: [30.2, 59.6],
      },
      { name: 'sex', type: 'category', input: 'text', index: 1, missing: 0.25, categories: ['F', 'M'] },
      {
        name: 'weight',
        type: 'numeric',
        input: 'numeric',
        index: 1,
        missing: 0,
        range: [60, 63],
        typical: [60.03, 62.97],
      },
      { name: 'smoker', type: 'boolean', input: 'text', index: 2, missing: 0, categories: ['no', 'yes'] },
    ]);
  });

  it.each(['linear', 'tree'] as const)('traces every encoded column to its raw one (%s)', async (style) => {
    const preprocessor = fitted(table, {}, { style });

    const { columns } = await preprocessor.transform(table, rowsOf(table));
    await preprocessor.release();

    const names = preprocessor.sourceOf.map((feature) => table.columns[feature]!.name);
    expect(names).toHaveLength(columns);
    expect(preprocessor.outputNames.map((name) => name.split(/[:=]/)[0])).toEqual(names);
  });

  it('bad call: refuses to fit on nothing', () => {
    const options = { spec: {}, style: 'tree' } as const;

    expect(() => fitPreprocessor(table, [], rowsOf(table), options)).toThrow(
      expect.objectContaining({ code: 'no_features' }),
    );
    expect(() => fitPreprocessor(table, featuresOf(table), new Uint32Array(), options)).toThrow(
      expect.objectContaining({ code: 'no_rows' }),
    );
  });
});

describe('a fitted preprocessor', () => {
  it.each(['linear', 'tree'] as const)('encodes no row, one row and many rows alike (%s)', async (style) => {
    const preprocessor = fitted(table, {}, { style });

    const none = await preprocessor.transform(table, new Uint32Array());
    const all = await encode(preprocessor, table);
    const one = await encode(preprocessor, table, Uint32Array.of(3));

    expect(none).toEqual({ rows: 0, columns: preprocessor.sourceOf.length, data: new Float32Array() });
    expect(one).toEqual([all[3]]);
  });

  it('is plain data: a stored state encodes the same', async () => {
    const preprocessor = fitted(table);

    const restored = createPreprocessor(JSON.parse(JSON.stringify(preprocessor.state)));

    expect(await encode(restored, table)).toEqual(await encode(preprocessor, table));
  });

  it('encodes more rows than fit in one call of the runtime', async () => {
    const length = 70_000;
    const values = Array.from({ length }, (_, row) => `c${row % 97}`);
    const long = tableOf(numbers('n', [...Array(length).keys()]), texts('t', values));
    const preprocessor = fitted(long, { scaling: 'none' });

    const { data, columns } = await preprocessor.transform(long, rowsOf(long));
    await preprocessor.release();

    const wrong = values.filter((text, row) => {
      const place = preprocessor.outputNames.indexOf(`t=${text}`);
      return data[row * columns] !== row || data[row * columns + place] !== 1;
    });
    expect(length * columns).toBeGreaterThan(4_194_304);
    expect(wrong).toEqual([]);
  });

  it('writes the same encoding into any graph', async () => {
    const preprocessor = fitted(table);
    const builder = createGraphBuilder('whole');
    const inputs = {
      numeric: builder.input('numeric', 'float32', ['N', 2]),
      text: builder.input('text', 'string', ['N', 3]),
    };
    const features = preprocessor.emit(builder, inputs);
    builder.output('twice', builder.op('Add', [features, features]), 'float32', ['N', 'p']);
    const session = await createSession(encodeModel(builder.model()));

    const { twice } = await session.run(packColumns(table, featuresOf(table)));
    await session.release();

    const encoded = await encode(preprocessor, table);
    expect([...(twice!.data as Float32Array)]).toEqual(encoded.flat().map((value) => value * 2));
  });

  it('can be used again after its session was released', async () => {
    const preprocessor = fitted(table);
    const before = await encode(preprocessor, table);
    await preprocessor.release();

    const after = await encode(preprocessor, table);

    expect(after).toEqual(before);
  });

  it('bad call: names the column that a table lacks', async () => {
    const preprocessor = fitted(table);
    const other = tableOf(...table.columns.slice(1));

    const transform = preprocessor.transform(other, rowsOf(other));

    await expect(transform).rejects.toThrow(
      expect.objectContaining({ code: 'unknown_column', param: 'visit' }),
    );
    await preprocessor.release();
  });
});
