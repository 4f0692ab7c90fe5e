/** What training makes small: losses of single rows with their slopes written down, so that no formula that overflows is differentiated. */
import { internal } from '../core/index.ts';
import { type Arithmetic, arithmetic } from './arithmetic.ts';
import { classLosses } from './losses-of-classes.ts';
import { valueLosses } from './losses-of-values.ts';
import { showShape, sizesOf } from './shapes.ts';
import type { Tape, Tensor } from './types.ts';

/** A loss and its settings. What it takes: the network's answer first, then the target. */
export type LossSpec =
  /** Squared error; answer and target float32 [rows, m]. */
  | { readonly kind: 'squared' }
  /** Absolute error; as above. */
  | { readonly kind: 'absolute' }
  /** Squared up to an error of `delta` (1), linear beyond (Huber 1964). */
  | { readonly kind: 'huber'; readonly delta?: number }
  /** Pinball loss (Koenker and Bassett 1978); answer [rows, m * quantiles], the quantiles of a target side by side. */
  | { readonly kind: 'quantile'; readonly quantiles: readonly number[] }
  /** Negative log-likelihood of counts without its constant; the answer is the logarithm of the mean. */
  | { readonly kind: 'poisson' }
  /** Answer: log-odds [rows, m]; target: probabilities, mostly 0 or 1. `smoothing` moves them towards 1/2. */
  | { readonly kind: 'binary-cross-entropy'; readonly smoothing?: number }
  /** Answer: logits [rows, classes]; target: class numbers int32 [rows]. `smoothing` gives a share to all classes alike. */
  | { readonly kind: 'cross-entropy'; readonly smoothing?: number }
  /** Answer: scores [rows, classes], each class against the rest, or [rows, 1] for two; target: class numbers int32 [rows]. */
  | { readonly kind: 'hinge' | 'squared-hinge' };

/** The losses of a batch. */
export interface RowLosses {
  /** [rows]; a row with several answers has their mean, one with several classes the sum over them. */
  readonly rows: Tensor;
  /** How each row's loss changes with its own answer, of the answer's shape. */
  slope(): Tensor;
  /** A number a row that people understand, [rows]: 1 for the right class, or how far off the value is. */
  metric: { readonly name: 'accuracy' | 'absolute error'; rows(): Tensor };
}

/** Losses of single answers: sums and means over the rows are the same for all of them. */
export interface ElementLosses {
  /** [rows, k]. */
  readonly values: Tensor;
  /** [rows, k], or a shape of as many elements. */
  slope(): Tensor;
  readonly metric: RowLosses['metric'];
}

/** Writes one loss: answers are [rows, m], targets [rows, m] or, of classes, [rows]. */
export type LossNodes<Spec> = (m: Arithmetic, spec: Spec, batch: LossBatch) => ElementLosses;

/** What a loss sees. */
export interface LossBatch {
  readonly tape: Tape;
  readonly answer: Tensor;
  readonly target: Tensor;
  readonly rows: number;
}

/**
 * Adds the loss of each row to a graph, with as few nodes as it takes.
 *
 * @throws OnrampError `internal` when answer and target do not fit together
 */
export function emitLoss(
  tape: Tape,
  spec: LossSpec,
  { answer, target }: { readonly answer: Tensor; readonly target: Tensor },
): RowLosses {
  const m = arithmetic(tape);
  const [rows = 0, ...rest] = sizesOf(answer.shape, 'a loss');
  const width = rest.reduce((product, size) => product * size, 1);
  const flat = rest.length === 1 ? answer : m.reshape(answer, [rows, width]);
  const batch = { tape, answer: flat, target: flatTarget(m, spec, { target, rows, width }), rows };
  const { values, slope, metric } = nodesOf(m, spec, batch);
  const count = width * (isOfClasses(spec) ? 0 : 1) || 1;
  return {
    rows: sumRows(m, values, { rows, factor: 1 / count }),
    slope: () => {
      const own = count === 1 ? slope() : m.mul(slope(), 1 / count);
      const shape = sizesOf(answer.shape, 'a loss');
      return showShape(own.shape) === showShape(shape) ? own : m.reshape(own, shape);
    },
    metric,
  };
}

/** True for losses whose targets are class numbers. */
export const isOfClasses = ({ kind }: LossSpec): boolean =>
  kind === 'cross-entropy' || kind === 'hinge' || kind === 'squared-hinge';

function nodesOf(m: Arithmetic, spec: LossSpec, batch: LossBatch): ElementLosses {
  switch (spec.kind) {
    case 'huber':
      return valueLosses.huber(m, spec, batch);
    case 'quantile':
      return valueLosses.quantile(m, spec, batch);
    case 'binary-cross-entropy':
      return classLosses.binary(m, spec, batch);
    case 'cross-entropy':
      return classLosses.categorical(m, spec, batch);
    case 'hinge':
    case 'squared-hinge':
      return classLosses.hinge(m, spec, batch);
    default:
      return valueLosses[spec.kind](m, spec, batch);
  }
}

function flatTarget(
  m: Arithmetic,
  spec: LossSpec,
  { target, rows, width }: { readonly target: Tensor; readonly rows: number; readonly width: number },
): Tensor {
  const shape = sizesOf(target.shape, 'a target');
  const perRow = spec.kind === 'quantile' ? width / spec.quantiles.length : width;
  const wanted = isOfClasses(spec) ? [rows] : [rows, perRow];
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== wanted.reduce((product, size) => product * size, 1) || shape[0] !== rows) {
    throw internal(
      `the loss "${spec.kind}" takes a target ${showShape(wanted)} for an answer [${rows}, ${width}], not ${showShape(shape)}`,
    );
  }
  return shape.length === wanted.length ? target : m.reshape(target, wanted);
}

/** Sums over all axes but the first. */
function sumRows(
  m: Arithmetic,
  values: Tensor,
  { rows, factor }: { readonly rows: number; readonly factor: number },
): Tensor {
  const [, ...rest] = sizesOf(values.shape, 'a loss');
  if (rest.every((size) => size === 1)) return m.reshape(values, [rows]);
  const axes = rest.map((_, axis) => axis + 1);
  const sums = m.sum(values, axes, false);
  return factor === 1 ? sums : m.mul(sums, factor);
}
