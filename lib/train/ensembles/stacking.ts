/** A learner that learns from what others answer. */
import type { Matrix } from '../../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import { spreadOf } from '../linear/index.ts';
import type { FitOptions, FittedLearner, Member, Target } from '../types.ts';
import { openDrawers } from './drawers.ts';
import { fitMember } from './fit-member.ts';
import { fitMembers } from './fit-members.ts';
import { innerFolds, outOfFoldAnswers, outputsOf } from './out-of-fold.ts';

/** The learners of a stacking. */
export interface Stacked {
  readonly members: readonly Member[];
  /** Learns from their answers. */
  readonly final: Member;
}

/**
 * Wolpert 1992; scikit-learn's `StackingClassifier` and `StackingRegressor`. The last learner is given probabilities
 * (of two classes that of the second), or numbers in standard deviations of the target.
 */
export async function fitStacking(
  x: Matrix,
  target: Target,
  options: FitOptions,
  { members, final }: Stacked,
): Promise<FittedLearner> {
  const drawers = options.checkpoint && (await openDrawers(options.checkpoint));
  const folds = innerFolds(x, options);
  const inner = folds.length * members.length;
  const steps = inner + members.length;
  const together = { members, drawers };
  const answers = await outOfFoldAnswers(x, target, options, {
    ...{ ...together, folds },
    progress: { step: 0, steps },
  });
  const form = formOf(target);
  // It has columns of its own, and tells nothing of its progress.
  const { parts: _parts, layout: _layout, columns: _columns, onProgress: _silent, ...own } = options;
  const last = await fitMember(
    form.matrixOf(answers),
    target,
    { ...own, ...(drawers && { checkpoint: drawers.checkpoint('final') }) },
    { member: final, place: 'final' },
  );
  const progress = { step: inner, steps };
  const fitted = await fitMembers(x, target, options, { ...together, progress });
  return {
    emit: (builder, features) => {
      const columns = fitted.map((one) => form.emit(builder, one.emit(builder, features).answer));
      const { answer, units } = last.emit(builder, builder.op('Concat', columns, { axis: attr.int(1) }));
      return { answer, score: answer, style: 'other', units: units === 'value' ? units : 'probability' };
    },
  };
}

/** How answers become columns that are learnt from. */
interface Form {
  matrixOf(answers: readonly Float32Array[]): Matrix;
  /** float32 [N, columns of a member] from what the member answers. */
  emit(builder: GraphBuilder, answer: Value): Value;
}

function formOf(target: Target): Form {
  const outputs = outputsOf(target);
  if (target.task === 'classification') {
    // The probabilities of two classes say the same twice.
    const first = outputs === 2 ? 1 : 0;
    return {
      matrixOf: (answers) => besideEachOther(answers, outputs, { first, change: (value) => value }),
      emit: (builder, answer) => {
        if (first === 0) return answer;
        const bounds = [[1], [2], [1]].map((bound) => builder.integers(bound));
        return builder.op('Slice', [answer, ...bounds]);
      },
    };
  }
  // As the graph has them.
  const { mean: middle, spread: unit } = spreadOf(target.values);
  const [mean, spread] = [Math.fround(middle), Math.fround(unit)];
  return {
    matrixOf: (answers) =>
      besideEachOther(answers, 1, { first: 0, change: (value) => (value - mean) / spread }),
    emit: (builder, answer) => {
      const column = builder.op('Unsqueeze', [answer, builder.integers([1])]);
      const centred = builder.op('Sub', [column, builder.floats([mean], [])]);
      return builder.op('Div', [centred, builder.floats([spread], [])]);
    },
  };
}

function besideEachOther(
  answers: readonly Float32Array[],
  outputs: number,
  { first, change }: { readonly first: number; readonly change: (value: number) => number },
): Matrix {
  const taken = outputs - first;
  const [rows, columns] = [answers[0]!.length / outputs, answers.length * taken];
  const data = new Float32Array(rows * columns);
  for (const [place, values] of answers.entries()) {
    for (let row = 0; row < rows; row += 1) {
      for (let output = 0; output < taken; output += 1) {
        data[row * columns + place * taken + output] = change(values[row * outputs + first + output]!);
      }
    }
  }
  return { rows, columns, data };
}
