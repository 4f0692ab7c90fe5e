/** Inspects model files within what this function may use, a few at a time. */
import { availableParallelism } from 'node:os';
import type { ServingMeasure } from '../../lib/contracts/serving.ts';
import { OnrampError } from '../../lib/core/index.ts';
import { inspectModel, type ModelInspection } from '../../lib/onnx/index.ts';
import type { ImportDraft } from '../../lib/registry/index.ts';
import { describeMachine, memoryHereBytes } from '../middleware/machine.ts';

/** Of the memory there is, the share that a model on trial may take. */
const memoryShare = 0.6;
const maxMemoryMb = 2048;
/** Imports beyond these are sent away at once, as they could not be answered in time. */
const maxWaiting = 8;

/**
 * Makes the function that looks into a file.
 *
 * @throws rate_limited `too_many_imports`; and what `inspectModel` throws
 */
export function createInspector(concurrency = Math.max(1, availableParallelism() - 1)) {
  const limits = { memoryLimitMb: memoryLimitMb() };
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (path: string): Promise<ImportDraft> => {
    if (running >= concurrency) {
      if (waiting.length >= maxWaiting) throw tooMany();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return draftOf(await inspectModel(path, limits));
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

const tooMany = (): OnrampError =>
  new OnrampError('rate_limited', 'Other models are being imported right now; try again in a few seconds.', {
    code: 'too_many_imports',
  });

const memoryLimitMb = (): number =>
  Math.min(maxMemoryMb, Math.floor((memoryHereBytes() / 1_048_576) * memoryShare));

function draftOf({ inputs, outputs, probe, timing, warnings, ...said }: ModelInspection): ImportDraft {
  return {
    signature: { inputs: inputs.map(tensorOf), outputs: outputs.map(tensorOf) },
    ...said,
    ...(probe && { probe: { ...probe, shapes: probe.shapes.map((shape) => [...shape]) } }),
    ...(timing && { serving: servingOf(timing) }),
    warnings: warnings.map(({ code, message }) => ({ code, column: null, message })),
  };
}

/** Rows are counted one a call: what a made-up batch would tell is not what real ones cost. */
function servingOf({ ms, runs }: NonNullable<ModelInspection['timing']>): ServingMeasure {
  const msPerCall = Number(Math.max(ms, 0.001).toPrecision(3));
  const rowsPerSecond = Number((1000 / msPerCall).toPrecision(3));
  return {
    ...{ ms_per_call: msPerCall, rows_per_second: rowsPerSecond, calls: runs },
    measured_on: describeMachine(),
  };
}

const tensorOf = ({ name, type, shape }: ModelInspection['inputs'][number]) => ({
  name,
  type,
  shape: [...shape],
});
