/** Tries a model nobody knows on made-up inputs, from the smallest sizes up, until it takes one. */
import { isOnrampError, OnrampError } from '../../core/index.ts';
import type { ModelSession } from '../session.ts';
import { ELEMENT_LAYOUTS, elementCount } from '../tensor.ts';
import type { ElementType, TensorData, ValueInfo } from '../types.ts';

/** What a model was tried on: every input of these sizes, filled with one value; texts are empty. */
export interface Probe {
  readonly value: number;
  /** Sizes by input, in the order of the session's inputs. */
  readonly shapes: readonly (readonly number[])[];
  /** True if twice the batch worked too; null if no first size is variable, or there was no time to see. */
  readonly batch: boolean | null;
}

/** What came of the trials: the first input that was taken, or why the smallest was not. */
export type ProbeOutcome =
  | { readonly probe: Probe; readonly batchFault: string | null }
  | { readonly probe: null; readonly fault: string };

/**
 * The trials in order: the variable sizes (but for the batch) and the value. Detectors need sizes that can be halved a
 * few times, audio models at least a window.
 */
const trials: readonly (readonly [size: number, value: number])[] = [
  [1, 0],
  [1, 1],
  [2, 1],
  [32, 0],
  [32, 1],
  [512, 0],
  [512, 1],
];

/** An input larger than this is not made up; models with many variable sizes would get huge ones. */
const maxElements = 2 ** 24;

/**
 * Runs the model once on an input that it takes, and again on twice the batch if the first sizes are variable.
 *
 * @param isLate says when to begin no other trial: a large model may need seconds for each
 * @throws OnrampError `probe_failed` if the model runs out of memory
 */
export async function probeSession(
  session: ModelSession,
  isLate: () => boolean = () => false,
): Promise<ProbeOutcome> {
  let firstFault: string | null = null;
  for (const [size, value] of trials) {
    if (firstFault !== null && isLate()) break;
    const shapes = shapesFor(session.inputs, { size, batch: 1 });
    const fault = await attempt(session, shapes, value);
    if (fault !== null) {
      firstFault ??= fault;
      // Where no size but the batch is variable, the later trials are the same again.
      if (value === 1 && !session.inputs.some(hasVariableSize)) break;
      continue;
    }
    if (!hasBatch(session.inputs) || isLate())
      return { probe: { value, shapes, batch: null }, batchFault: null };
    const doubled = shapesFor(session.inputs, { size, batch: 2 });
    const batchFault = await attempt(session, doubled, value);
    return { probe: { value, shapes, batch: batchFault === null }, batchFault };
  }
  return { probe: null, fault: firstFault ?? 'no trial was made' };
}

const timedRuns = 50;
const longestMs = 300;

/** The median time of running the model on what it was tried on, in milliseconds, and of how many runs. */
export async function timeProbe(
  session: ModelSession,
  { shapes, value }: Probe,
  now: () => number,
): Promise<{ readonly ms: number; readonly runs: number }> {
  const feeds = feedsOf(session, shapes, value);
  const endsAt = now() + longestMs;
  const times: number[] = [];
  while (times.length === 0 || (times.length < timedRuns && now() < endsAt)) {
    const startedAt = now();
    await session.run(feeds);
    times.push(now() - startedAt);
  }
  times.sort((left, right) => left - right);
  return { ms: times[Math.floor(times.length / 2)]!, runs: times.length };
}

const hasVariableSize = ({ shape }: ValueInfo): boolean =>
  shape.some((size, axis) => axis > 0 && typeof size === 'string');

/** True if every input begins with a variable size: then it counts the rows of a request. */
const hasBatch = (inputs: readonly ValueInfo[]): boolean =>
  inputs.length > 0 && inputs.every(({ shape }) => typeof shape[0] === 'string');

/**
 * Sizes of all inputs; one name means one size. The first axis is the batch, as everywhere in machine learning. Beside
 * an input that begins with a batch, one that begins with a fixed size is a state, and its nameless size the batch.
 */
function shapesFor(
  inputs: readonly ValueInfo[],
  { size, batch }: { readonly size: number; readonly batch: number },
): number[][] {
  const named = new Map<string, number>();
  for (const { shape } of inputs) {
    for (const [axis, name] of shape.entries()) {
      if (typeof name === 'string' && name !== '' && !named.has(name))
        named.set(name, axis === 0 ? batch : size);
    }
  }
  const hasData = inputs.some(({ shape }) => typeof shape[0] === 'string');
  return inputs.map(({ shape }) => {
    const isState = hasData && typeof shape[0] === 'number';
    return shape.map((part, axis) =>
      typeof part === 'number' ? part : (named.get(part) ?? (axis === 0 || isState ? batch : size)),
    );
  });
}

/** Runs once; gives the reason if the model does not take the input. */
async function attempt(
  session: ModelSession,
  shapes: readonly (readonly number[])[],
  value: number,
): Promise<string | null> {
  if (shapes.some((shape) => elementCount(shape) > maxElements)) return 'the input would be too large to try';
  try {
    await session.run(feedsOf(session, shapes, value));
    return null;
  } catch (error) {
    if (!isOnrampError(error)) throw error;
    if (error.kind === 'invalid_request') return error.message;
    throw new OnrampError('invalid_request', `The model cannot be tried: ${error.message}`, {
      code: 'probe_failed',
      cause: error,
    });
  }
}

function feedsOf(
  { inputs }: ModelSession,
  shapes: readonly (readonly number[])[],
  value: number,
): Record<string, TensorData> {
  return Object.fromEntries(
    inputs.map(({ name, type }, index) => [name, filled(type, shapes[index]!, value)]),
  );
}

/** A one in half precision, whose bits a tensor holds. */
const halfOne = 0x3c00;

function filled(type: ElementType, dims: readonly number[], value: number): TensorData {
  const count = elementCount(dims);
  const { array } = ELEMENT_LAYOUTS[type];
  if (array === null) return { type, dims, data: new Array<string>(count).fill('') };
  const data = new (array as Float32ArrayConstructor)(count);
  if (value === 1) data.fill((type === 'float16' ? halfOne : isWide(type) ? 1n : 1) as never);
  return { type, dims, data };
}

const isWide = (type: ElementType): boolean => type === 'int64' || type === 'uint64';
