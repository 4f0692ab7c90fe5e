/** The training loop: repeatable, resumable, stoppable, and plain about what went wrong. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Checkpoints,
  classTarget,
  type Network,
  numberTarget,
  type TrainingOptions,
  type TrainingProblem,
  type TrainingProgress,
  trainNetwork,
} from '../../lib/autodiff/index.ts';
import { decodeCheckpoint } from '../../lib/autodiff/training/checkpoint.ts';
import { weightsOf } from '../../lib/autodiff/training/parameters.ts';
import { runTraining } from '../../lib/autodiff/training/run-training.ts';
import { prepareTraining } from '../../lib/autodiff/training/train-network.ts';
import { createRandom } from '../../lib/core/index.ts';
import { denseNetwork, floats, threeClasses } from './small-network.ts';

const { x, codes } = threeClasses(50);
const watched = threeClasses(30, 4);

const problem: TrainingProblem = {
  network: denseNetwork([2, 8, 3]),
  inputs: { x },
  target: classTarget(codes),
  loss: { kind: 'cross-entropy' },
};

const options: TrainingOptions = {
  optimizer: { kind: 'adam' },
  learningRate: 0.02,
  batchSize: 7,
  epochs: 12,
  seed: 1,
};

/** Drops a third of the hidden units at random, as Dropout does. */
const forgetful: Network = denseNetwork([2, 8, 3], ({ tape, training, random }, hidden) => {
  if (!training) return hidden;
  const kept = tape.op(
    'Cast',
    [tape.op('Less', [random([hidden.shape[0] as number, 8]), tape.floats(2 / 3)])],
    {
      to: { kind: 'int', value: 1 },
    },
  );
  return tape.op('Mul', [tape.op('Mul', [hidden, kept]), tape.floats(1.5)]);
});

/** Keeps a running mean of the hidden units beside what is learnt. */
const remembering: Network = (() => {
  const base = denseNetwork([2, 8, 3], (context, hidden) => {
    const { tape, parameter, update, training } = context;
    const known = parameter('mean');
    if (training) {
      const mean = tape.op('ReduceMean', [hidden, tape.integers([0])], {
        keepdims: { kind: 'int', value: 0 },
      });
      update(
        'mean',
        tape.op('Add', [tape.op('Mul', [known, tape.floats(0.9)]), tape.op('Mul', [mean, tape.floats(0.1)])]),
      );
    }
    return tape.op('Sub', [hidden, known]);
  });
  return {
    ...base,
    parameters: { ...base.parameters, mean: { shape: [8], initial: { kind: 'zeros' }, trained: false } },
  };
})();

/** Checkpoints in memory, and how often they were written. */
function memory(): Checkpoints & { kept: Uint8Array | null; saves: number } {
  const store = {
    kept: null as Uint8Array | null,
    saves: 0,
    load: async () => store.kept,
    save: async (bytes: Uint8Array) => {
      store.kept = bytes;
      store.saves += 1;
    },
  };
  return store;
}

/** Trains with interruptions: each process does one call of the runtime, keeps its state as a checkpoint, and ends. */
async function trainInPieces(of: TrainingProblem, how: TrainingOptions) {
  const { source, plan, state: fresh } = prepareTraining(of, { ...how, checkpoints: memory() });
  const fingerprint = plan.fingerprint!;
  let kept: Uint8Array | null = null;
  for (let pieces = 1; ; pieces += 1) {
    let asked = 0;
    const hooks = {
      now: () => 0,
      isPaused: () => {
        asked += 1;
        return asked > (plan.method.kind === 'lbfgs' ? 4 : 1);
      },
      isSaving: () => false,
      onProgress: () => {},
      save: (checkpoint: Uint8Array) => {
        kept = checkpoint;
      },
    };
    const end = await runTraining(plan, hooks, (kept && decodeCheckpoint(kept, fingerprint)) ?? fresh);
    if (end.kind === 'bad') throw new Error('bad numbers');
    if (end.kind === 'paused') continue;
    const best = how.earlyStopping ? end.state.best! : end.state;
    return { pieces, weights: weightsOf(source.layout, best), history: end.state.history };
  }
}

