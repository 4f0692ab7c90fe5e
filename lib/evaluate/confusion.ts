/** Metrics of predicted classes, all read off the confusion matrix. */
import { invalidInput } from '../core/index.ts';

/** How often each actual class was answered by each predicted one. */
export interface ConfusionMatrix {
  readonly classes: number;
  /** Row-major [actual, predicted]. */
  readonly counts: Float64Array;
}

/** Class numbers of the same rows, and how often each row counts (once when left out). */
export interface ClassAnswers {
  readonly actual: ArrayLike<number>;
  readonly predicted: ArrayLike<number>;
  readonly classes: number;
  readonly weights?: ArrayLike<number> | undefined;
}

/** One class against the rest; a ratio without a denominator is 0, as in scikit-learn. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Rows of the class. */
  readonly support: number;
  /** Rows answered with the class. */
  readonly answered: number;
}

/**
 * Counts actual against predicted classes.
 *
 * @throws invalid_request for different lengths or a class number outside [0, classes)
 */
export function confusionMatrix({ actual, predicted, classes, weights }: ClassAnswers): ConfusionMatrix {
  if (actual.length !== predicted.length) {
    throw invalidInput(`There are ${actual.length} actual classes but ${predicted.length} predicted ones`);
  }
  const counts = new Float64Array(classes * classes);
  for (let row = 0; row < actual.length; row += 1) {
    const from = actual[row]!;
    const to = predicted[row]!;
    if (!isClass(from, classes) || !isClass(to, classes)) {
      throw invalidInput(
        `Row ${row} has class ${from} answered by ${to}; class numbers are below ${classes}`,
      );
    }
    counts[from * classes + to]! += weights ? weights[row]! : 1;
  }
  return { classes, counts };
}

const isClass = (value: number, classes: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < classes;

/** Precision, recall, F1 and support of each class. */
export function classTable({ classes, counts }: ConfusionMatrix): readonly ClassScores[] {
  return Array.from({ length: classes }, (_, k) => {
    let support = 0;
    let answered = 0;
    for (let other = 0; other < classes; other += 1) {
      support += counts[k * classes + other]!;
      answered += counts[other * classes + k]!;
    }
    const right = counts[k * classes + k]!;
    return {
      precision: ratio(right, answered),
      recall: ratio(right, support),
      f1: ratio(2 * right, support + answered),
      support,
      answered,
    };
  });
}

/** Metrics of predicted classes by name. */
export interface AnswerScores {
  readonly accuracy: number;
  readonly balanced_accuracy: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly f1_macro: number;
  readonly f1_weighted: number;
}

/**
 * All metrics of predicted classes. Averages run over the classes that occur: in the actual classes for balanced
 * accuracy, in actual or predicted ones for the others, as in scikit-learn.
 *
 * @param positive with two classes, the one that precision, recall and F1 speak of; with more they are macro means
 */
export function answerScores(matrix: ConfusionMatrix, positive: number): AnswerScores {
  const table = classTable(matrix);
  const total = table.reduce((sum, { support }) => sum + support, 0);
  const { classes, counts } = matrix;
  const right = table.reduce((sum, _, k) => sum + counts[k * classes + k]!, 0);
  const occurring = table.filter(({ support, answered }) => support > 0 || answered > 0);
  const single = table.length === 2 ? table[positive] : undefined;
  const macro = (pick: (scores: ClassScores) => number): number => mean(occurring.map(pick));
  return {
    accuracy: ratio(right, total),
    balanced_accuracy: mean(table.filter(({ support }) => support > 0).map(({ recall }) => recall)),
    precision: single ? single.precision : macro(({ precision }) => precision),
    recall: single ? single.recall : macro(({ recall }) => recall),
    f1: single ? single.f1 : macro(({ f1 }) => f1),
    f1_macro: macro(({ f1 }) => f1),
    f1_weighted: ratio(
      table.reduce((sum, { f1, support }) => sum + f1 * support, 0),
      total,
    ),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const mean = (values: readonly number[]): number =>
  ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
