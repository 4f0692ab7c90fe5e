import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../cli/run.ts';
import { createTokenizer } from '../../lib/tokenize/index.ts';
import { archiveOf, fileBytes, meanVector, tinyFolder, tokenizerText } from '../embedding-model.ts';
import {
  externalWeight,
  hugeWeight,
  loopModel,
  memoryModel,
  negation,
  rawModel,
  zipMapOutput,
} from '../onnx/hostile-models.ts';
import {
  type Answer,
  apiKey,
  type BodyOf,
  errorOf,
  type Loop,
  linearSpec,
  refusalOf,
  startLoop,
  until,
} from './support.ts';

let loop: Loop;
beforeAll(async () => {
  loop = await startLoop();
  await bring('negation', negation('a b/c:1', '日本'));
});
afterAll(() => loop.remove());

/** Imports a file as the body of a request. */
async function bring(
  model: string,
  file: Uint8Array<ArrayBuffer>,
  { query = '', type = 'application/octet-stream' } = {},
): Promise<Answer> {
  const response = await fetch(`${loop.url}/v1/models/${model}/versions${query}`, {
    method: 'PUT',
    headers: { 'x-api-key': apiKey, 'content-type': type },
    body: file,
  });
  const body: unknown = await response.json();
  return { status: response.status, headers: response.headers, body };
}

const infer = (model: string, inputs: object[], version = '') =>
  loop.api<Exclude<BodyOf<'oip-infer'>, Uint8Array>>('POST', `/v2/models/${model}${version}/infer`, {
    inputs,
  });

const row = { name: 'a b/c:1', datatype: 'FP32', shape: [1, 2], data: [1, -2.5] };
const negated = [{ name: '日本', datatype: 'FP32', shape: [1, 2], data: [-1, 2.5] }];

/** Runs the command in this process. */
async function onramp(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine([...args, '--url', loop.url], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdin: Object.assign((async function* () {})(), { isTTY: true }),
    env: {},
    onInterrupt: () => () => {},
  });
  return { code, stdout, stderr };
}