describe('a training', () => {
  it('learns what can be learnt, and says how good it is on rows it has not seen', async () => {
    const { history, epoch } = await trainNetwork(
      { ...problem, validation: { inputs: { x: watched.x }, target: classTarget(watched.codes) } },
      { ...options, epochs: 60 },
    );

    expect(history).toHaveLength(60);
    expect(epoch).toBe(60);
    expect(history.at(-1)!.loss).toBeLessThan(0.3 * history[0]!.loss);
    expect(history.at(-1)!.validation!.metric).toBeGreaterThan(0.85);
  });

  it.each([
    ['dropout', { ...problem, network: forgetful }, options],
    ['running statistics', { ...problem, network: remembering }, options],
    [
      'momentum and weights of rows',
      { ...problem, weights: codes.map((code) => code + 1) },
      { ...options, optimizer: { kind: 'sgd', momentum: 0.9 } as const },
    ],
    [
      'a plateau schedule',
      problem,
      { ...options, schedule: { kind: 'plateau', patience: 1 } as const, learningRate: 0.3 },
    ],
    ['L-BFGS', problem, { ...options, optimizer: { kind: 'lbfgs' } as const, penalty: { l2: 0.01 } }],
    [
      'early stopping',
      { ...problem, validation: { inputs: { x: watched.x }, target: classTarget(watched.codes) } },
      { ...options, earlyStopping: { patience: 3 }, learningRate: 0.2 },
    ],
  ] satisfies [string, TrainingProblem, TrainingOptions][])(
    'with %s gives the same numbers again, also in pieces',
    async (_what, of, how) => {
      const once = await trainNetwork(of, how);
      const again = await trainNetwork(of, how);
      const { pieces, ...resumed } = await trainInPieces(of, how);

      expect(again).toEqual(once);
      expect(pieces).toBeGreaterThan(2);
      expect(resumed).toEqual({ weights: once.weights, history: once.history });
    },
  );

  it('gives other numbers for another seed', async () => {
    const one = await trainNetwork(problem, { ...options, epochs: 1 });
    const other = await trainNetwork(problem, { ...options, epochs: 1, seed: 2 });

    expect(other.weights.w0!.data).not.toEqual(one.weights.w0!.data);
    expect(other.history).not.toEqual(one.history);
  });

  it('draws other random numbers at every step', async () => {
    const drawn = {
      ...problem,
      network: forgetful,
      inputs: { x: floats([7, 2], new Array(14).fill(1)) },
      target: classTarget(new Array(7).fill(0)),
    };

    const { history } = await trainNetwork(drawn, { ...options, learningRate: 1e-12, epochs: 4 });

    // The weights stand still, so nothing else tells one step from the next.
    expect(new Set(history.map(({ loss }) => loss)).size).toBe(4);
  });

  it('ends when the validation loss no longer falls, with the weights of its best epoch', async () => {
    const noise = createRandom(5);
    const aimless = Array.from({ length: 30 }, () => noise.integer(3));
    const validation = { inputs: { x: watched.x }, target: classTarget(aimless) };

    const stopped = await trainNetwork(
      { ...problem, validation },
      { ...options, epochs: 200, earlyStopping: { patience: 4 } },
    );

    const losses = stopped.history.map(({ validation: scores }) => scores!.loss);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(stopped.ended).toBe('stalled');
    expect(stopped.epoch).toBe(best);
    expect(stopped.history).toHaveLength(best + 4);
    const upToBest = await trainNetwork({ ...problem, validation }, { ...options, epochs: best });
    expect(stopped.weights).toEqual(upToBest.weights);
  });

  it('reaches by L-BFGS what the normal equations of ridge regression give', async () => {
    const random = createRandom(8);
    const inputs = Array.from({ length: 40 }, () => random.normal());
    const values = inputs.map((value) => 3 * value - 1 + random.normal());
    const line = denseNetwork([1, 1]);

    const { weights, ended } = await trainNetwork(
      {
        network: line,
        inputs: { x: floats([40, 1], inputs) },
        target: numberTarget(values),
        loss: { kind: 'squared' },
      },
      { optimizer: { kind: 'lbfgs' }, epochs: 100, penalty: { l2: 0.2 }, seed: 1 },
    );

    // Mean squared error plus 0.1 w^2, whose intercept is not penalised.
    const [meanX, meanY] = [inputs, values].map((all) => all.reduce((sum, one) => sum + one, 0) / 40) as [
      number,
      number,
    ];
    const products = inputs.map((value, row) => (value - meanX) * (values[row]! - meanY));
    const squares = inputs.map((value) => (value - meanX) ** 2);
    const sum = (all: readonly number[]): number => all.reduce((total, one) => total + one, 0);
    const slope = sum(products) / (sum(squares) + 0.1 * 40);
    expect(ended).toBe('converged');
    expect((weights.w0!.data as Float32Array)[0]).toBeCloseTo(slope, 5);
    expect((weights.b0!.data as Float32Array)[0]).toBeCloseTo(meanY - slope * meanX, 5);
  });

  it('tells how far it is: parts that only grow, up to the whole', async () => {
    const told: TrainingProgress[] = [];

    await trainNetwork(problem, { ...options, epochs: 300, onProgress: (progress) => told.push(progress) });

    const fractions = told.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((left, right) => left - right));
    expect(told.at(-1)).toMatchObject({
      fraction: 1,
      epoch: 300,
      epochs: 300,
      secondsLeft: 0,
      last: { epoch: 300 },
    });
    expect(told.at(-1)!.rowsPerSecond).toBeGreaterThan(0);
    expect(Number.isFinite(told[0]!.loss)).toBe(true);
  });

  it('ends at once when it is cancelled, and this process answers meanwhile', async () => {
    const rows = 20_000;
    const cancel = new AbortController();
    const large = {
      ...problem,
      network: denseNetwork([64, 512, 3]),
      inputs: { x: floats([rows, 64], new Float32Array(rows * 64).fill(0.5)) },
      target: classTarget(new Int32Array(rows)),
    };
    const running = trainNetwork(large, { ...options, epochs: 10_000, signal: cancel.signal });
    let turns = 0;
    const beat = setInterval(() => {
      turns += 1;
    }, 5);
    await delay(400);
    clearInterval(beat);

    const startedMs = performance.now();
    cancel.abort(new Error('not wanted any more'));

    await expect(running).rejects.toThrow('not wanted any more');
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('a loss that is no number', () => {
  it('stops the training and names the step and the parameter where numbers overflowed', async () => {
    const exploding = {
      ...problem,
      network: denseNetwork([2, 8, 3], ({ tape }, hidden) => tape.op('Exp', [hidden])),
    };

    const call = trainNetwork(exploding, { ...options, optimizer: { kind: 'sgd' }, learningRate: 1e4 });

    await expect(call).rejects.toMatchObject({
      kind: 'invalid_request',
      code: 'training_diverged',
      message: expect.stringMatching(
        /^The loss became (NaN|Infinity|-Infinity) at step \d of 8 in epoch \d+: what is computed with the parameter "[wb][01]" overflows \((Exp|Gemm)\)\. Try a lower learning rate, scale the inputs, or clip the gradient\.$/,
      ),
    });
  });

  it('says so when it is rows held out that are no numbers', async () => {
    const { x: seen, codes: wanted } = watched;
    const values = Float32Array.from(seen.data as Float32Array);
    values[3] = Number.NaN;
    const validation = { inputs: { x: floats(seen.dims, values) }, target: classTarget(wanted) };

    const call = trainNetwork({ ...problem, validation }, options);

    await expect(call).rejects.toThrow(
      /^The validation loss after epoch 1 is NaN: the rows learnt from give finite numbers/,
    );
  });

  it('says so when the inputs themselves are no numbers', async () => {
    const values = Float32Array.from(x.data as Float32Array);
    values[7] = Number.NaN;

    const call = trainNetwork({ ...problem, inputs: { x: floats([50, 2], values) } }, options);

    await expect(call).rejects.toThrow(
      /at step \d of 8 in epoch 1: the inputs are not finite or overflow at once/,
    );
  });
});

describe('checkpoints', () => {
  it('of a damaged or foreign training are not gone on with', async () => {
    const checkpoints = memory();
    const pause = new AbortController();
    await trainNetwork(problem, {
      ...options,
      checkpoints,
      pause: pause.signal,
      onProgress: () => pause.abort(),
    }).catch(() => {});
    const good = checkpoints.kept!;
    const damaged = good.slice();
    damaged[damaged.length - 1]! ^= 1;
    const resume = async (kept: Uint8Array, how: TrainingOptions) =>
      (await trainNetwork(problem, { ...how, checkpoints: { load: async () => kept, save: async () => {} } }))
        .resumedAt;

    expect(await resume(good, options)).not.toBeNull();
    expect(await resume(damaged, options)).toBeNull();
    expect(await resume(good.slice(0, 20), options)).toBeNull();
    expect(await resume(good, { ...options, learningRate: 0.03 })).toBeNull();
  });

  it('are kept one after the other, the newest one last', async () => {
    const pause = new AbortController();
    const order: string[] = [];
    const save = async (): Promise<void> => {
      const own = order.filter((event) => event.startsWith('begin')).length + 1;
      order.push(`begin ${own}`);
      pause.abort();
      // Long enough for the training to be paused meanwhile.
      if (own === 1) await delay(100);
      order.push(`end ${own}`);
    };

    const call = trainNetwork(problem, {
      ...{ ...options, epochs: 100_000, checkpointEveryMs: 1 },
      ...{ checkpoints: { load: async () => null, save }, pause: pause.signal },
    });

    await expect(call).rejects.toMatchObject({ code: 'training_paused' });
    expect(order).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });

  it('that cannot be kept when a training is paused are an error', async () => {
    const pause = AbortSignal.abort();
    const checkpoints = {
      load: async () => null,
      save: async () => Promise.reject(new Error('no space left')),
    };

    const call = trainNetwork(problem, { ...options, checkpoints, pause });

    await expect(call).rejects.toThrow('no space left');
  });
});

describe('bad call: a training', () => {
  it.each([
    ['no epochs', problem, { ...options, epochs: 0 }, 'epochs must be a whole number'],
    [
      'a learning rate of 0',
      problem,
      { ...options, learningRate: 0 },
      'the learning rate must be a positive number',
    ],
    [
      'no rows',
      { ...problem, inputs: { x: floats([0, 2], []) }, target: classTarget([]) },
      options,
      'the training rows are none',
    ],
    ['weights of 0', { ...problem, weights: codes.map(() => 0) }, options, 'All weights are 0'],
    [
      'L1 and L-BFGS',
      problem,
      { ...options, optimizer: { kind: 'lbfgs' } as const, penalty: { l1: 1 } },
      'needs a smooth loss',
    ],
    [
      'running statistics and L-BFGS',
      { ...problem, network: remembering },
      { ...options, optimizer: { kind: 'lbfgs' } as const },
      'running statistics',
    ],
  ] satisfies [string, TrainingProblem, TrainingOptions, string][])(
    'with %s is refused',
    async (_what, of, how, words) => {
      await expect(trainNetwork(of, how)).rejects.toThrow(words);
    },
  );
});
