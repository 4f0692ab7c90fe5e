/** Kernel support vector machine: boundaries of any shape from a few thousand rows. */
import { type LearnerParameters, learnerParameters } from '../../contracts/learner-parameters.ts';
import type { Matrix } from '../../core/index.ts';
import { refuseNonFinite } from '../linear/index.ts';
import { refuseTooManyRows } from '../row-limits.ts';
import {
  emitKernelClassifier,
  emitKernelValues,
  fitKernelClassifier,
  fitKernelValues,
  type Kernel,
  kernelTable,
  scaleGamma,
} from '../svm/index.ts';
import type { Learner } from '../types.ts';

/**
 * Cortes and Vapnik 1995; the objectives of scikit-learn's `SVC` and, on a standardised target, `SVR`.
 *
 * The solver is our own (`svm/smo.ts`, after LIBSVM, two pages): `libsvm-js` 0.2.1 would be a WebAssembly file more to
 * deploy, cannot be interrupted and knows no row weights, and random features would give something near the kernel's
 * machine, not that machine.
 */
export const kernelSvmLearner: Learner = {
  name: 'kernel_svm',
  style: 'linear',
  fit: async (x, target, options) => {
    const settings = learnerParameters.kernel_svm.parse(options.parameters ?? {});
    refuseTooManyRows('kernel_svm', x.rows);
    refuseNonFinite(x, 'A support vector machine');
    const kernel = kernelOf(settings, x);
    const machine = { ...options, C: settings.C, tolerance: settings.tolerance, kernel };
    if (target.task === 'regression') {
      const values = await fitKernelValues(kernelTable(x, kernel), target.values, settings.epsilon, machine);
      return {
        emit: (builder, features) => emitKernelValues(builder, features, values, { kernel, rows: x }),
      };
    }
    const classifier = await fitKernelClassifier(x, target.codes, machine);
    const classes = target.classes.length;
    return {
      emit: (builder, features) => emitKernelClassifier(builder, features, classifier, { kernel, classes }),
    };
  },
};

function kernelOf({ kernel, gamma, coef0, degree }: LearnerParameters<'kernel_svm'>, x: Matrix): Kernel {
  return { kind: kernel, gamma: gamma === 'scale' ? scaleGamma(x) : gamma, coef0, degree };
}
