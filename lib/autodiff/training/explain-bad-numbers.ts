/** Finds out where a training went wrong whose loss is no finite number, and says what to try. */
import { invalidInput, type OnrampError } from '../../core/index.ts';
import { createSession } from '../../onnx/index.ts';
import { float32Table, float32Vector } from './feeds.ts';
import { type Examples, feedNames, feedsOf, type GraphSource } from './graph-parts.ts';
import type { Slot } from './parameters.ts';
import type { BadNumbers } from './plan.ts';
import { type FaultGraph, faultGraph } from './score-graph.ts';

/**
 * Repeats the step with every result in view. What is named is the first one on the way forward that is no finite number;
 * else the last parameter whose gradient is none, as that is the first on the way back.
 */
export async function explainBadNumbers(
  source: GraphSource,
  examples: Examples,
  bad: BadNumbers,
): Promise<OnrampError> {
  const where = await findPlace(source, examples, bad);
  const when =
    bad.step === 0
      ? `The validation loss after epoch ${bad.epoch} is ${bad.loss}`
      : `The loss became ${bad.loss} at step ${bad.step} of ${bad.stepsPerEpoch} in epoch ${bad.epoch}`;
  return invalidInput(
    `${when}: ${where}. Try a lower learning rate, scale the inputs, or clip the gradient.`,
    { code: 'training_diverged', param: 'parameters' },
  );
}

async function findPlace(source: GraphSource, examples: Examples, bad: BadNumbers): Promise<string> {
  const { state, rows, shares } = bad;
  const spoilt = firstBad(source.layout.trained, state.trained);
  if (spoilt) return `the parameter "${spoilt.name}" is not finite any more`;
  const graph = faultGraph(source, examples, rows.length);
  const session = await createSession(graph.model);
  try {
    const result = await session.run({
      ...feedsOf(examples),
      [feedNames.rows]: { type: 'int32', dims: [rows.length], data: rows },
      [feedNames.shares]: float32Vector(shares),
      [feedNames.weights]: float32Table(state.trained, 1),
      ...(state.kept.length > 0 && { [feedNames.kept]: float32Table(state.kept, 1) }),
    });
    const faults = result.faults!.data as Float32Array;
    const gradient = result.gradient!.data as Float32Array;
    return placeOf(graph, faults) ?? gradientPlace(source.layout.trained, gradient) ?? elsewhere(bad);
  } finally {
    await session.release();
  }
}

const elsewhere = ({ step }: BadNumbers): string =>
  step === 0
    ? 'the rows learnt from give finite numbers, so that some of those held out are no numbers or very large ones'
    : 'the step made the weights so large that the next one overflows';

function placeOf({ places }: FaultGraph, faults: Float32Array): string | null {
  const first = faults.findIndex((fault) => !Number.isFinite(fault));
  if (first < 0) return null;
  const { operator, parameter } = places[first]!;
  return parameter === null
    ? `the inputs are not finite or overflow at once (${operator})`
    : `what is computed with the parameter "${parameter}" overflows (${operator})`;
}

function gradientPlace(slots: readonly Slot[], gradient: Float32Array): string | null {
  const spoilt = firstBad([...slots].reverse(), gradient);
  return spoilt ? `the gradient of the parameter "${spoilt.name}" overflows` : null;
}

const firstBad = (slots: readonly Slot[], vector: Float32Array): Slot | undefined =>
  slots.find(({ start, size }) => !vector.subarray(start, start + size).every(Number.isFinite));
