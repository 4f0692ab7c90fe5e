/** How the runtime runs the graphs of a training. */
import { createSession, type ModelSession } from '../../onnx/index.ts';

/**
 * Loads a graph for the thread that trains. Weights change from step to step, so that the layouts that `all` would bring
 * them into do not pay; a training's thread has nothing else to do while the others compute, so they may spin; and the
 * means that optimisers remember fade into denormal numbers where a gradient stays 0, which doubled the time of a step.
 */
export const trainingSession = (model: Uint8Array, threads: number): Promise<ModelSession> =>
  createSession(model, {
    threads,
    optimization: 'extended',
    spinning: threads > 1,
    flushDenormals: true,
  });
