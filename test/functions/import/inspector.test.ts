import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createInspector } from '../../../functions/import/inspector.ts';

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
