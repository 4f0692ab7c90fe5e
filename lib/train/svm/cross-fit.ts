/** Decision values for every row by machines that have not learnt from it: what probabilities are fitted to. */
import { createRandom } from '../../core/index.ts';

/** As many parts as LIBSVM makes for its probabilities. */
const folds = 5;

/** Learns from some rows, and gives the decision values of others; both by their numbers, ascending. */
export type DecisionFitter = (train: Uint32Array, test: Uint32Array) => Promise<Float64Array>;

/**
 * Cross-fitted decision values, one a row. Each part has its share of both classes; where the other parts lack a class
 * the decision is that for the class they have.
 *
 * @param signs 1 for rows of the positive class, -1 for the others
 */
export async function crossFit(
  signs: Float64Array,
  seed: number,
  learn: DecisionFitter,
): Promise<Float64Array> {
  const random = createRandom(seed).fork('probabilities');
  const order = random.shuffle(Uint32Array.from(signs, (_, row) => row));
  const dealt = [...order.filter((row) => signs[row]! > 0), ...order.filter((row) => signs[row]! < 0)];
  const decisions = new Float64Array(signs.length);
  for (let fold = 0; fold < Math.min(folds, signs.length); fold += 1) {
    const test = Uint32Array.from(dealt.filter((_row, at) => at % folds === fold)).sort();
    const train = Uint32Array.from(dealt.filter((_row, at) => at % folds !== fold)).sort();
    const only = train.every((row) => signs[row] === signs[train[0]!]) ? (signs[train[0]!] ?? 0) : null;
    const answers = only === null ? await learn(train, test) : null;
    for (const [at, row] of test.entries()) decisions[row] = answers ? answers[at]! : only!;
  }
  return decisions;
}
