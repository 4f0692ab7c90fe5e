import { describe, expect, it } from 'vitest';
import { createGraphBuilder, encodeModel } from '../../lib/onnx/index.ts';
import type { Preprocessor } from '../../lib/preprocess/index.ts';
import { encode, fitted, numbers, tableOf, texts } from '../preprocess/tables.ts';
import { runPython } from './python.ts';

const table = tableOf(
  numbers('age', [30.5, null, 41, 1e6, -7]),
  texts('visit', ['2024-02-29T23:00:00', null, '1899-12-31', 'soon', '9999-12-31'], 'datetime'),
  texts('city', ['Köln', '東京', null, 'Köln', '"😀"\n']),
  texts('smoker', ['yes', 'no', 'no', null, 'yes'], 'boolean'),
);
/** Stands for NaN, which JSON cannot say. */
const missing = -12345;

/** A file of the encoding alone. */
function fileOf(preprocessor: Preprocessor): Uint8Array {
  const builder = createGraphBuilder('preprocess');
  const numeric = builder.input('numeric', 'float32', ['N', 1]);
  const text = builder.input('text', 'string', ['N', 3]);
  const features = preprocessor.emit(builder, { numeric, text });
  const isMissing = builder.op('IsNaN', [features]);
  const plain = builder.op('Where', [isMissing, builder.floats([missing], []), features]);
  builder.output('features', plain, 'float32', ['N', preprocessor.sourceOf.length]);
  return encodeModel(builder.model());
}

describe('preprocessing in other runtimes', () => {
  it.each(['linear', 'tree'] as const)(
    'passes the ONNX checker and gives the same numbers in Python (%s)',
    async (style) => {
      const preprocessor = fitted(table, { rare_count: 1 }, { style });
      const [age, ...others] = table.columns;
      const rows = [...Array(table.rows).keys()];
      const feeds = {
        numeric: rows.map((row) => [age!.values[row]]),
        text: rows.map((row) => others.map(({ values }) => values[row] ?? '')),
      };

      const output = await runPython('onnx-report.py', [JSON.stringify(feeds)], {
        input: fileOf(preprocessor),
      });

      const { answers } = JSON.parse(output) as { readonly answers: { readonly features: number[][] } };
      const encoded = await encode(preprocessor, table);
      const expected = encoded.map((row) => row.map((value) => (Number.isNaN(value) ? missing : value)));
      expect(answers.features).toEqual(expected);
    },
  );
});
