import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { attr, createGraphBuilder, encodeModel, inspectModel } from '../../lib/onnx/index.ts';
import { inspect } from '../../lib/onnx/inspect/inspection.ts';
import {
  externalWeight,
  loopModel,
  memoryModel,
  negation,
  rawModel,
  zipMapOutput,
} from './hostile-models.ts';

const folder = mkdtempSync(join(tmpdir(), 'onramp-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function fileOf(bytes: Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}.onnx`);
  writeFileSync(path, bytes);
  return path;
}

/** Inspects in this process; the clock stands still. */
const look = (bytes: Uint8Array) => inspect(bytes, () => 0);

describe('inspect', () => {
  it('reads the signature and what the file says of itself, and tries it', async () => {
    const inspection = await look(negation('a b/c:1', '日本'));

    expect(inspection).toEqual({
      inputs: [{ name: 'a b/c:1', type: 'float32', shape: ['N', 2] }],
      outputs: [{ name: '日本', type: 'float32', shape: ['N', 2] }],
      producer: 'onramp',
      opsets: expect.objectContaining({ 'ai.onnx': expect.any(Number) }),
      metadata: {},
      probe: { value: 0, shapes: [[1, 2]], batch: true },
      timing: { ms: 0, runs: 50 },
      warnings: [],
    });
  });

  it('times a slow model by one run, and one whose trials took long not at all', async () => {
    const timingWith = async (stepMs: number) => {
      let time = 0;
      const now = (): number => {
        time += stepMs;
        return time;
      };
      return (await inspect(negation('x', 'y'), now)).timing;
    };

    // The clock goes on by this much each time it is looked at; trials may take 4 s.
    expect(await timingWith(400)).toEqual({ ms: 400, runs: 1 });
    expect(await timingWith(5000)).toBeNull();
  });

  it('gives sizes of one name the same value', async () => {
    const builder = createGraphBuilder('two');
    const left = builder.input('left', 'float32', ['N', 'K']);
    const right = builder.input('right', 'float32', ['K', 'M']);
    builder.output('y', builder.op('MatMul', [left, right]), 'float32', ['N', 'M']);

    const { probe } = await look(encodeModel(builder.model()));

    expect(probe?.shapes).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('finds a larger size for a model that does not take the smallest', async () => {
    const builder = createGraphBuilder('window');
    const x = builder.input('x', 'float32', ['N', 1, 'samples']);
    const weights = builder.floats(new Float32Array(300), [1, 1, 300]);
    builder.output('y', builder.op('Conv', [x, weights]), 'float32', ['N', 1, 'rest']);

    const { probe } = await look(encodeModel(builder.model()));

    expect(probe).toEqual({ value: 0, shapes: [[1, 1, 512]], batch: true });
  });

  it('takes the nameless size of a state for the batch', async () => {
    const builder = createGraphBuilder('state');
    const x = builder.input('x', 'float32', ['', '']);
    const state = builder.input('state', 'float32', [2, '', 3]);
    const weights = builder.floats(new Float32Array(300), [1, 1, 300]);
    const signal = builder.op('Unsqueeze', [x, builder.integers([1])]);
    builder.output('y', builder.op('Conv', [signal, weights]), 'float32', ['', 1, '']);
    builder.output('next', builder.op('Reshape', [state, builder.integers([2, 1, 3])]), 'float32', [2, 1, 3]);

    const { probe } = await look(encodeModel(builder.model()));

    expect(probe?.shapes).toEqual([
      [1, 512],
      [2, 1, 3],
    ]);
  });

  it('takes a model that rejects every trial, with the reason', async () => {
    const builder = createGraphBuilder('words');
    const x = builder.input('x', 'string', ['N']);
    builder.output('y', builder.op('Cast', [x], { to: attr.int(1) }), 'float32', ['N']);

    const { probe, warnings } = await look(encodeModel(builder.model()));

    expect(probe).toBeNull();
    expect(warnings).toEqual([
      { code: 'probe_rejected', message: expect.stringMatching(/No made-up input was taken.*Cast/s) },
    ]);
  });

  it('warns of a batch that is variable by name only', async () => {
    const builder = createGraphBuilder('fixed');
    const x = builder.input('x', 'float32', ['N', 2]);
    const y = builder.op('Reshape', [x, builder.integers([1, 2])]);
    builder.output('y', y, 'float32', ['N', 2]);

    const { probe, warnings } = await look(encodeModel(builder.model()));

    expect(probe?.batch).toBe(false);
    expect(warnings).toMatchObject([{ code: 'batch_fixed' }]);
  });

  it('leaves out metadata that are too long', async () => {
    const builder = createGraphBuilder('wordy');
    builder.output('y', builder.op('Neg', [builder.input('x', 'float32', [2])]), 'float32', [2]);
    const metadata = { author: 'me', vocabulary: 'a'.repeat(70_000) };

    const inspection = await look(encodeModel(builder.model({ metadata })));

    expect(inspection.metadata).toEqual({ author: 'me' });
    expect(inspection.warnings).toMatchObject([
      { code: 'metadata_left_out', message: expect.stringMatching(/"vocabulary"/) },
    ]);
  });

  it('takes graphs inside graphs that leave types to be inferred', async () => {
    const file = rawModel((graph) => {
      graph.message(11, () => value('x', 9));
      graph.message(12, () => value('y', 1));
      graph.message(1, () => {
        graph.string(1, 'x');
        graph.string(2, 'y');
        graph.string(4, 'If');
        for (const branch of ['then_branch', 'else_branch']) {
          graph.message(5, () => {
            graph.string(1, branch);
            graph.int(20, 5);
            graph.message(6, () => {
              graph.string(2, branch);
              graph.message(12, () => graph.string(1, `out_${branch}`));
              graph.message(1, () => {
                graph.string(2, `out_${branch}`);
                graph.string(4, 'Constant');
                graph.message(5, () => {
                  graph.string(1, 'value_float');
                  graph.int(20, 1);
                  graph.float(2, 3);
                });
              });
            });
          });
        }
      });
      function value(name: string, type: number): void {
        graph.string(1, name);
        graph.message(2, () =>
          graph.message(1, () => {
            graph.int(1, type);
            graph.message(2, () => {});
          }),
        );
      }
    });

    const inspection = await look(file);

    expect(inspection).toMatchObject({ outputs: [{ name: 'y', type: 'float32' }], warnings: [] });
  });

  it.each<[string, () => Uint8Array, string, RegExp]>([
    ['an empty file', () => new Uint8Array(), 'not_onnx', /it is empty/],
    ['an output that is a map', zipMapOutput, 'unsupported_type', /zipmap/],
    ['weights in another file', externalWeight, 'external_data', /one file/],
    ['a name that objects inherit', () => negation('__proto__'), 'unsupported_name', /rename it/],
    ['a name with a zero byte', () => negation('a\0b'), 'unsupported_name', /rename it/],
    [
      'half floats of another kind',
      () => {
        const builder = createGraphBuilder('g');
        builder.output('y', builder.op('Identity', [builder.input('x', 'bfloat16', [1])]), 'bfloat16', [1]);
        return encodeModel(builder.model());
      },
      'unsupported_type',
      /cast it to float32/,
    ],
    [
      'an operator that does not exist',
      () => {
        const builder = createGraphBuilder('g');
        builder.output('y', builder.op('Nonsense', [builder.input('x', 'float32', [1])]), 'float32', [1]);
        return encodeModel(builder.model());
      },
      'model_rejected',
      /onnxruntime cannot run this model.*Nonsense/s,
    ],
  ])('bad call: %s', async (_, make, code, message) => {
    await expect(look(make())).rejects.toMatchObject({
      kind: 'invalid_request',
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('inspectModel', () => {
  it('tells what the process found that looked into the file', async () => {
    const file = negation('x', 'y');

    const inspection = await inspectModel(fileOf(file));

    expect(inspection).toEqual({
      ...(await look(file)),
      timing: { ms: expect.any(Number), runs: expect.any(Number) },
    });
  });

  it('bad call: hands on why a file is refused', async () => {
    const refused = inspectModel(fileOf(zipMapOutput()));

    await expect(refused).rejects.toMatchObject({ kind: 'invalid_request', code: 'unsupported_type' });
  });

  it('bad call: a model that never ends is killed', async () => {
    const path = fileOf(loopModel({ trips: 'input and more' }));

    await expect(inspectModel(path, { timeoutMs: 1500 })).rejects.toMatchObject({
      kind: 'invalid_request',
      code: 'probe_timeout',
      message: expect.stringMatching(/within 1.5 s/),
    });
  });

  it.each<[string, number, string, RegExp]>([
    ['fills the memory is killed', 2 ** 29, 'probe_crashed', /more than 400 MB/],
    ['asks for more memory than there is', 2 ** 36, 'probe_failed', /out of memory/],
  ])('bad call: a model that %s', async (_, times, code, message) => {
    const path = fileOf(memoryModel(times));

    await expect(inspectModel(path, { memoryLimitMb: 400 })).rejects.toMatchObject({
      kind: 'invalid_request',
      code,
      message: expect.stringMatching(message),
    });
  });
});
