/** Ensembles of other learners: what each of them gets wrong in its own way, the others make good. */
import {
  type LearnerParameters,
  learnerParameters,
  type MemberName,
} from '../../contracts/learner-parameters.ts';
import { fitAverage, fitStacking } from '../ensembles/index.ts';
import type { Learner, Member } from '../types.ts';

type Members = Readonly<Record<MemberName, Learner>>;

/** The mean of numbers or of probabilities. */
export const averageLearner = (learners: Members): Learner => ({
  name: 'average',
  style: 'linear',
  resumable: true,
  members: (parameters) => membersOf(learnerParameters.average.parse(parameters), learners),
  fit: (x, target, options) => {
    const settings = learnerParameters.average.parse(options.parameters ?? {});
    const members = membersOf(settings, learners);
    const { weights = members.map(() => 1) } = settings;
    return fitAverage(x, target, options, { members, weights });
  },
});

/** Wolpert 1992, "Stacked generalization". */
export const stackingLearner = (learners: Members): Learner => ({
  name: 'stacking',
  style: 'linear',
  resumable: true,
  members: (parameters) => membersOf(learnerParameters.stacking.parse(parameters), learners),
  fit: (x, target, options) => {
    const settings = learnerParameters.stacking.parse(options.parameters ?? {});
    const { learner, parameters } = finalOf(settings, target.task === 'classification');
    const final = { learner: learners[learner], parameters };
    return fitStacking(x, target, options, { members: membersOf(settings, learners), final });
  },
});

/** The learner of a stacking that learns from what the others answer. */
export function finalOf(
  { final }: Pick<LearnerParameters<'stacking'>, 'final'>,
  isOfClasses: boolean,
): { readonly learner: MemberName; readonly parameters: Member['parameters'] } {
  const { learner = isOfClasses ? 'linear' : 'ridge', parameters = {} } = final ?? {};
  return { learner, parameters };
}

const membersOf = (
  { learners: named }: Pick<LearnerParameters<'average'>, 'learners'>,
  learners: Members,
): readonly Member[] =>
  named.map(({ learner, parameters = {}, columns }) => ({
    learner: learners[learner],
    parameters,
    ...(columns && { columns }),
  }));
