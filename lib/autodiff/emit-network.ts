/** Writes a network that has learnt into a graph that serves. */
import { internal } from '../core/index.ts';
import type { GraphBuilder } from '../onnx/index.ts';
import { createTape } from './tape.ts';
import type { Network, Tensor, Weights } from './types.ts';

/**
 * Adds the network with its numbers; nothing is dropped, and norms use what they remember.
 *
 * @param inputs by the names that the network gives them; the first axis may be the name of the number of rows
 */
export function emitNetwork(
  builder: GraphBuilder,
  network: Network,
  { weights, inputs }: { readonly weights: Weights; readonly inputs: Readonly<Record<string, Tensor>> },
): Tensor {
  const tape = createTape(builder);
  return network.forward(
    {
      tape,
      training: false,
      parameter: (name) => {
        const tensor = weights[name];
        if (!tensor) throw internal(`the network asks for a parameter "${name}" that it has not learnt`);
        return tape.constant(tensor, name);
      },
      update: () => {},
      random: () => {
        throw internal('a network may ask for random numbers only while it is trained');
      },
    },
    inputs,
  );
}
