import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oipModels } from '../contract/dialects/oip/models.ts';
import { type DialectServer, startDialectServer } from '../contract/dialects/server.ts';
import { ensureOipClients } from './oip-python.ts';

const script = fileURLToPath(new URL('oip-clients.py', import.meta.url));

interface Found {
  readonly triton: Record<string, unknown>;
  readonly triton_aio: Record<string, unknown>;
  readonly kserve: Record<string, unknown>;
}

let server: DialectServer;
let found: Found;
beforeAll(async () => {
  server = await startDialectServer(await oipModels());
  const address = server.url.replace('http://', '');
  const child = spawn(ensureOipClients(), [script, address, server.apiKey], {
    env: { ...process.env, PYTHONUTF8: '1' },
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  if (code !== 0) throw new Error(`oip-clients.py ended with ${code}:\n${complaint}`);
  found = JSON.parse(output) as Found;
});
afterAll(() => server.close());

const datatypes = ['INT64', 'UINT64', 'FP32', 'BYTES', 'BOOL'];
/** Ways in and out by which every datatype goes; half floats have no form in JSON. */
const forms = ['JSON -> JSON', 'JSON -> binary', 'binary -> JSON', 'binary -> binary'];
const allTrue = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, true]));

describe('the client of Triton', () => {
  test('finds server, models and versions', () => {
    expect(found.triton).toMatchObject({
      live: true,
      ready: true,
      model_ready: [true, true, false],
      extensions: ['binary_tensor_data', 'parameters'],
      inputs: ['age', 'sex', 'weight', 'smoker'],
      index: expect.arrayContaining(['heart', 'odd', 'sum']),
    });
  });

  test('gets every bit back of each datatype, in JSON and in binary form', () => {
    const ways = datatypes.flatMap((datatype) => forms.map((form) => `${datatype} ${form}`));

    expect(found.triton).toMatchObject(allTrue([...ways, 'FP16 binary -> binary']));
  });

  test('asks a trained model for its columns in JSON, in binary form and in BF16, and one of its versions', () => {
    const live = [
      '7',
      '2',
      ['no', 'yes'],
      [
        [0.75, 0.25],
        [0.375, 0.625],
      ],
    ];

    expect(found.triton).toMatchObject({
      'heart True': live,
      'heart False': live,
      BF16: ['no', 'yes'],
      version: [
        '1',
        [
          [0.5, 0.5],
          [0, 1],
        ],
      ],
    });
  });

  test('bad call: it gives out status and message of a refusal', () => {
    expect(found.triton.refusal).toEqual([
      '400',
      expect.stringContaining('"inputs[0][1]": 90 is outside the training data'),
    ]);
  });

  test('works without threads as well', () => {
    expect(found.triton_aio).toEqual({ live: true, 'INT64 True': true, 'INT64 False': true });
  });
});

describe('the client of KServe', () => {
  test('finds server and models, and gets every bit back of each datatype', () => {
    const ways = datatypes.flatMap((datatype) => [`${datatype} JSON`, `${datatype} binary`]);

    expect(found.kserve).toMatchObject({
      live: true,
      ready: true,
      model_ready: [true, false],
      ...allTrue([...ways, 'FP16 binary']),
    });
  });

  test('bad call: it gives out the message of a refusal', () => {
    expect(found.kserve.refusal).toContain('"inputs" lacks "sex"');
  });
});
