/** Recurrent layers: unrolled step by step to be trained, one ONNX operator to be served. */
import { type Attributes, attr } from '../../onnx/index.ts';
import { arithmetic } from '../arithmetic.ts';
import { sizesOf } from '../shapes.ts';
import type { ForwardContext, ParameterSpec, Tensor } from '../types.ts';
import type { Layer } from './layer.ts';

/** Elman 1990; Cho et al. 2014; Hochreiter and Schmidhuber 1997. */
export type CellKind = 'RNN' | 'GRU' | 'LSTM';

/** Further choices of a recurrent layer. */
export interface RecurrentOptions {
  /** Whether the state after every step is given, [rows, steps, units], or only the last, [rows, units]: the default. */
  readonly everyStep?: boolean;
}

/** How many blocks of units a cell computes at each step; ONNX orders them i o f c and z r h. */
const GATES: Readonly<Record<CellKind, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

/**
 * A cell that goes over a series of known length, [rows, steps, inputs], and begins with a state of zeros.
 *
 * Parameters, with the gates beside each other in ONNX's order (LSTM: input, output, forget, cell; GRU: update, reset,
 * hidden): `weight` [inputs, gates * units], `recurrent` [units, gates * units], `bias` [gates * units], and for a GRU
 * `recurrentBias` [gates * units], which the reset gate multiplies (ONNX's `linear_before_reset`, as in PyTorch).
 */
export function recurrent(
  kind: CellKind,
  inputs: number,
  units: number,
  { everyStep = false }: RecurrentOptions = {},
): Layer {
  const width = GATES[kind] * units;
  const bias: ParameterSpec = { shape: [width], initial: { kind: 'zeros' }, penalised: false };
  return {
    kind: kind.toLowerCase(),
    parameters: {
      weight: { shape: [inputs, width], initial: { kind: 'glorot', fanIn: inputs, fanOut: units } },
      recurrent: { shape: [units, width], initial: { kind: 'glorot', fanIn: units, fanOut: units } },
      bias,
      ...(kind === 'GRU' ? { recurrentBias: bias } : {}),
    },
    apply: (context, input) =>
      context.training
        ? unroll(kind, units, { context, input, everyStep })
        : serve(kind, units, { context, input, everyStep }),
  };
}

interface Application {
  readonly context: ForwardContext;
  readonly input: Tensor;
  readonly everyStep: boolean;
}

/** The state after a step; an LSTM has a cell beside it. */
interface State {
  readonly hidden: Tensor;
  readonly cell?: Tensor;
}

/** One step: from the projected input [rows, gates * units] and the state before, none at first. */
type Step = (projected: Tensor, before: State | null) => State;

/** One product projects the inputs of all steps; each step then adds one product with the state. */
function unroll(kind: CellKind, units: number, { context, input, everyStep }: Application): Tensor {
  const { tape, parameter } = context;
  const m = arithmetic(tape);
  const [rows, steps, width] = sizesOf(input.shape, `a ${kind} in training`) as [number, number, number];
  const byStep = m.reshape(m.transpose(input, [1, 0, 2]), [steps * rows, width]);
  const projected = tape.op('Gemm', [byStep, parameter('weight'), parameter('bias')]);
  const sizes = tape.integers(Array<number>(steps).fill(rows));
  const parts = tape.ops('Split', steps, [projected, sizes], { axis: attr.int(0) });
  const step = STEPS[kind](context, units);
  const states: State[] = [];
  for (const part of parts) states.push(step(part, states.at(-1) ?? null));
  if (!everyStep) return states.at(-1)!.hidden;
  const joined = tape.op(
    'Concat',
    states.map(({ hidden }) => hidden),
    { axis: attr.int(0) },
  );
  return m.transpose(m.reshape(joined, [steps, rows, units]), [1, 0, 2]);
}

const STEPS: Readonly<Record<CellKind, (context: ForwardContext, units: number) => Step>> = {
  RNN: ({ tape, parameter }) => {
    return (projected, before) => {
      const sum =
        before === null ? projected : tape.op('Gemm', [before.hidden, parameter('recurrent'), projected]);
      return { hidden: tape.op('Tanh', [sum]) };
    };
  },
  LSTM: ({ tape, parameter }, units) => {
    const m = arithmetic(tape);
    const split = (value: Tensor, sizes: readonly number[]): readonly Tensor[] =>
      tape.ops('Split', sizes.length, [value, tape.integers(sizes)], { axis: attr.int(1) });
    return (projected, before) => {
      const sum =
        before === null ? projected : tape.op('Gemm', [before.hidden, parameter('recurrent'), projected]);
      const [gates, candidate] = split(sum, [3 * units, units]);
      const [enter, leave, stay] = split(tape.op('Sigmoid', [gates!]), [units, units, units]);
      const entering = m.mul(enter!, tape.op('Tanh', [candidate!]));
      const cell = before === null ? entering : m.add(m.mul(stay!, before.cell!), entering);
      return { hidden: m.mul(leave!, tape.op('Tanh', [cell])), cell };
    };
  },
  GRU: ({ tape, parameter }, units) => {
    const m = arithmetic(tape);
    const split = (value: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] =>
      tape.ops('Split', sizes.length, [value, tape.integers(sizes)], { axis: attr.int(axis) });
    const [gateWeights, hiddenWeights] = split(parameter('recurrent'), [2 * units, units], 1);
    const [gateBias, hiddenBias] = split(parameter('recurrentBias'), [2 * units, units], 0);
    return (projected, before) => {
      const [gateInput, hiddenInput] = split(projected, [2 * units, units], 1);
      const gateSum = m.add(gateInput!, gateBias!);
      const gates = before === null ? gateSum : tape.op('Gemm', [before.hidden, gateWeights!, gateSum]);
      const [update, reset] = split(tape.op('Sigmoid', [gates]), [units, units], 1);
      const remembered =
        before === null ? hiddenBias! : tape.op('Gemm', [before.hidden, hiddenWeights!, hiddenBias!]);
      const candidate = tape.op('Tanh', [m.add(hiddenInput!, m.mul(reset!, remembered))]);
      const distance = before === null ? m.neg(candidate) : m.sub(before.hidden, candidate);
      return { hidden: m.add(candidate, m.mul(update!, distance)) };
    };
  },
};

/** ONNX's own operator, which wants steps first and weights transposed; onnxruntime folds that when it loads. */
function serve(kind: CellKind, units: number, { context, input, everyStep }: Application): Tensor {
  const { tape, parameter } = context;
  const m = arithmetic(tape);
  const front = (tensor: Tensor): Tensor => tape.op('Unsqueeze', [tensor, tape.integers([0])]);
  const bias = parameter('bias');
  const recurrentBias =
    kind === 'GRU' ? parameter('recurrentBias') : m.zeros(bias.type, [GATES[kind] * units]);
  const attributes: Attributes = {
    hidden_size: attr.int(units),
    ...(kind === 'GRU' ? { linear_before_reset: attr.int(1) } : {}),
  };
  const [all, last] = tape.ops(
    kind,
    2,
    [
      m.transpose(input, [1, 0, 2]),
      front(m.transpose(parameter('weight'), [1, 0])),
      front(m.transpose(parameter('recurrent'), [1, 0])),
      front(tape.op('Concat', [bias, recurrentBias], { axis: attr.int(0) })),
    ],
    attributes,
  );
  if (!everyStep) return tape.op('Squeeze', [last!, tape.integers([0])]);
  return m.transpose(tape.op('Squeeze', [all!, tape.integers([1])]), [1, 0, 2]);
}
