import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, inspectModel } from '../../lib/onnx/index.ts';
import { ensureSkl2onnx } from './skl2onnx-python.ts';

/** What scikit-learn predicts. */
interface Expected {
  readonly rows: readonly (readonly number[])[];
  readonly label: readonly string[];
  readonly probabilities: readonly (readonly number[])[];
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onramp-skl2onnx-'));
let expected: Readonly<Record<string, Expected>>;

beforeAll(() => {
  const page = readFileSync(path('../../docs/import.md'), 'utf8');
  const snippet = /```python\n(from skl2onnx[\s\S]*?)```/.exec(page)![1]!;
  const { status, stdout, stderr } = spawnSync(
    ensureSkl2onnx(),
    [path('skl2onnx-models.py'), snippet, folder],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`skl2onnx-models.py ended with ${status}:\n${stderr}`);
  expected = JSON.parse(stdout) as typeof expected;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['logistic-regression', 'random-forest', 'scaled', 'network'])(
  'a classifier that is exported as the page says is taken, and predicts what scikit-learn does: %s',
  async (name) => {
    const { rows, label, probabilities } = expected[name]!;
    const file = join(folder, `${name}.onnx`);

    const { warnings, probe } = await inspectModel(file);
    const session = await createSession(readFileSync(file));
    const X = { type: 'float32', dims: [rows.length, 3], data: Float32Array.from(rows.flat()) } as const;
    const found = await session.run({ X });
    await session.release();

    expect({ warnings, batch: probe?.batch }).toEqual({ warnings: [], batch: true });
    expect(found.label!.data).toEqual(label);
    const differences = probabilities
      .flat()
      .map((probability, index) => Math.abs(probability - Number(found.probabilities!.data[index])));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  },
);
