/** Reverse-mode differentiation: from a loss back to whatever it depends on. */
import { internal } from '../core/index.ts';
import type { Value } from '../onnx/index.ts';
import { type Adjoints, createAdjoints } from './adjoints.ts';
import { arithmetic } from './arithmetic.ts';
import type { Gradient, InputGradient, Operator } from './operator.ts';
import { OPERATORS } from './operators/index.ts';
import { showShape, sizesOf } from './shapes.ts';
import type { Tape, TapeNode, Tensor } from './types.ts';

/** Where the way back begins. */
export interface DifferentiateOptions {
  /** How the loss itself changes with the tensor it is made of, of that tensor's shape; left out, that tensor is the loss. */
  readonly slope?: Tensor;
}

/**
 * Writes the nodes that compute how a loss changes with each of some tensors.
 *
 * The tape is walked back once from the loss; only nodes between the two ends get adjoints, and what reaches a tensor
 * on several paths is summed (Griewank and Walther 2008, chapter 3). The new nodes are on the tape too.
 *
 * @param loss one number, computed on this tape; with `slope`, any result that the loss is made of
 * @param withRespectTo tensors with sizes that are all known, whether inputs, constants or results
 * @returns gradients in the same order and of the same shapes; zeros for what the loss does not depend on
 * @throws OnrampError `loss_not_scalar`; `no_gradient` when the path leads through an operator whose gradient nobody
 *   has written
 */
export function differentiate(
  tape: Tape,
  loss: Tensor,
  withRespectTo: readonly Tensor[],
  { slope }: DifferentiateOptions = {},
): Tensor[] {
  if (!slope && loss.shape.some((size) => size !== 1)) {
    const shape = showShape(loss.shape);
    throw internal(`a loss is one number, but this one has the shape ${shape}; take its mean or sum`, {
      code: 'loss_not_scalar',
    });
  }
  const m = arithmetic(tape);
  const nodes = [...tape.nodes];
  const dependent = findDependents(nodes, withRespectTo);
  const adjoints = createAdjoints(tape);
  if (dependent.has(loss.value)) {
    adjoints.add(loss, slope ?? m.reshape(m.scalar(1, loss), sizesOf(loss.shape, 'the loss')));
  }
  for (const node of nodes.reverse()) {
    if (!node.outputs.some(({ value }) => adjoints.has(value))) continue;
    const gradient = viewGradient(tape, node, adjoints);
    for (const [index, input] of node.inputs.entries()) {
      if (input === null || !dependent.has(input.value)) continue;
      const found = inputGradient(node, index)?.(gradient, index) ?? null;
      if (found !== null) adjoints.add(input, found);
    }
  }
  return withRespectTo.map((tensor) => adjoints.of(tensor));
}

/** Everything that changes when one of the tensors changes. */
function findDependents(nodes: readonly TapeNode[], tensors: readonly Tensor[]): ReadonlySet<Value> {
  const dependent = new Set(tensors.map(({ value }) => value));
  for (const { opType, inputs, outputs } of nodes) {
    if (OPERATORS[opType]!.backward === 'stops') continue;
    if (!inputs.some((input) => input !== null && dependent.has(input.value))) continue;
    for (const { value } of outputs) dependent.add(value);
  }
  return dependent;
}

/** @throws OnrampError `no_gradient` */
function inputGradient({ opType }: TapeNode, index: number): InputGradient | null {
  const { backward } = OPERATORS[opType] as Operator;
  if (typeof backward === 'function') return backward;
  const found = typeof backward === 'object' ? backward[index] : undefined;
  if (found !== undefined) return found;
  throw internal(`the loss depends on a parameter by input ${index} of ${opType}, which has no gradient`, {
    code: 'no_gradient',
  });
}

function viewGradient(tape: Tape, node: TapeNode, adjoints: Adjoints): Gradient {
  const adjoint = (output: number): Tensor => adjoints.of(node.outputs[output]!);
  let common: unknown;
  return {
    ...node,
    tape,
    m: arithmetic(tape),
    adjoint,
    shared: <T>(make: () => T): T => {
      common ??= make();
      return common as T;
    },
    get x() {
      return node.input(0);
    },
    get y() {
      return node.outputs[0]!;
    },
    get d() {
      return adjoint(0);
    },
  };
}
