/** Global importances of a model that cannot be taken apart: kernel SHAP on a few rows, within a bound of evaluations. */
import type { Random } from '../core/index.ts';
import { fewestCoalitions } from './coalitions.ts';
import { type Importance, importancesOf } from './importances.ts';
import { kernelShap } from './kernel-shap.ts';
import { mixedAnswers, type RawModel, takeRows } from './mixed-rows.ts';
import type { Feeds } from './model-explainer.ts';

/** Evaluations of the model at most, beyond what one background row and the fewest coalitions need. */
const mostEvaluations = 50_000;
const mostCoalitions = 512;

/** What is asked, and about which rows. */
export interface ImportanceRequest {
  readonly rows: Feeds;
  readonly background: Feeds;
  /** Names of the raw columns. */
  readonly columns: readonly string[];
  readonly random: Random;
}

/**
 * Mean |SHAP| of each raw column; every explained row is compared with a few background rows of its own, so that their
 * choice averages out.
 *
 * @param model its outputs are explained and averaged one by one
 */
export async function estimateImportances(
  model: RawModel,
  { rows, background, columns, random }: ImportanceRequest,
): Promise<Importance[]> {
  const players = model.columns.length;
  const count = rowsOf(rows);
  const coalitions = Math.min(2 ** players - 2, Math.max(mostCoalitions, fewestCoalitions(players)));
  const affordable = Math.max(1, Math.floor(mostEvaluations / (count * (coalitions + 2))));
  const samples = Math.min(rowsOf(background), affordable);
  const explanations = [];
  for (let row = 0; row < count; row += 1) {
    const partners = Array.from({ length: samples }, (_, at) => (row * samples + at) % rowsOf(background));
    const answer = mixedAnswers(model, takeRows(rows, [row]), takeRows(background, partners));
    const game = { players, outputs: model.outputs, samples, coalitions, random };
    const { values, base, prediction } = await kernelShap(answer, game);
    for (let output = 0; output < model.outputs; output += 1) {
      const own = values.subarray(output * players, (output + 1) * players);
      explanations.push({ base: base[output]!, prediction: prediction[output]!, values: own });
    }
  }
  return importancesOf(explanations, columns);
}

const rowsOf = (feeds: Feeds): number => Object.values(feeds)[0]!.dims[0]!;
