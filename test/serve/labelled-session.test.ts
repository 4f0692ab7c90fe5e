import { describe, expect, it } from 'vitest';
import type { ModelSchema } from '../../lib/contracts/records.ts';
import { createSession, type ModelSession } from '../../lib/onnx/index.ts';
import { withLabels } from '../../lib/serve/labelled-session.ts';
import { assembleModel } from '../../lib/train/assemble.ts';

const schemaOf = (classes: readonly string[], threshold?: ModelThreshold): ModelSchema => ({
  features: [],
  ignored: [],
  classes: [...classes],
  ...(threshold && { positive: threshold.positive, threshold: threshold.value }),
});

type ModelThreshold = NonNullable<Parameters<typeof assembleModel>[0]['threshold']>;

/** A published classifier whose probabilities are its inputs. */
const classifier = (classes: readonly string[], threshold?: ModelThreshold): Promise<ModelSession> =>
  createSession(
    assembleModel({
      preprocessor: {
        features: classes.map((name) => ({ name, input: 'numeric' })),
        outputNames: [...classes],
        sourceOf: classes.map((_, column) => column),
        emit: (_builder: unknown, { numeric }: { readonly numeric: unknown }) => numeric,
      },
      fitted: { emit: (_builder: unknown, features: unknown) => ({ answer: features }) },
      target: { task: 'classification', classes },
      ...(threshold && { threshold }),
    } as never),
  );

/** Steps of a tenth, so that equal values and exact thresholds are common, and any number between. */
function rowsOf(count: number, width: number): Float32Array {
  let state = 7;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return Float32Array.from({ length: count * width }, () =>
    next() < 0.7 ? Math.round(next() * 10) / 10 : next(),
  );
}

describe('labels that follow from the probabilities', () => {
  it.each<[string, readonly string[], ModelThreshold | undefined]>([
    ['two classes', ['no', 'yes'], undefined],
    ['four classes', ['a', 'b', 'c', 'ü'], undefined],
    ['a threshold of the second class', ['no', 'yes'], { positive: 'yes', value: 0.3 }],
    ['a threshold of the first class', ['bad', 'good'], { positive: 'bad', value: 0.1 }],
  ])('are those that the file itself gives: %s', async (_title, classes, threshold) => {
    const session = await classifier(classes, threshold);
    const rows = 2000;
    const data = rowsOf(rows, classes.length);
    const feeds = { numeric: { type: 'float32' as const, dims: [rows, classes.length], data } };

    const own = await session.run(feeds);
    const made = await withLabels(session, schemaOf(classes, threshold)).run(feeds);

    expect(made).toEqual(own);
    expect(new Set(made.label!.data as readonly string[]).size).toBe(classes.length);
    await session.release();
  });

  it('are given when they alone are asked for, and not when they are not', async () => {
    const session = withLabels(await classifier(['no', 'yes']), schemaOf(['no', 'yes']));
    const feeds = { numeric: { type: 'float32' as const, dims: [1, 2], data: Float32Array.of(0.2, 0.8) } };

    expect((await session.run(feeds, ['label'])).label).toEqual({ type: 'string', dims: [1], data: ['yes'] });
    expect(Object.keys(await session.run(feeds, ['probabilities']))).toEqual(['probabilities']);
    await session.release();
  });
});
