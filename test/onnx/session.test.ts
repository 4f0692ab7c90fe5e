import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import {
  attr,
  createGraphBuilder,
  createSession,
  encodeModel,
  floatTensor,
  type GraphBuilder,
  integerTensor,
  type ModelSession,
  stringTensor,
} from '../../lib/onnx/index.ts';

const open: ModelSession[] = [];

async function load(build: (builder: GraphBuilder) => void): Promise<ModelSession> {
  const builder = createGraphBuilder('test');
  build(builder);
  const session = await createSession(encodeModel(builder.model()));
  open.push(session);
  return session;
}

const loadAffine = (): Promise<ModelSession> =>
  load((builder) => {
    const x = builder.input('x', 'float32', ['rows', 2]);
    const weights = builder.floats([1, 10], [2, 1]);
    builder.output('y', builder.op('Gemm', [x, weights, builder.floats([0.5])]), 'float32', ['rows', 1]);
    builder.output('-x', builder.op('Neg', [x]), 'float32', ['rows', 2]);
  });

afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.release()));
});

describe('createSession', () => {
  it('computes a matrix product, row by row', async () => {
    const session = await loadAffine();

    const { y } = await session.run({ x: floatTensor([1, 2, 3, 4], [2, 2]) });

    expect(y).toEqual({ type: 'float32', dims: [2, 1], data: Float32Array.of(21.5, 43.5) });
  });

  it('computes only the outputs that are asked for', async () => {
    const session = await loadAffine();

    const answer = await session.run({ x: floatTensor([1, 2], [1, 2]) }, ['-x']);

    expect(answer).toEqual({ '-x': { type: 'float32', dims: [1, 2], data: Float32Array.of(-1, -2) } });
  });

  it('tells the names, types and shapes of inputs and outputs', async () => {
    const session = await loadAffine();

    expect(session.inputs).toEqual([{ name: 'x', type: 'float32', shape: ['rows', 2] }]);
    expect(session.outputs).toEqual([
      { name: 'y', type: 'float32', shape: ['rows', 1] },
      { name: '-x', type: 'float32', shape: ['rows', 2] },
    ]);
  });

  it('repeats a body with state in a Loop and collects what each round gives out', async () => {
    const session = await load((builder) => {
      const start = builder.input('start', 'float32', []);
      const body = builder.subgraph('double');
      const round = body.input('round', 'int64', []);
      const go = body.input('go', 'bool', []);
      const state = body.input('state', 'float32', []);
      body.output('go', go, 'bool', []);
      body.output('state', body.op('Add', [state, state]), 'float32', []);
      body.output('rounds', round, 'int64', []);
      const always = builder.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
      const results = builder.ops('Loop', 2, [builder.integers([5], []), always, start], {
        body: attr.graph(body.graph()),
      });
      builder.output('end', results[0]!, 'float32', []);
      builder.output('rounds', results[1]!, 'int64', [5]);
    });

    const answer = await session.run({ start: floatTensor([3], []) });

    expect(answer).toEqual({
      end: { type: 'float32', dims: [], data: Float32Array.of(96) },
      rounds: integerTensor([0, 1, 2, 3, 4]),
    });
  });

  it('takes texts in and gives texts out, with the classical operators', async () => {
    const session = await load((builder) => {
      const city = builder.input('city', 'string', ['rows']);
      const mapping = {
        keys_strings: attr.strings(['köln', 'rom']),
        values_strings: attr.strings(['DE', 'IT']),
        default_string: attr.string('?'),
      };
      const country = builder.op('LabelEncoder', [city], mapping, { domain: 'ai.onnx.ml' });
      builder.output('country', country, 'string', ['rows']);
    });

    const { country } = await session.run({ city: stringTensor(['rom', 'oslo', 'köln']) });

    expect(country).toEqual(stringTensor(['IT', '?', 'DE']));
  });

  it('passes integers beyond 2^53 and raw half floats exactly', async () => {
    const session = await load((builder) => {
      builder.output('n', builder.input('n?', 'int64', [2]), 'int64', [2]);
      builder.output('h', builder.input('h?', 'float16', [2]), 'float16', [2]);
    });
    const n = { type: 'int64', dims: [2], data: BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n)) } as const;
    const h = { type: 'float16', dims: [2], data: Uint16Array.of(0x3e00, 0xfc00) } as const;

    const answer = await session.run({ 'n?': n, 'h?': h });

    expect(answer).toEqual({ n, h });
  });

  it.each([{ threads: 2 }, { optimization: 'disabled' }, { threads: 2, optimization: 'basic' }] as const)(
    'gives the same numbers with %j',
    async (options) => {
      const builder = createGraphBuilder('options');
      const x = builder.input('x', 'float32', [2]);
      builder.output(
        'y',
        builder.op('Sub', [builder.op('Identity', [x]), builder.floats([1])]),
        'float32',
        [2],
      );

      const session = await createSession(encodeModel(builder.model()), options);
      open.push(session);

      expect((await session.run({ x: floatTensor([1, 2]) })).y).toEqual(floatTensor([0, 1]));
    },
  );

  it('does not copy what it is fed', async () => {
    const session = await loadAffine();
    const data = Float32Array.of(1, 2);
    const pending = session.run({ x: { type: 'float32', dims: [1, 2], data } });

    data.set([3, 4]);

    expect((await pending).y!.data).toEqual(Float32Array.of(43.5));
  });

  it('writes nothing on standard error, whatever onnxruntime thinks of the model or the values', () => {
    const script = `
      import { attr, createGraphBuilder, createSession, encodeModel } from './lib/onnx/index.ts';
      const builder = createGraphBuilder('odd');
      builder.floats([1, 2, 3]); // an unused weight makes onnxruntime warn
      const number = builder.op('Cast', [builder.input('text', 'string', [1])], { to: attr.int(1) });
      builder.output('y', number, 'float32', [1]);
      const session = await createSession(encodeModel(builder.model()));
      const text = { type: 'string', dims: [1], data: ['a secret'] };
      await session.run({ text }).catch((error) => process.stdout.write(error.code));`;
    const root = fileURLToPath(new URL('../..', import.meta.url));

    const child = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });

    expect(child.stderr).toBe('');
    expect(child.stdout).toBe('model_run_failed');
  });

  it('leaves no trace in the home and temporary folders, and reports to nobody', async () => {
    const script = `
      import { createGraphBuilder, createSession, encodeModel } from './lib/onnx/index.ts';
      const builder = createGraphBuilder('silent');
      builder.output('y', builder.op('Neg', [builder.input('x', 'float32', ['rows'])]), 'float32', ['rows']);
      const session = await createSession(encodeModel(builder.model()));
      await session.run({ x: { type: 'float32', dims: [1], data: Float32Array.of(1) } });
      process.stdout.write('done');`;
    const folder = mkdtempSync(join(tmpdir(), 'onramp-silent-'));
    const { ORT_DISABLE_TELEMETRY: _, ...inherited } = process.env;

    const child = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...inherited, HOME: folder, TMPDIR: folder, XDG_CACHE_HOME: folder },
      encoding: 'utf8',
    });
    const left = readdirSync(folder);
    rmSync(folder, { recursive: true });

    expect([child.stderr, child.stdout]).toEqual(['', 'done']);
    expect(left).toEqual([]);
  });

  it.each([
    ['a missing input', 'missing_input', {}],
    ['another element type', 'input_type', { x: integerTensor([1, 2], [1, 2]) }],
    ['too many columns', 'input_shape', { x: floatTensor([1, 2, 3], [1, 3]) }],
    ['too few dimensions', 'input_shape', { x: floatTensor([1, 2]) }],
    ['data that do not fill the shape', 'input_shape', { x: floatTensor([1, 2, 3], [2, 2]) }],
    [
      'data of another array type',
      'input_shape',
      { x: { type: 'float32', dims: [1, 2], data: new Int32Array(2) } },
    ],
  ] as const)('bad call: %s names the input and its remedy', async (_title, code, feeds) => {
    const session = await loadAffine();

    const run = session.run(feeds as Parameters<ModelSession['run']>[0]);

    await expect(run).rejects.toMatchObject({
      name: 'OnrampError',
      kind: 'invalid_request',
      code,
      param: 'x',
    });
  });

  it('bad call: an output the model does not have', async () => {
    const session = await loadAffine();

    const run = session.run({ x: floatTensor([1, 2], [1, 2]) }, ['z']);

    await expect(run).rejects.toMatchObject({
      code: 'unknown_output',
      message: expect.stringContaining('y, -x'),
    });
  });

  it('bad call: a value the graph rejects keeps the reason of onnxruntime as its cause', async () => {
    const session = await load((builder) => {
      const text = builder.input('text', 'string', ['rows']);
      builder.output('number', builder.op('Cast', [text], { to: attr.int(1) }), 'float32', ['rows']);
    });

    const run = session.run({ text: stringTensor(['1.5', 'many']) });

    await expect(run).rejects.toMatchObject({ kind: 'invalid_request', code: 'model_run_failed' });
    await expect(run).rejects.toHaveProperty('cause');
  });

  it('bad call: a run after the release; a second release does nothing', async () => {
    const session = await loadAffine();
    await session.release();
    await session.release();

    const run = session.run({ x: floatTensor([1, 2], [1, 2]) });

    await expect(run).rejects.toMatchObject({ kind: 'internal', code: 'session_released' });
  });

  it('bad call: a run that is overtaken by the release', async () => {
    const session = await loadAffine();
    const run = session.run({ x: floatTensor([1, 2], [1, 2]) });
    const [outcome] = await Promise.allSettled([run, session.release()]);

    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'session_released' } });
  });

  it.each([
    ['GRU', 3],
    ['LSTM', 4],
  ])('bad call: no rows or no steps for %s, which onnxruntime does not survive', async (kind, gates) => {
    const session = await load((builder) => {
      const x = builder.input('x', 'float32', ['steps', 'rows', 2]);
      const weights = builder.floats(new Array(gates * 4).fill(0.5), [1, gates * 2, 2]);
      const state = builder.op(kind, [x, weights, weights], { hidden_size: attr.int(2) });
      builder.output('y', state, 'float32', ['steps', 1, 'rows', 2]);
    });

    const [noRows, noSteps, both] = await Promise.allSettled(
      [
        [3, 0, 2],
        [0, 3, 2],
        [1, 1, 2],
      ].map((dims) => session.run({ x: floatTensor(new Array(dims[0]! * dims[1]! * 2).fill(1), dims) })),
    );

    expect(noRows).toMatchObject({ reason: { kind: 'invalid_request', code: 'empty_input' } });
    expect(noSteps).toMatchObject({ reason: { message: expect.stringContaining('[0,3,2]') } });
    expect(both).toMatchObject({ value: { y: { dims: [1, 1, 1, 2] } } });
  });

  it('takes no rows where onnxruntime does', async () => {
    const session = await loadAffine();

    const { y } = await session.run({ x: floatTensor([], [0, 2]) });

    expect(y!.dims).toEqual([0, 1]);
  });

  it('bad call: a locale that the machine has not got', async () => {
    const loading = load((builder) => {
      const text = builder.input('text', 'string', ['rows']);
      const small = builder.op('StringNormalizer', [text], {
        case_change_action: attr.string('LOWER'),
        locale: attr.string('tlh_QO'),
      });
      builder.output('small', small, 'string', ['rows']);
    });

    await expect(loading).rejects.toMatchObject({
      code: 'model_rejected',
      message: expect.stringContaining('name the locale "C"'),
    });
  });

  it('bad call: an operator onnxruntime does not know', async () => {
    const loading = load((builder) => {
      builder.output('y', builder.op('Frobnicate', [builder.floats([1])]), 'float32', [1]);
    });

    await expect(loading).rejects.toMatchObject({ kind: 'invalid_request', code: 'model_rejected' });
  });
});
