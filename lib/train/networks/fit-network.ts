/** Fits a network of any kind: rows are parted, weights learnt, and what was learnt can be written into a graph. */
import { emitNetwork, trainNetwork } from '../../autodiff/index.ts';
import { type Matrix, takeRows } from '../../core/index.ts';
import { floatTensor } from '../../onnx/index.ts';
import { holdOut } from '../hold-out.ts';
import { networkTraining } from '../network-training.ts';
import type { FitOptions, FittedLearner, Target } from '../types.ts';
import { type Answer, answerOf } from './answer.ts';
import { costOfRow } from './cost.ts';
import type { NetworkPlan } from './network-for.ts';
import { patienceOf, rowWeights, trainingOf } from './training.ts';

/** Below this many rows a tenth of them is too few to tell when to stop. */
const minRowsToStopEarly = 200;
const heldOutShare = 0.1;

/** Products of a step from which a second thread gains more than it costs. */
const worthThreads = 2e7;

/**
 * Trains a network by the settings that all networks have in common.
 *
 * @throws invalid_request for settings that do not go with the target, `training_diverged`
 */
export async function fitNetwork(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { settings, networkOf }: NetworkPlan,
): Promise<FittedLearner> {
  const answer = answerOf(target, settings);
  const network = networkOf(answer.outputs);
  const patience = patienceOf(settings);
  const weights = rowWeights(settings, target, options);
  const { training, validation } = partRows(x, target, { answer, patience, weights, seed: options.seed });
  const how = trainingOf(settings, training.inputs.x.dims[0]!);
  const products =
    costOfRow(network, { x: [1, x.columns] }).multiplications * Math.min(how.batchSize ?? x.rows, x.rows);
  const { weights: learnt } = await trainNetwork(
    { network, loss: answer.loss, ...training, ...(validation && { validation }) },
    {
      ...networkTraining({ ...options, threads: products < worthThreads ? 1 : options.threads }),
      ...how,
      ...(validation && { earlyStopping: { patience } }),
    },
  );
  return {
    emit: (builder, features) => {
      const input = { value: features, type: 'float32', shape: ['N', x.columns] } as const;
      const { value } = emitNetwork(builder, network, { weights: learnt, inputs: { x: input } });
      return answer.emit(builder, value);
    },
  };
}

interface Parts {
  readonly answer: Answer;
  readonly patience: number;
  readonly weights: Float64Array | undefined;
  readonly seed: number;
}

/** The rows to learn from and, where there are enough, those to watch. */
function partRows(x: Matrix, target: Target, { answer, patience, weights, seed }: Parts) {
  const all = Array.from({ length: x.rows }, (_, row) => row);
  const strata =
    target.task === 'classification' ? Float64Array.from(target.codes) : new Float64Array(x.rows);
  const parts = patience > 0 && x.rows >= minRowsToStopEarly ? holdOut(strata, heldOutShare, seed) : null;
  const examples = (rows: readonly number[]) => {
    const { data } = rows.length === x.rows ? x : takeRows(x, rows);
    return {
      inputs: { x: floatTensor(data, [rows.length, x.columns]) },
      target: answer.targetOf(rows),
      ...(weights && { weights: rows.map((row) => weights[row]!) }),
    };
  };
  return {
    training: examples(parts?.trainingRows ?? all),
    ...(parts && { validation: examples(parts.validationRows) }),
  };
}