describe('an imported model', () => {
  test('has a manifest and a card with its signature, and answers at once', async () => {
    const { body: card } = await loop.api<BodyOf<'get-model'>>('GET', '/v1/models/negation');
    const { body: version } = await loop.api('GET', '/v1/models/negation/versions/1');
    const answer = await infer('negation', [row]);

    expect(card).toMatchObject({
      task: null,
      learner: 'imported',
      live: '1',
      schema: null,
      producer: 'onramp',
    });
    expect(card.signature).toEqual({
      inputs: [{ name: 'a b/c:1', type: 'float32', shape: ['N', 2] }],
      outputs: [{ name: '日本', type: 'float32', shape: ['N', 2] }],
    });
    expect(version).toMatchObject({ origin: 'import', probe: { batch: true }, warnings: [] });
    expect(answer.body.outputs).toEqual(negated);
  });

  test('is promoted, rolled back, listed, downloaded and deleted like a trained one', async () => {
    const [one, two] = [negation('x', 'first'), negation('x', 'second')];
    const first = await bring('versions', one);
    const again = await bring('versions', one, { type: 'application/onnx' });
    const second = await bring('versions', two, { query: '?promote=false', type: 'application/x-onnx' });
    const ask = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 1] };
    const unpromoted = await infer('versions', [ask], '/versions/2');
    const { body: before } = await loop.api('GET', '/v1/models/versions');
    await loop.api('POST', '/v1/models/versions/promote', { version: '2' });
    const promoted = await until(async () => {
      const { body } = await infer('versions', [ask]);
      return body.outputs[0]!.name === 'second' && body;
    });
    const back = await loop.api('POST', '/v1/models/versions/rollback');
    const list = await loop.api<BodyOf<'list-versions'>>('GET', '/v1/models/versions/versions');
    const { headers } = await loop.api('GET', '/v1/models/versions/versions/1/artifact');
    const artifact = await (await fetch(headers.get('location')!)).bytes();
    const deleted = await loop.api('DELETE', '/v1/models/versions');

    expect([first.status, again.status, second.status]).toEqual([201, 200, 201]);
    expect(again.body).toEqual(first.body);
    expect(unpromoted.body.outputs[0]!.name).toBe('second');
    expect(before).toMatchObject({ live: '1', versions: ['1', '2'] });
    expect(promoted.model_version).toBe('2');
    expect(back.body).toMatchObject({ live: '1' });
    expect(list.body.data.map(({ version }) => version)).toEqual(['1', '2']);
    expect(artifact).toEqual(one);
    expect(deleted.status).toBe(200);
    expect((await loop.api('GET', '/v1/models/versions')).status).toBe(404);
  });

  test('larger than a request is uploaded first', async () => {
    const file = negation('x', 'uploaded');
    const uploads = '/v1/models/uploaded/versions/uploads';
    const ticket = await loop.api<BodyOf<'create-import-upload'>>('POST', uploads, { bytes: file.length });
    const { url, method, headers, upload } = ticket.body;
    await fetch(url, { method, headers, body: file });
    const first = await loop.api('PUT', '/v1/models/uploaded/versions', { upload });
    const again = await loop.api('PUT', '/v1/models/uploaded/versions', { upload });

    expect([ticket.status, first.status, again.status]).toEqual([200, 201, 200]);
    expect(again.body).toEqual(first.body);
  });

  test('is made of the folder of an embedding model, by the command or as an archive, and makes vectors of texts', async () => {
    const folder = join(loop.home, '..', 'tiny');
    for (const [path, body] of Object.entries(tinyFolder)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), fileBytes(body));
    }
    writeFileSync(join(folder, 'model.safetensors'), 'weights for another runtime');

    const { code, stdout } = await onramp('import', folder, '--model', 'tiny');
    const again = await bring('tiny', archiveOf(tinyFolder), { type: 'application/x-tar' });
    const answer = await loop.api<BodyOf<'embeddings'>>('POST', '/v1/embeddings', {
      model: 'tiny',
      input: ['house prices', 'Zürich'],
    });
    const card = await loop.api<BodyOf<'get-model'>>('GET', '/v1/models/tiny');

    expect(code).toBe(0);
    expect(stdout).toContain('texts of up to 24 tokens (longer ones are refused) into vectors of 4 numbers');
    expect(stdout).toContain('/v1/embeddings');
    expect(again).toMatchObject({ status: 200, body: { version: '1', embedding: { pooling: 'mean' } } });
    expect(card.body.embedding).toMatchObject({ dimensions: 4, max_tokens: 24 });
    const ids = ['house prices', 'Zürich'].map((text) => createTokenizer(tokenizerText).encode(text));
    const vectors = ids.map((of) => meanVector(of).map((value) => expect.closeTo(value, 6)));
    expect(answer.body.data.map(({ embedding }) => embedding)).toEqual(vectors);
    expect(answer.body.usage.prompt_tokens).toBe(ids.flat().length);
  });

  test('does not mix with models that learn', async () => {
    await loop.api('PUT', '/v1/models/learns', linearSpec);

    const imported = await bring('learns', negation());
    const spec = await loop.api('PUT', '/v1/models/negation', linearSpec);
    const retrain = await loop.api('POST', '/v1/models/negation/retrain');
    const evaluate = await loop.api('POST', '/v1/models/negation/evaluations');

    expect([imported, spec, retrain, evaluate].map(refusalOf)).toEqual([
      [409, 'trained_model'],
      [409, 'imported_model'],
      [409, 'imported_model'],
      [409, 'imported_model'],
    ]);
  });
});

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'latin1'));
/** A zip archive of one empty file. */
function zipOf(name: string): string {
  const length = `${String.fromCharCode(name.length)}\0`;
  const local = `PK\x03\x04${'\0'.repeat(22)}${length}\0\0${name}`;
  const central = `PK\x01\x02${'\0'.repeat(24)}${length}${'\0'.repeat(16)}${name}`;
  const place = [central.length, local.length].map((size) => `${String.fromCharCode(size)}\0\0\0`).join('');
  return `${local}${central}PK\x05\x06\0\0\0\0\x01\0\x01\0${place}\0\0`;
}

const pad = '\0'.repeat(100);

/** A node of a domain that onnxruntime has no code for. */
const unknownDomain = (): Uint8Array<ArrayBuffer> =>
  rawModel((graph) => {
    graph.message(12, () => {
      graph.string(1, 'y');
      graph.message(2, () => graph.message(1, () => graph.int(1, 1)));
    });
    graph.message(1, () => {
      graph.string(2, 'y');
      graph.string(4, 'Evil');
      graph.string(7, 'evil.example');
    });
  });

const refused: readonly [what: string, file: () => Uint8Array<ArrayBuffer>, code: string, says: RegExp][] = [
  ['a truncated file', () => negation().slice(0, -20), 'malformed_model', /cut off/],
  [
    'a checkpoint of PyTorch',
    () => bytesOf(zipOf('data.pkl')),
    'not_onnx',
    /zip archive.*export the model to ONNX/,
  ],
  ['a zip archive that is cut off', () => bytesOf(`PK\x03\x04${pad}`), 'invalid_archive', /zip.*cut off/],
  ['a compressed file', () => new Uint8Array(gzipSync(negation())), 'not_onnx', /gzip; unpack it/],
  ['a PNG image', () => bytesOf(`\x89PNG\r\n\x1a\n${pad}`), 'not_onnx', /PNG image/],
  ['a Keras file', () => bytesOf(`\x89HDF\r\n\x1a\n${pad}`), 'not_onnx', /HDF5.*tf2onnx/],
  ['a pickle', () => bytesOf(`\x80\x04\x95${pad}`), 'not_onnx', /pickle.*skl2onnx/],
  ['a TensorFlow Lite model', () => bytesOf(`\x1c\0\0\0TFL3${pad}`), 'not_onnx', /TensorFlow Lite.*tf2onnx/],
  ['weights in another file', externalWeight, 'external_data', /save it as one file/],
  ['an unknown domain', unknownDomain, 'unknown_domain', /evil\.example/],
  ['a weight that claims 2 GB', hugeWeight, 'tensor_size', /needs 2147483648 bytes.*holds 4/],
  ['a probability map', zipMapOutput, 'unsupported_type', /"zipmap": False/],
  ['a loop without end', () => loopModel({ trips: 'none' }), 'endless_loop', /never ends/],
  ['a loop of too many rounds', () => loopModel({ trips: 2n ** 62n }), 'unbounded_loop', /at most 1000000/],
  [
    'a loop that hides how long it runs',
    () => loopModel({ trips: 'input and more' }),
    'probe_timeout',
    /10 s/,
  ],
  ['more memory than there is', () => memoryModel(2 ** 36), 'probe_failed', /memory/],
  ['nothing', () => new Uint8Array(), 'not_onnx', /empty/],
];

