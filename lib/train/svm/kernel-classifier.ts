/** Kernel machines for any number of classes: one for each pair, with the probabilities of LIBSVM. */
import { invalidInput, type Matrix, takeRows } from '../../core/index.ts';
import { crossFit } from './cross-fit.ts';
import { type Kernel, type KernelTable, kernelTable } from './kernel.ts';
import {
  decideKernel,
  fitKernelClasses,
  type KernelRowsOfClasses,
  type KernelSvmOptions,
} from './kernel-svm.ts';
import { fitSigmoid, type Sigmoid } from './platt.ts';

/** Machines for all pairs over common support vectors. */
export interface KernelClassifier {
  /** Numbers of the classes that have rows, ascending; the others have no machine. */
  readonly present: readonly number[];
  /** Support vectors, those of the first present class first. */
  readonly vectors: Matrix;
  readonly vectorsPerClass: readonly number[];
  /** Row-major [present - 1, vectors]: a vector has a coefficient for each other class, in the order of the classes. */
  readonly coefficients: Float64Array;
  /** One a pair: (0, 1), (0, 2) ... (1, 2) ...; decisions are positive for the first of the two. */
  readonly intercepts: readonly number[];
  readonly sigmoids: readonly Sigmoid[];
}

interface PairMachine {
  readonly classes: readonly [number, number];
  /** Row numbers and their coefficients. */
  readonly rows: Uint32Array;
  readonly coefficients: Float64Array;
  readonly intercept: number;
  readonly sigmoid: Sigmoid;
}

/** What a classifier is fitted with. */
export interface KernelClassifierOptions extends KernelSvmOptions {
  readonly kernel: Kernel;
  readonly seed: number;
  readonly weights?: Float64Array | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

/**
 * A machine for each pair of classes that have rows, with Platt's sigmoid on decisions of five folds (Wu, Lin and Weng
 * 2004 make one probability a class of them; onnxruntime's `SVMClassifier` does).
 *
 * @param labels class number of each row
 * @throws invalid_request `one_class` if only one class has rows
 */
export async function fitKernelClassifier(
  x: Matrix,
  labels: Int32Array,
  options: KernelClassifierOptions,
): Promise<KernelClassifier> {
  const present = [...new Set(labels)].sort((left, right) => left - right);
  if (present.length < 2) {
    throw invalidInput(
      'A support vector machine needs rows of at least two classes to learn from; upload more rows of the rarer ones.',
      { code: 'one_class', param: 'target' },
    );
  }
  const table = kernelTable(x, options.kernel);
  const pairs: PairMachine[] = [];
  const count = (present.length * (present.length - 1)) / 2;
  for (const one of present) {
    for (const other of present.filter((label) => label > one)) {
      pairs.push(await fitPair(table, labels, [one, other], options));
      options.onProgress?.(pairs.length / count);
    }
  }
  return join(x, labels, present, pairs);
}

async function fitPair(
  table: KernelTable,
  labels: Int32Array,
  classes: readonly [number, number],
  options: KernelClassifierOptions,
): Promise<PairMachine> {
  const { weights, seed } = options;
  const numbers = Uint32Array.from(labels, (_, row) => row).filter((row) => classes.includes(labels[row]!));
  const labelled = (rows: Uint32Array): KernelRowsOfClasses => ({
    rows,
    signs: Float64Array.from(rows, (row) => (labels[row] === classes[0] ? 1 : -1)),
    weights: weights && Float64Array.from(rows, (row) => weights[row]!),
  });
  const own = labelled(numbers);
  const machine = await fitKernelClasses(table, own, options);
  const decisions = await crossFit(own.signs, seed, async (train, test) => {
    const [learnt, asked] = [train, test].map((rows) => rows.map((at) => numbers[at]!)) as [
      Uint32Array,
      Uint32Array,
    ];
    return decideKernel(table, await fitKernelClasses(table, labelled(learnt), options), { learnt, asked });
  });
  const positive = Uint8Array.from(own.signs, (sign) => Number(sign > 0));
  return { classes, rows: numbers, ...machine, sigmoid: fitSigmoid(decisions, positive, own.weights) };
}

/** Lays the machines over one list of support vectors. */
function join(
  x: Matrix,
  labels: Int32Array,
  present: readonly number[],
  pairs: readonly PairMachine[],
): KernelClassifier {
  const used = new Set<number>();
  for (const { rows, coefficients } of pairs) {
    for (const [at, row] of rows.entries()) if (coefficients[at] !== 0) used.add(row);
  }
  const vectors = [...used].sort((left, right) => labels[left]! - labels[right]! || left - right);
  const placeOf = new Map(vectors.map((row, place) => [row, place]));
  const coefficients = new Float64Array((present.length - 1) * vectors.length);
  for (const { classes, rows, coefficients: own } of pairs) {
    const [first, second] = classes.map((label) => present.indexOf(label)) as [number, number];
    for (const [at, row] of rows.entries()) {
      const place = placeOf.get(row);
      if (place === undefined) continue;
      const line = labels[row] === classes[0] ? second - 1 : first;
      coefficients[line * vectors.length + place] = own[at]!;
    }
  }
  return {
    present,
    vectors: takeRows(x, vectors),
    vectorsPerClass: present.map((label) => vectors.filter((row) => labels[row] === label).length),
    coefficients,
    intercepts: pairs.map(({ intercept }) => intercept),
    sigmoids: pairs.map(({ sigmoid }) => sigmoid),
  };
}
