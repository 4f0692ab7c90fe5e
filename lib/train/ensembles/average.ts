/** The weighted mean of what learners answer. */
import type { Matrix } from '../../core/index.ts';
import type { FitOptions, FittedLearner, Member, Target } from '../types.ts';
import { openDrawers } from './drawers.ts';
import { fitMembers } from './fit-members.ts';

/**
 * Fits every member on all rows; scikit-learn's `VotingClassifier` with soft votes, and `VotingRegressor`.
 *
 * @param weights how much each counts, in the order of the members
 */
export async function fitAverage(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { members, weights }: { readonly members: readonly Member[]; readonly weights: readonly number[] },
): Promise<FittedLearner> {
  const drawers = options.checkpoint && (await openDrawers(options.checkpoint));
  const progress = { step: 0, steps: members.length };
  const fitted = await fitMembers(x, target, options, { members, progress, drawers });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    emit: (builder, features) => {
      const shares = fitted.map((one, place) => {
        const share = builder.floats([weights[place]! / total], []);
        return builder.op('Mul', [one.emit(builder, features).answer, share]);
      });
      const answer = builder.op('Sum', shares);
      const units = target.task === 'classification' ? 'probability' : 'value';
      return { answer, score: answer, style: 'other', units };
    },
  };
}
