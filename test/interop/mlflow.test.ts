import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { product } from '../../lib/contracts/product.ts';
import { startDialectServer } from '../contract/dialects/server.ts';
import { bucketOf, echo, heart, type TestModel } from '../serve/models.ts';
import { ensureMlflow } from './mlflow-python.ts';

/** MLflow's client sends neither a key nor the name of a model, as its servers have one model each. */
async function startWith(model: TestModel): Promise<string> {
  const server = await startDialectServer(await bucketOf({ 'mine/1': model }), { open: true });
  onTestFinished(() => server.close());
  return server.url;
}

async function runClient(...args: readonly string[]): Promise<unknown> {
  const script = fileURLToPath(new URL('mlflow-client.py', import.meta.url));
  const child = spawn(ensureMlflow(), [script, ...args], { env: { ...process.env, PYTHONUTF8: '1' } });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`the client ended with ${code}:\n${complaint}`);
  return JSON.parse(output);
}

test("MLflow's scoring client and the formats of pandas are understood, missing values too", async () => {
  const tables = await startWith(heart());
  const tensors = await startWith(echo({ x: ['float32', ['N', 3]] }));

  const found = await runClient(tables, tensors);

  const labels = expect.stringMatching(/^\{"predictions":\["yes","no"\],"warnings":\[/);
  const answered = [200, 'application/json', labels];
  expect(found).toEqual({
    version: product.version,
    labels: [{ 0: 'yes' }, { 0: 'no' }],
    probabilities: [
      { no: 0.375, yes: 0.625 },
      { no: 0.71875, yes: 0.28125 },
    ],
    array: [
      { 0: 0, 1: 0.25, 2: 0.5 },
      { 0: 0.75, 1: 1, 2: 1.25 },
    ],
    refusal: expect.stringMatching(/error code 400.*"error_code":"BAD_REQUEST".*no field \\"age\\"/),
    csv: answered,
    split: answered,
    records: answered,
    instances: [200, 'application/json', '{"predictions":[[0,0.25,0.5],[0.75,1,1.25]]}'],
    old_format: [415, 'text/plain; charset=utf-8', expect.stringContaining('"format"')],
  });
});
