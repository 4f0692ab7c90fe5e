/** Spends a budget of evaluations on kernel SHAP or LIME for some rows of any model. */
import { explainLimits } from '../../contracts/explain.ts';
import { createRandom, invalidInput } from '../../core/index.ts';
import {
  type Explanation,
  type Feeds,
  fewestCoalitions,
  fitLime,
  kernelShap,
  mixedAnswers,
  type RawModel,
} from '../../explain/index.ts';
import { limitRows } from './options.ts';

/** The same request has the same answer. */
const seed = 7;
/** Coalitions beyond so many sharpen little. */
const usualCoalitions = 1024;
const usualLimeSamples = 5_000;

/** What is estimated, and with how much. */
export interface EstimateSettings {
  readonly method: 'kernel' | 'lime';
  /** Evaluations for one row at most. */
  readonly budget?: number | undefined;
}

/** For each row its outputs, explained. */
export interface Estimates {
  readonly explanations: readonly (readonly (Explanation & { readonly r2?: number })[])[];
  readonly evaluations: number;
}

/**
 * Explains rows one by one.
 *
 * @param rows each a single row, and the rows that columns left out take their values from
 * @throws invalid_request `too_many_rows`, `too_many_columns`, `budget_too_small` or `budget_too_large`
 */
export async function estimateRows(
  model: RawModel,
  { own, background }: { readonly own: readonly Feeds[]; readonly background: Feeds },
  { method, budget }: EstimateSettings,
): Promise<Estimates> {
  const players = model.columns.length;
  limitRows(own.length, explainLimits.estimatedRows, `method=${method}`);
  if (players > explainLimits.columns) {
    throw invalidInput(
      `The model has ${players} columns; method=${method} explains at most ${explainLimits.columns}.`,
      { code: 'too_many_columns', param: 'method' },
    );
  }
  const samples = Object.values(background)[0]!.dims[0]!;
  const costs = costOf({ method, budget }, players, samples);
  refuseTotal(costs.evaluations * own.length, own.length);
  const explanations: (Explanation & { readonly r2?: number })[][] = [];
  for (const row of own) {
    const answer = mixedAnswers(model, row, background);
    const settings = { players, outputs: model.outputs, samples, random: createRandom(seed) };
    const estimated =
      method === 'kernel'
        ? await kernelShap(answer, { ...settings, coalitions: costs.coalitions })
        : await fitLime(answer, { ...settings, evaluations: costs.evaluations });
    explanations.push(
      Array.from({ length: model.outputs }, (_, output) => {
        const part = (all: Float64Array): Float64Array =>
          all.subarray(output * players, (output + 1) * players);
        const common = { prediction: estimated.prediction[output]!, values: part(estimated.values) };
        return 'errors' in estimated
          ? { ...common, base: estimated.base[output]!, errors: part(estimated.errors) }
          : { ...common, base: estimated.intercept[output]!, r2: estimated.r2[output]! };
      }),
    );
  }
  return { explanations, evaluations: costs.evaluations };
}

function costOf(
  { method, budget }: EstimateSettings,
  players: number,
  samples: number,
): { readonly coalitions: number; readonly evaluations: number } {
  const fewest = method === 'kernel' ? fewestCoalitions(players) : 2 * players + 10;
  const usual =
    method === 'kernel' ? Math.max(usualCoalitions, 2 * fewest) : Math.max(usualLimeSamples, 2 * fewest);
  const each = method === 'kernel' ? samples : 1;
  const most = method === 'kernel' ? Math.min(usual, 2 ** players - 2) : usual;
  // The row itself and the background are coalitions too: those of all columns and of none.
  const ends = method === 'kernel' ? 2 * each : 0;
  const affordable = budget === undefined ? most : Math.floor((budget - ends) / each);
  if (affordable < fewest) {
    throw invalidInput(
      `"budget" must be at least ${fewest * each + ends} for method=${method}, ${players} columns and ${samples} background rows.`,
      { code: 'budget_too_small', param: 'budget' },
    );
  }
  const coalitions = method === 'kernel' ? Math.min(affordable, 2 ** players - 2) : affordable;
  return { coalitions, evaluations: coalitions * each + ends };
}

function refuseTotal(evaluations: number, rows: number): void {
  if (evaluations <= explainLimits.totalBudget) return;
  throw invalidInput(
    `${rows} rows would take ${evaluations} evaluations of the model; one request may take ${explainLimits.totalBudget}. Send fewer rows or a smaller "budget".`,
    { code: 'budget_too_large', param: 'budget' },
  );
}
