import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createInspector } from '../../../functions/import/inspector.ts';
import { createGraphBuilder, encodeModel } from '../../../lib/onnx/index.ts';

test('models wait for one another, and too many are sent away at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-inspector-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'model.onnx');
  writeFileSync(path, '');
  const inspect = createInspector(1);

  const codeOf = (work: Promise<unknown>) => work.catch((error: { code: string }) => error.code);
  const asked = Array.from({ length: 10 }, () => codeOf(inspect(path)));
  const last = await asked.at(-1);
  const codes = await Promise.all(asked);
  const later = await codeOf(inspect(path));

  expect(last).toBe('too_many_imports');
  expect(codes.slice(0, 9)).toEqual(Array(9).fill('not_onnx'));
  expect(later).toBe('not_onnx');
}, 60_000);

test('a model that took a trial says how long the trial takes here', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-inspector-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'model.onnx');
  const builder = createGraphBuilder('twice');
  const x = builder.input('x', 'float32', ['N']);
  builder.output('y', builder.op('Add', [x, x]), 'float32', ['N']);
  writeFileSync(path, encodeModel(builder.model()));

  const { serving } = await createInspector()(path);

  expect(serving).toEqual({
    ms_per_call: expect.any(Number),
    rows_per_second: expect.any(Number),
    calls: expect.any(Number),
    measured_on: {
      processor: expect.any(String),
      architecture: process.arch,
      processors: expect.any(Number),
      memory_mb: expect.any(Number),
    },
  });
  expect(serving!.ms_per_call * serving!.rows_per_second).toBeCloseTo(1000, -2);
}, 60_000);
