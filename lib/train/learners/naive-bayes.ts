/** Naive Bayes: quick, needs few rows, and takes missing values as they are. */
import { learnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
import { emitBayes, fitBayes } from '../bayes/index.ts';
import type { Learner } from '../types.ts';

/**
 * Manning, Raghavan and Schütze 2008, chapter 13; columns are taken as independent within a class: normal if they are
 * numbers, by their shares if they are categories or words.
 */
export const naiveBayesLearner: Learner = {
  name: 'naive_bayes',
  // Categories as codes and missing numbers as they are.
  style: 'tree',
  fit: async (x, target, { parameters, weights, layout }) => {
    const settings = learnerParameters.naive_bayes.parse(parameters ?? {});
    if (target.task === 'regression') {
      throw invalidInput(
        'The learner "naive_bayes" is for classes, and this target is a number. Use "linear" or "boosting".',
        { code: 'learner_task', param: 'learner' },
      );
    }
    const model = fitBayes(x, target.codes, target.classes.length, {
      alpha: settings.alpha,
      varSmoothing: settings.var_smoothing,
      ...(weights && { weights }),
      ...(layout && { layout }),
    });
    return { emit: (builder, features) => emitBayes(builder, features, model) };
  },
};
