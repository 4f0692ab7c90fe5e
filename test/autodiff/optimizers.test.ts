/** Optimisers, schedules, penalties and clipping: a hundred steps beside PyTorch (test/oracle/training-fixtures.py). */
import { describe, expect, it } from 'vitest';
import { classTarget, type TrainingOptions, trainNetwork } from '../../lib/autodiff/index.ts';
import { relativeError } from './run-graph.ts';
import { denseNetwork, fixture, floats } from './small-network.ts';

interface Case
  extends Pick<
    TrainingOptions,
    'optimizer' | 'learningRate' | 'batchSize' | 'clip' | 'penalty' | 'schedule'
  > {
  readonly title: string;
  readonly smoothing?: number;
  readonly losses: readonly number[];
  readonly rowWeights?: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

/** PyTorch computes in float64 here; a hundred steps of float32 drift apart by no more than this. */
const tolerance = 2e-5;

const start = Object.fromEntries(
  Object.entries(fixture.start as Record<string, { dims: number[]; values: number[] }>).map(
    ([name, { dims, values }]) => [name, floats(dims, values)],
  ),
);

describe('a training of 102 steps', () => {
  it.each((fixture.cases as Case[]).map((one) => [one.title, one] as const))(
    'with %s is that of PyTorch, from the first loss to the last weight',
    async (_title, one) => {
      const { rows, epochs, seed, inputs, targets, batchSize } = fixture;
      const { title: _, smoothing, rowWeights, losses, weights, ...options } = one;

      const trained = await trainNetwork(
        {
          network: denseNetwork([4, 6, 3]),
          inputs: { x: floats([rows, 4], inputs) },
          target: classTarget(targets),
          loss: { kind: 'cross-entropy', ...(smoothing !== undefined && { smoothing }) },
          ...(rowWeights && { weights: rowWeights }),
        },
        { batchSize, epochs, seed, start, ...options },
      );

      const curve = trained.history.map(({ loss }) => loss);
      expect(relativeError(curve, losses)).toBeLessThan(tolerance);
      for (const [name, wanted] of Object.entries(weights)) {
        const got = Array.from(trained.weights[name]!.data as Float32Array);
        expect(relativeError(got, wanted), name).toBeLessThan(tolerance);
      }
    },
  );
});
