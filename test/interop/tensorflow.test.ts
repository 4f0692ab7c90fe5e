import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DialectServer, startDialectServer } from '../contract/dialects/server.ts';
import { tensorflowModels } from '../contract/dialects/tensorflow/requests.ts';

let server: DialectServer;
beforeAll(async () => {
  server = await startDialectServer(await tensorflowModels(), { open: true });
});
afterAll(() => server.close());

const curl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('curl', ['--silent', '--show-error', ...args])).stdout;

// The commands are those of TensorFlow Serving's documentation, with nothing but the port changed.
test('the examples of the documentation are answered as it says', async () => {
  const url = `${server.url}/v1/models/half_plus_two`;

  const status = await curl(url);
  const rows = await curl('-d', '{"instances": [1.0, 2.0, 5.0]}', '-X', 'POST', `${url}:predict`);
  const columns = await curl('-d', '{"inputs": [1.0, 2.0, 5.0]}', '-X', 'POST', `${url}:predict`);
  const metadata = await curl(`${url}/versions/1/metadata`);
  const wrong = await curl(
    '-i',
    '-d',
    '{"instances": [1.0,5.0]}',
    '-X',
    'POST',
    `${server.url}/v1/models/half:predict`,
  );

  expect(JSON.parse(status).model_version_status).toEqual([
    { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } },
  ]);
  expect(JSON.parse(rows)).toEqual({ predictions: [2.5, 3.0, 4.5] });
  expect(JSON.parse(columns)).toEqual({ outputs: [2.5, 3.0, 4.5] });
  expect(JSON.parse(metadata)).toMatchObject({
    model_spec: { name: 'half_plus_two', version: '1' },
    metadata: {
      signature_def: { signature_def: { serving_default: { inputs: { x: { dtype: 'DT_FLOAT' } } } } },
    },
  });
  expect(wrong).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(JSON.parse(wrong.slice(wrong.indexOf('\r\n\r\n')))).toEqual({ error: expect.any(String) });
});
