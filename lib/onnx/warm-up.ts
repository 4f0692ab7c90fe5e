/** Loads the runtime ahead of the first model. */
import { encodeModel } from './encode.ts';
import { createGraphBuilder } from './graph-builder.ts';
import { createSession } from './session.ts';

/**
 * Loads onnxruntime and lets it set itself up, which takes longer than loading a small model afterwards.
 *
 * @throws OnrampError `runtime_missing` when there is no native library for this machine
 */
export async function warmUpRuntime(): Promise<void> {
  const graph = createGraphBuilder('warm-up');
  graph.output('y', graph.op('Identity', [graph.input('x', 'float32', [1])]), 'float32', [1]);
  const session = await createSession(encodeModel(graph.model()));
  await session.release();
}
