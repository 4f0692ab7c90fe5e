/** What may be set of ensembles: learners whose answers are joined into one. */
import * as z from 'zod';
import { knownLearnerName } from '../learner-aliases.ts';
import { settingFaults } from '../setting-faults.ts';
import { type MemberName, memberLearners } from './members.ts';

const mostMembers = 12;
const names = Object.keys(memberLearners) as [MemberName, ...MemberName[]];
const ensembleNames = ['average', 'stacking'];

const memberName = z.preprocess(
  knownLearnerName,
  z.enum(names, {
    error: ({ input }) =>
      ensembleNames.includes(String(input))
        ? 'an ensemble cannot be part of another; name its learners one by one'
        : `is no learner that an ensemble can have; use one of ${names.join(', ')}`,
  }),
);

const named = (value: unknown): unknown => (typeof value === 'string' ? { learner: value } : value);

function checkParameters(
  { learner, parameters = {} }: { readonly learner: MemberName; readonly parameters?: object | undefined },
  context: z.RefinementCtx,
): void {
  for (const { path, message } of settingFaults(learner, memberLearners[learner], parameters)) {
    context.addIssue({ code: 'custom', path: ['parameters', ...path], message });
  }
}

const member = {
  learner: memberName,
  /** Settings as they would be without an ensemble. */
  parameters: z.record(z.string(), z.unknown()).optional(),
};

const learners = z
  .array(
    z.preprocess(
      named,
      z
        .strictObject({
          ...member,
          /** Columns of the data that this learner looks at; all that the model takes where nothing is said. */
          columns: z.array(z.string().min(1)).min(1).optional(),
        })
        .superRefine(checkParameters),
    ),
  )
  .min(2)
  .max(mostMembers)
  .default([{ learner: 'linear' }, { learner: 'forest' }, { learner: 'boosting' }]);

export const ensembleLearners = {
  /** The weighted mean of what its learners answer. */
  average: z
    .strictObject({
      learners,
      /** How much each learner counts, in their order; all the same where nothing is said. */
      weights: z.array(z.number().min(0)).optional(),
    })
    .superRefine((settings, context) => {
      const { weights } = settings;
      const fault = (message: string): void =>
        context.addIssue({ code: 'custom', path: ['weights'], message });
      if (weights && weights.length !== settings.learners.length) {
        fault(`has ${weights.length} numbers for ${settings.learners.length} learners; give one for each`);
      } else if (weights?.every((weight) => weight === 0)) {
        fault('are all 0; let one learner count at least');
      }
    }),
  /** A learner that learns from what others answer to rows that they have not seen. */
  stacking: z.strictObject({
    learners,
    /** It; `linear` for classes and `ridge` for numbers where nothing is said. */
    final: z.preprocess(named, z.strictObject(member).superRefine(checkParameters)).optional(),
  }),
} as const;
