import { expect, test } from 'vitest';
import type { ModelSchema } from '../../lib/contracts/records.ts';
import type { ModelSession } from '../../lib/onnx/index.ts';
import { predictTable } from '../../lib/train/predict-table.ts';
import { refusalOf } from '../serve/refusal.ts';

test('bad call: a model that answers with no number is refused with the row and what to try', async () => {
  const table = {
    rows: 3,
    columns: [{ name: 'x', type: 'numeric', values: Float64Array.of(1, 2, 3) }],
  } as const;
  const schema: ModelSchema = {
    features: [{ name: 'x', type: 'numeric', input: 'numeric', index: 0, missing: 0 }],
    ignored: [],
  };
  const data = Float32Array.of(1, Number.NaN);
  const session = { run: async () => ({ value: { type: 'float32', dims: [2], data } }) };

  const rows = Uint32Array.of(0, 2);
  const { code, message } = await refusalOf(
    predictTable(session as unknown as ModelSession, schema, table, rows),
  );

  expect(code).toBe('answer_not_finite');
  expect(message).toMatch(/answers NaN for row 3: .*preprocess\.scaling/);
});
