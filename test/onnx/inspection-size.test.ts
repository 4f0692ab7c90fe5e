import { expect, it } from 'vitest';
import { createGraphBuilder, encodeModel } from '../../lib/onnx/index.ts';
import { inspect } from '../../lib/onnx/inspect/inspection.ts';
import { negation } from './hostile-models.ts';

/** Inspects in this process; the clock stands still. */
const look = (bytes: Uint8Array) => inspect(bytes, () => 0);

function manyOutputs(count: number): Uint8Array {
  const builder = createGraphBuilder('many');
  const x = builder.input('x', 'float32', [1]);
  for (let number = 0; number < count; number += 1) {
    builder.output(`present.${number}.key`, builder.op('Neg', [x]), 'float32', [1]);
  }
  return encodeModel(builder.model());
}

it('tells of all metadata that are too long at once', async () => {
  const builder = createGraphBuilder('wordy');
  builder.output('y', builder.op('Neg', [builder.input('x', 'float32', [2])]), 'float32', [2]);
  const keys = Array.from({ length: 1000 }, (_, number) => `key-${number}`);
  const metadata = Object.fromEntries(keys.map((key) => [key, 'a'.repeat(1000)]));

  const inspection = await look(encodeModel(builder.model({ metadata })));

  const kept = Object.keys(inspection.metadata).length;
  expect(kept).toBe(65);
  expect(inspection.warnings).toEqual([
    { code: 'metadata_left_out', message: expect.stringContaining(`"key-65" and ${1000 - kept - 1} more`) },
  ]);
});

it.each([
  ['a name of a million letters', () => negation('x'.repeat(1_000_000))],
  ['ten thousand outputs', () => manyOutputs(10_000)],
])('bad call: a signature with %s', async (_what, make) => {
  await expect(look(make())).rejects.toMatchObject({
    kind: 'invalid_request',
    code: 'signature_too_large',
    message: expect.stringMatching(/at most 262144/),
  });
});

it('takes a signature as large as that of a language model with its cache', async () => {
  const inspection = await look(manyOutputs(400));

  expect(inspection.outputs).toHaveLength(400);
});
