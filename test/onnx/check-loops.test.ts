import { describe, expect, it } from 'vitest';
import { attr, checkModel, createGraphBuilder, encodeModel } from '../../lib/onnx/index.ts';
import { type LoopOptions, loopModel } from './hostile-models.ts';

describe('loops', () => {
  it.each<[string, LoopOptions]>([
    ['with a constant trip count', { trips: 1_000_000n }],
    ['whose trip count comes from the input', { trips: 'input' }],
    ['in one another, a thousand rounds each', { trips: 1000n, around: 1000n }],
    ['that may end before their trip count', { trips: 100n, condition: 'computed' }],
    ['without rounds, around any number of them', { trips: 1_000_000n, around: 0n }],
  ])('are taken %s', (_, options) => {
    expect(() => checkModel(loopModel(options))).not.toThrow();
  });

  it.each<[string, LoopOptions, string, RegExp]>([
    ['no end at all', { trips: 'none' }, 'endless_loop', /never ends/],
    ['neither count nor condition', { trips: 'none', condition: 'left out' }, 'endless_loop', /never ends/],
    ['only a condition', { trips: 'none', condition: 'computed' }, 'unbounded_loop', /at most 1000000/],
    ['one round too many', { trips: 1_000_001n }, 'unbounded_loop', /may run 1000001 times/],
    ['the largest trip count', { trips: 2n ** 63n - 1n }, 'unbounded_loop', /lower its trip count/],
    ['rounds that multiply', { trips: 1001n, around: 1000n }, 'unbounded_loop', /may run 1001000 times/],
    ['a loop without end inside', { trips: 'none', around: 2n }, 'endless_loop', /never ends/],
  ])('bad call: %s', (_, options, code, message) => {
    expect(() => checkModel(loopModel(options))).toThrow(
      expect.objectContaining({ kind: 'invalid_request', code, message: expect.stringMatching(message) }),
    );
  });

  it('bad call: a trip count that goes by another name', () => {
    const builder = createGraphBuilder('loops');
    const x = builder.input('x', 'float32', [1]);
    const body = builder.subgraph('body');
    body.input('round', 'int64', []);
    const keep = body.input('keep', 'bool', []);
    const sum = body.input('sum', 'float32', [1]);
    body.output('goes_on', body.op('Identity', [keep]), 'bool', []);
    body.output('next', body.op('Neg', [sum]), 'float32', [1]);
    const trips = builder.op('Identity', [builder.op('Constant', [], { value_int: attr.int(5_000_000) })]);
    const y = builder.op('Loop', [trips, null, x], { body: attr.graph(body.graph()) });
    builder.output('y', y, 'float32', [1]);

    expect(() => checkModel(encodeModel(builder.model()))).toThrow(/may run 5000000 times/);
  });

  it('counts against the limit that is asked for', () => {
    const file = loopModel({ trips: 10n });

    expect(() => checkModel(file, { loopRounds: 9 })).toThrow(/at most 9/);
    expect(() => checkModel(file, { loopRounds: 10 })).not.toThrow();
  });
});
