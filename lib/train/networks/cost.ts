/** What a network costs, read off the graph that it writes. */
import { createTape, type Network, type TapeNode } from '../../autodiff/index.ts';
import { createGraphBuilder } from '../../onnx/index.ts';

/** Numbers that a network learns or keeps. */
export const parameterCount = ({ parameters }: Network): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + product(shape), 0);

/** What one row takes on the way forward; a step of training takes about three times as much. */
export interface RowCost {
  /** Of products, convolutions and cells. */
  readonly multiplications: number;
  /** Numbers that all operators give. */
  readonly results: number;
}

/** @param inputs the shape of each input for one row, the row's own axis first */
export function costOfRow(network: Network, inputs: Readonly<Record<string, readonly number[]>>): RowCost {
  const builder = createGraphBuilder('cost');
  const tape = createTape(builder);
  const input = (name: string, shape: readonly number[]) =>
    tape.adopt(builder.input(name, 'float32', shape), 'float32', shape);
  network.forward(
    {
      tape,
      training: false,
      parameter: (name) => input(name, network.parameters[name]!.shape),
      update: () => {},
      random: (shape) => input('random', shape),
    },
    Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, input(name, shape)])),
  );
  const sum = (of: (node: TapeNode) => number): number =>
    tape.nodes.reduce((total, node) => total + of(node), 0);
  return {
    multiplications: sum(productsOf),
    results: sum(({ outputs }) => outputs.reduce((total, { shape }) => total + product(shape), 0)),
  };
}

function productsOf(node: TapeNode): number {
  const results = product(node.outputs[0]!.shape);
  switch (node.opType) {
    case 'Gemm':
    case 'MatMul':
      return results * Number(node.input(0).shape.at(-1));
    case 'Conv':
      return results * product(node.input(1).shape.slice(1));
    case 'RNN':
    case 'GRU':
    case 'LSTM':
      // Every step multiplies the weights of inputs and of the state.
      return Number(node.input(0).shape[0]) * (product(node.input(1).shape) + product(node.input(2).shape));
    default:
      return 0;
  }
}

const product = (sizes: readonly (number | string)[]): number =>
  sizes.reduce<number>((total, size) => total * Number(size), 1);
