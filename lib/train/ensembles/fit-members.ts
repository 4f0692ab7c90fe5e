/** Fits all learners of an ensemble, one after the other. */
import type { Matrix } from '../../core/index.ts';
import type { FitOptions, FittedLearner, Learner, Member, Target } from '../types.ts';
import type { Drawers } from './drawers.ts';
import { fitMember } from './fit-member.ts';

/** How many fits came before, of how many. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
}

/** What all fits of an ensemble have in common. */
export interface Together {
  readonly members: readonly Member[];
  readonly progress: Progress;
  readonly drawers: Drawers | undefined;
}

/** Every member, fitted on all rows. */
export async function fitMembers(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { members, progress: { step, steps }, drawers }: Together,
): Promise<readonly FittedLearner[]> {
  const fitted: FittedLearner[] = [];
  for (const [place, member] of members.entries()) {
    const own = {
      ...options,
      ...progressOf(options, member.learner, { step: step + place, steps }),
      ...(drawers && { checkpoint: drawers.checkpoint(`member-${place}`) }),
    };
    fitted.push(await fitMember(x, target, own, { member, place }));
  }
  return fitted;
}

/** What the fit of one learner tells is a part of what the ensemble's tells. */
export function progressOf(
  { onProgress }: FitOptions,
  { name }: Learner,
  { step, steps }: Progress,
): Pick<FitOptions, 'onProgress'> {
  if (!onProgress) return {};
  return {
    onProgress: (fraction, message) =>
      onProgress((step + fraction) / steps, message ? `${name}, ${message}` : name),
  };
}
