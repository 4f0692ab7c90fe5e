import { describe, expect, it } from 'vitest';
import { createModelCache } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { examples, learners, type Published, publish } from './examples.ts';
import { runPython } from './python.ts';

/** Rows as a client would send them, and what Python's onnxruntime makes of them. */
interface PythonAnswers {
  readonly instances: readonly Readonly<Record<string, unknown>>[];
  readonly answers: {
    readonly label?: readonly string[];
    readonly probabilities?: readonly (readonly number[])[];
    readonly value?: readonly number[];
  };
}

interface Prediction {
  readonly label?: string;
  readonly probabilities?: Readonly<Record<string, number>>;
  readonly value?: number;
}

async function askPython({ manifest, file }: Published, path: string): Promise<PythonAnswers> {
  const args = [path, JSON.stringify(manifest.schema)];
  return JSON.parse(await runPython('published-answers.py', args, { input: file }));
}

/** The platform's answers to the body that a client would send, as the client reads them. */
async function askPlatform(
  { context, manifest }: Published,
  instances: PythonAnswers['instances'],
): Promise<readonly Prediction[]> {
  const cache = createModelCache(context);
  const { model, version } = manifest;
  const { text } = await ask({ ...context, cache }, 'POST /v1/models/{model}/predict', {
    path: { model },
    query: { version },
    body: { instances },
  });
  return JSON.parse(text!).predictions;
}

/** Largest difference, in units of the larger value where that is above 1. */
function largestDifference(ours: readonly number[], theirs: readonly number[]): number {
  const differences = theirs.map(
    (value, index) => Math.abs(ours[index]! - value) / Math.max(1, Math.abs(value)),
  );
  return ours.length === theirs.length ? Math.max(...differences) : Number.NaN;
}

describe.each(examples)('the $model example', (example) => {
  it.each(learners)('answers the same in Python, from raw columns and one file (%s)', async (learner) => {
    const published = await publish(example, learner);
    const { instances, answers } = await askPython(published, example.path);

    const predictions = await askPlatform(published, instances);

    const { classes } = published.manifest.schema;
    expect(instances.length).toBeGreaterThan(200);
    expect(predictions.map(({ label }) => label)).toEqual(answers.label ?? predictions.map(() => undefined));
    const ours = predictions.flatMap(({ probabilities, value }) =>
      classes ? classes.map((label) => probabilities![label]!) : value!,
    );
    expect(largestDifference(ours, (answers.probabilities ?? answers.value!).flat())).toBeLessThan(1e-5);
  });
});
