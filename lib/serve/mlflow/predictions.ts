/** Predictions as MLflow's clients read them: a list with an entry for each row. */
import type { ModelSchema } from '../../contracts/records.ts';
import { invalidInput } from '../../core/index.ts';
import { number32 } from '../numbers.ts';
import type { NonFinitePolicy } from '../service.ts';
import { type Outputs, rowForm } from '../tensorflow/index.ts';

/** What a classifier is asked for. */
export type OutputChoice = 'label' | 'probabilities' | 'all';

const choices: readonly OutputChoice[] = ['label', 'probabilities', 'all'];

/**
 * Reads `output` among the parameters.
 *
 * @throws invalid_request `invalid_field`
 */
export function outputChoice(value: unknown, { classes }: Pick<ModelSchema, 'classes'>): OutputChoice {
  if (value === undefined) return 'label';
  if (!classes) {
    throw invalidInput('"output" is a choice between the answers of classifiers; this model is none.', {
      code: 'invalid_field',
      param: 'output',
    });
  }
  if (choices.includes(value as OutputChoice)) return value as OutputChoice;
  throw invalidInput('"output" must be "label", "probabilities" or "all".', {
    code: 'invalid_field',
    param: 'output',
  });
}

/** How predictions are written. */
export interface PredictionOptions {
  readonly output: OutputChoice;
  readonly nonFinite: NonFinitePolicy;
}

/**
 * The predictions of a trained model, a JSON text each: a number; an object of group and distances, or of score and
 * verdict; or a label, an object of probabilities by class, or
 * an object of both.
 *
 * @throws invalid_request `non_finite_output`
 */
export function writePredictions(
  outputs: Outputs,
  { classes }: Pick<ModelSchema, 'classes'>,
  { output, nonFinite }: PredictionOptions,
): string[] {
  // A number stands alone; a group with its distances, and a score with its verdict, are an object.
  if (!classes) return rowForm(outputs, { nonFinite, otherwise: 'inputs' });
  const byName = new Map(outputs);
  const labels = (byName.get('label')!.data as readonly string[]).map((label) => JSON.stringify(label));
  if (output === 'label') return labels;
  const probabilities = byName.get('probabilities')!.data as Float32Array;
  const keys = classes.map((label) => JSON.stringify(label));
  return labels.map((label, row) => {
    const fields = keys.map((key, column) => {
      const place = `output "probabilities"[${row}][${column}]`;
      return `${key}:${number32(probabilities[row * keys.length + column]!, nonFinite, place)}`;
    });
    const table = `{${fields.join(',')}}`;
    return output === 'all' ? `{"label":${label},"probabilities":${table}}` : table;
  });
}
