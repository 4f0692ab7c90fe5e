/** `?explain=true` of a prediction: each prediction with its explanation. */
import type { Feeds } from '../../explain/index.ts';
import type { ServeContext, ServeRequest } from '../service.ts';
import type { RowModel } from '../version-cache.ts';
import { describeModel, explanationBody } from './explain-request.ts';
import { explainRows } from './explain-rows.ts';
import { modelParts } from './model-parts.ts';
import { explainOptions } from './options.ts';

/** Rows that were predicted, and the text of the answer. */
export interface Predicted {
  readonly model: RowModel;
  readonly feeds: Feeds;
  readonly rows: number;
  readonly text: string;
}

/**
 * The answer with `explanation` in every prediction: of three classes and more, and of groups, that of the one it is.
 *
 * @throws invalid_request as `POST /v1/models/{model}/explain` does
 */
export async function addExplanations(
  { artifacts }: Pick<ServeContext, 'artifacts'>,
  { query, requestId }: Pick<ServeRequest, 'query' | 'requestId'>,
  { model, feeds, rows, text }: Predicted,
): Promise<string> {
  const { method, budget, class: label } = query;
  const options = explainOptions({ method, budget, class: label }, undefined);
  const parts = await modelParts(artifacts, model);
  const explained = await explainRows(model, parts, { feeds, rows }, options);
  const about = { ...describeModel(model, feeds), units: explained.units };
  const answer = JSON.parse(text) as { predictions: { label?: string; cluster?: string }[] };
  const several = explained.explanations.length > rows;
  const predictions = answer.predictions.map((prediction, row) => {
    const own = explained.explanations.find(
      (one) => one.row === row && (!several || one.label === (prediction.label ?? prediction.cluster)),
    )!;
    const { id: _id, row: _row, ...explanation } = explanationBody(own, about, requestId);
    return {
      ...prediction,
      explanation: { method: explained.method, units: explained.units, ...explanation },
    };
  });
  return JSON.stringify({ ...answer, predictions });
}
