/** What the tape must know of an operator: the shape of its results and the gradients of its inputs. */
import type { Dimension, ElementType } from '../onnx/index.ts';
import type { Arithmetic } from './arithmetic.ts';
import { broadcast, frontAxis } from './shapes.ts';
import type { Tape, TapeNode, Tensor } from './types.ts';

/** Type and shape of a result. */
export type TensorType = Pick<Tensor, 'type' | 'shape'>;

/** A node on the way back: what it computed, and how the loss changes with each of its results. */
export interface Gradient extends TapeNode {
  readonly tape: Tape;
  /** Arithmetic on the tape. */
  readonly m: Arithmetic;
  /** The first input, the first result and its adjoint. */
  readonly x: Tensor;
  readonly y: Tensor;
  readonly d: Tensor;
  /** How the loss changes with a result: of the result's shape, zeros if the loss does not depend on it. */
  adjoint(output: number): Tensor;
  /** What the gradients of several inputs have in common, made by whichever asks first; one thing for each node. */
  shared<T>(make: () => T): T;
}

/**
 * left' right of two matrices, not yet written. What a matrix gets from the steps of a series is many such products;
 * over their joined rows they are one.
 */
export interface Product {
  readonly left: Tensor;
  readonly right: Tensor;
}

/**
 * How the loss changes with one input. The answer has the shape of the input, or one that broadcasting stretched (it
 * is summed) or left unstretched (it is expanded). Null: not at all.
 */
export type InputGradient = (gradient: Gradient, index: number) => Tensor | Product | null;

/** One entry of the table of operators. */
export interface Operator {
  /** Types and shapes of the results. */
  readonly infer: (node: TapeNode) => readonly TensorType[];
  /**
   * The gradient of each input by position; one function alone is for every input. `stops`: the result does not
   * change when an input changes a little. Left out: nobody has written it.
   */
  readonly backward?: InputGradient | readonly (InputGradient | null)[] | 'stops';
  /** How many results are written even if fewer are asked for, as the way back needs them; 1 by default. */
  readonly results?: (node: TapeNode) => number;
  /** Operator domain, if not ai.onnx. */
  readonly domain?: 'com.microsoft';
}

/** One result like the first input. */
export const likeFirst: Operator['infer'] = (node) => [node.input(0)];

/** One result, elementwise over all inputs. */
export const broadcastAll: Operator['infer'] = (node) => [
  { type: node.input(0).type, shape: broadcastInputs(node) },
];

/** One result of a type, elementwise over all inputs. */
export const broadcastTo =
  (type: ElementType): Operator['infer'] =>
  (node) => [{ type, shape: broadcastInputs(node) }];

function broadcastInputs(node: TapeNode): readonly Dimension[] {
  const shapes = node.inputs.filter((input) => input !== null).map(({ shape }) => shape);
  return broadcast(shapes, node.opType);
}

/** The node's `axis` attribute, counted from the front of its first input. */
export const axisOf = (node: TapeNode, fallback: number, rank = node.input(0).shape.length): number =>
  frontAxis(node.int('axis', fallback), rank, node.opType);