describe('bad call: a file with', () => {
  test.each(refused)(
    '%s',
    async (_, file, code, says) => {
      const answer = await bring('refused', file());
      const after = await infer('negation', [row]);

      expect(answer.status).toBe(400);
      expect(errorOf(answer)).toMatchObject({
        type: 'invalid_request',
        code,
        message: expect.stringMatching(says),
      });
      expect((await loop.api('GET', '/v1/models/refused')).status).toBe(404);
      expect(after.body.outputs).toEqual(negated);
    },
    60_000,
  );

  test('another content type, an unknown upload or too many bytes', async () => {
    const image = await bring('refused', negation(), { type: 'image/png' });
    const promote = await bring('refused', negation(), { query: '?promote=maybe' });
    const large = await bring('refused', new Uint8Array(6_291_457));
    const unknown = await loop.api('PUT', '/v1/models/refused/versions', { upload: 'a'.repeat(36) });
    const ticket = await loop.api('POST', '/v1/models/refused/versions/uploads', { bytes: 268_435_457 });

    const answers = [image, promote, large, unknown, ticket];
    expect(answers.map(refusalOf)).toEqual([
      [415, 'content_type'],
      [400, 'invalid_field'],
      [413, 'body_too_large'],
      [404, 'upload_not_found'],
      [413, 'upload_too_large'],
    ]);
    expect(errorOf(large).message).toMatch(/versions\/uploads gives an address/);
  });
});

describe('onramp import', () => {
  const fileOf = (name: string, bytes: Uint8Array): string => {
    const path = join(loop.home, name);
    writeFileSync(path, bytes);
    return path;
  };

  test('prints the signature and a line that works when pasted', async () => {
    const file = fileOf("it's.onnx", negation("it's", '日本'));
    const { code, stdout, stderr } = await onramp('import', file, '--model', 'pasted');
    const line = stdout.trimEnd().split('\n').at(-1)!;
    const pasted = await promisify(execFile)('sh', ['-c', line]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/Version 1 of "pasted" is live.*"it's" +float32 +\[N, 2\].*"日本" +float32/s);
    expect(stderr).toContain('Checking the model and trying it.');
    expect(JSON.parse(pasted.stdout).outputs).toEqual([
      { name: '日本', datatype: 'FP32', shape: [1, 2], data: [-0, -0] },
    ]);
  });

  test('gives JSON with --json, and leaves a version alone that is not to be promoted', async () => {
    await onramp('import', fileOf('1.onnx', negation('x', 'one')), '--model', 'kept');
    const file = fileOf('2.onnx', negation('x', 'two'));
    const { code, stdout } = await onramp('import', file, '--model', 'kept', '--no-promote', '--json');
    const card = await onramp('model', 'kept');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: { version: '2', signature: { outputs: [{ name: 'two' }] } },
      live: '1',
      curl: expect.stringContaining('/v2/models/kept/versions/2/infer'),
    });
    expect(card.stdout).toMatch(/kept: imported, made by onramp.*live version 1, versions 1, 2.*"one"/s);
  });

  test.each<[string, () => string[], number, RegExp]>([
    ['without a model', () => ['import', fileOf('a.onnx', negation())], 2, /--model is missing/],
    ['of a file that is not there', () => ['import', 'none.onnx', '--model', 'm'], 2, /There is no file/],
    [
      'of no ONNX file',
      () => ['import', fileOf('b.onnx', bytesOf(`PK\x03\x04${pad}`)), '--model', 'm'],
      1,
      /zip/,
    ],
    ['of an empty file', () => ['import', fileOf('c.onnx', new Uint8Array()), '--model', 'm'], 1, /is empty/],
  ])('bad call: %s', async (_, args, expected, says) => {
    const { code, stderr } = await onramp(...args());

    expect(code).toBe(expected);
    expect(stderr).toMatch(says);
  });
});
