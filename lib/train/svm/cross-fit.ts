/** Decision values for every row by machines that have not learnt from it: what probabilities are fitted to. */
import { createRandom, type Matrix, takeRows } from '../../core/index.ts';

/** As many parts as LIBSVM makes for its probabilities. */
const folds = 5;

/** Labelled rows. */
export interface LabelledRows {
  readonly x: Matrix;
  /** 1 for the positive class, -1 for the other; one a row. */
  readonly signs: Float64Array;
  readonly weights?: Float64Array | undefined;
}

/** Learns from rows, and gives the decision values of others. */
export type DecisionFitter = (train: LabelledRows, test: Matrix) => Promise<Float64Array>;

/**
 * Cross-fitted decision values, one a row. Each part has its share of both classes; where the other parts lack a class
 * the decision is that for the class they have.
 */
export async function crossFit(
  { x, signs, weights }: LabelledRows,
  seed: number,
  learn: DecisionFitter,
): Promise<Float64Array> {
  const random = createRandom(seed).fork('probabilities');
  const order = random.shuffle(Uint32Array.from({ length: x.rows }, (_, row) => row));
  const dealt = [...order.filter((row) => signs[row]! > 0), ...order.filter((row) => signs[row]! < 0)];
  const decisions = new Float64Array(x.rows);
  for (let fold = 0; fold < Math.min(folds, x.rows); fold += 1) {
    const test = dealt.filter((_row, at) => at % folds === fold).sort((left, right) => left - right);
    const train = dealt.filter((_row, at) => at % folds !== fold).sort((left, right) => left - right);
    const trainSigns = Float64Array.from(train, (row) => signs[row]!);
    const only = trainSigns.every((sign) => sign === trainSigns[0]) ? (trainSigns[0] ?? 0) : null;
    const rows = {
      x: takeRows(x, train),
      signs: trainSigns,
      weights: weights && Float64Array.from(train, (row) => weights[row]!),
    };
    const answers = only === null ? await learn(rows, takeRows(x, test)) : null;
    for (const [at, row] of test.entries()) decisions[row] = answers ? answers[at]! : only!;
  }
  return decisions;
}
