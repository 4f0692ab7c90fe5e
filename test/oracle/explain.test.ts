import { describe, expect, it } from 'vitest';
import type { ExplainMethod, ExplanationBody } from '../../lib/contracts/explain.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { examples, learners, type Published, publish } from './examples.ts';
import { runPython } from './python.ts';

type Row = Readonly<Record<string, number | string | null>>;

/** What the shap package makes of the same file, background and rows. */
type ShapReport = Readonly<
  Partial<Record<ExplainMethod, { readonly base: number[]; readonly values: number[][][] }>>
>;

interface Served {
  readonly value?: number;
  readonly probabilities?: Readonly<Record<string, number>>;
}

interface Explained {
  readonly units: string;
  readonly explanations: readonly ExplanationBody[];
}

/** Background rows as stored: real rows of the training folds. */
async function storedBackground({ context, manifest }: Published) {
  const key = artifactKeys.background(manifest.model, manifest.background!.sha256);
  return JSON.parse(new TextDecoder().decode((await context.artifacts.get(key))!.body));
}

/** Rows to explain: of the background, with one value missing in turn, and one without any value. */
function rowsToExplain({ features, instances }: { features: string[]; instances: Row[string][][] }): Row[] {
  const rows = instances
    .slice(0, 40)
    .map((values) => Object.fromEntries(features.map((name, at) => [name, values[at]!])));
  const gaps = features.map((name, at) => ({ ...rows[at % rows.length]!, [name]: null }));
  return [...rows, ...gaps, Object.fromEntries(features.map((name) => [name, null]))];
}

function serviceOf({ context }: Published): ServeContext {
  return { ...context, cache: createModelCache(context) };
}

async function askExplain(
  service: ServeContext,
  { manifest }: Published,
  instances: readonly Row[],
  query: Readonly<Record<string, string>>,
): Promise<Explained> {
  const { model, version } = manifest;
  const { text } = await ask(service, 'POST /v1/models/{model}/explain', {
    path: { model },
    query: { version, ...query },
    body: { instances },
  });
  return JSON.parse(text!);
}

/** What is served, in the units of the explanations. */
async function servedScores(
  service: ServeContext,
  { manifest }: Published,
  instances: readonly Row[],
): Promise<
  readonly { readonly value?: number; readonly probabilities?: Readonly<Record<string, number>> }[]
> {
  const { model, version } = manifest;
  const { text } = await ask(service, 'POST /v1/models/{model}/predict', {
    path: { model },
    query: { version },
    body: { instances },
  });
  return JSON.parse(text!).predictions;
}

/** A difference in units of the larger number where that is above 1. */
const difference = (ours: number, theirs: number): number =>
  Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));

const sumOf = (values: Readonly<Record<string, number>>): number =>
  Object.values(values).reduce((sum, value) => sum + value, 0);

/** Largest differences. */
type Gaps = Record<'value' | 'base' | 'additivity' | 'served', number>;

function widen(worst: Gaps, gaps: Partial<Gaps>): void {
  for (const [kind, gap] of Object.entries(gaps)) {
    worst[kind as keyof Gaps] = Math.max(worst[kind as keyof Gaps], gap);
  }
}

function gapsOf(
  one: ExplanationBody,
  output: number,
  { base, values }: NonNullable<ShapReport[ExplainMethod]>,
): Partial<Gaps> {
  const theirs = values[one.row]![output]!;
  const largest = Math.max(1, ...theirs.map(Math.abs));
  const gaps = Object.values(one.values).map((value, column) => Math.abs(value - theirs[column]!) / largest);
  return {
    value: Math.max(...gaps),
    base: difference(one.base_value, base[output]!),
    additivity: difference(one.base_value + sumOf(one.values), one.prediction),
  };
}

/** What is explained against what is predicted; a logit alone says nothing of the probability. */
function gapToServed({ prediction, class: label }: ExplanationBody, units: string, served: Served): number {
  if (units === 'value') return difference(prediction, served.value!);
  if (units === 'logit') return 0;
  const probability = units === 'probability' ? prediction : 1 / (1 + Math.exp(-prediction));
  return Math.abs(probability - served.probabilities![label!]!);
}

/** A forest is trained, explained by three methods and by Python. */
const timeout = 600_000;

/** A large forest explains no more in one request. */
const rowsAtOnce = 50;

describe.each(examples)('the $model example', { timeout }, (example) => {
  it.each(learners)('has the SHAP values that the shap package gives (%s)', async (learner) => {
    const published = await publish(example, learner);
    const service = serviceOf(published);
    const background = await storedBackground(published);
    const instances = rowsToExplain(background);
    const { schema } = published.manifest;
    const report: ShapReport = JSON.parse(
      await runPython('shap-values.py', [], {
        input: JSON.stringify({
          file: Buffer.from(published.file).toString('base64'),
          schema,
          background,
          instances,
        }),
      }),
    );
    const served = await servedScores(service, published, instances);
    // Of two classes the report has the second one.
    const query = schema.classes?.length === 2 ? { class: schema.classes[1]! } : {};

    const worst: Gaps = { value: 0, base: 0, additivity: 0, served: 0 };
    for (const [method, expected] of Object.entries(report)) {
      const explained = { rows: instances.length, outputs: expected.base.length, seen: 0 };
      for (let start = 0; start < explained.rows; start += rowsAtOnce) {
        const part = instances.slice(start, start + rowsAtOnce);
        const answer = await askExplain(service, published, part, { method, ...query });
        explained.seen += answer.explanations.length;
        for (const [index, one] of answer.explanations.entries()) {
          const placed = { ...one, row: start + one.row };
          widen(worst, gapsOf(placed, index % explained.outputs, expected));
          widen(worst, { served: gapToServed(placed, answer.units, served[placed.row]!) });
        }
      }
      expect(explained.seen).toBe(explained.rows * explained.outputs);
    }

    expect(worst.value).toBeLessThan(1e-4);
    expect(worst.base).toBeLessThan(1e-4);
    expect(worst.additivity).toBeLessThan(1e-5);
    expect(worst.served).toBeLessThan(1e-5);
  });
});

/** Where a column makes one feature, as a date does not, exact values and estimates are of the same game. */
const plainExamples = examples.filter(({ model }) => model === 'breast-cancer' || model === 'bird-strikes');

describe.each(plainExamples)('kernel SHAP of the $model example', { timeout }, (example) => {
  it('equals the exact values within the standard errors that it states (forest)', async () => {
    const published = await publish(example, 'forest');
    const service = serviceOf(published);
    const instances = rowsToExplain(await storedBackground(published)).slice(30, 42);
    const budget = String(300 * published.manifest.background!.rows);

    const exact = await askExplain(service, published, instances, { method: 'tree' });
    const kernel = await askExplain(service, published, instances, { method: 'kernel', budget });

    expect(kernel.units).toBe(exact.units);
    const errors = kernel.explanations.flatMap((one, index) =>
      Object.entries(one.values).map(([name, value]) => {
        const scale = Math.max(1, Math.abs(one.prediction));
        // The runtime adds trees up in float32.
        const off = Math.max(0, Math.abs(value - exact.explanations[index]!.values[name]!) - 1e-5 * scale);
        return off === 0 ? 0 : off / one.standard_errors![name]!;
      }),
    );
    const within = errors.filter((error) => error < 3).length / errors.length;
    // Ten replicates: 98.5 % of a t distribution with nine degrees of freedom lie within three.
    expect(within).toBeGreaterThan(0.95);
    expect(Math.max(...errors)).toBeLessThan(10);
  });
});
