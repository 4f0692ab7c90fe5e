/** Times a new version's predictions, so that its card can say what they cost. */
import type { ServingMeasure } from '../contracts/serving.ts';
import { createSession } from '../onnx/index.ts';
import { compileSignature, readerOf, withLabels } from '../serve/index.ts';
import type { TrainedModel } from '../train/index.ts';
import type { PreparedProblem } from './problem.ts';
import { rawRows } from './raw-rows.ts';

/** The machine that measures. */
export interface Machine {
  readonly description: ServingMeasure['measured_on'];
  /** Milliseconds of a clock that goes forward only, with fractions. */
  now(): number;
}

/** The first calls compile code and fill caches. */
const warmCalls = 20;
const timedCalls = 200;
const timedBatches = 7;
/** Rows of a call with many; more change nothing. */
const batchRows = 1000;
/** A slow model is timed by fewer calls, but not by fewer than `leastCalls`. */
const longestMs = 1500;
const leastCalls = 5;

/**
 * The median time of calls for one held-out row each, from the text of the request to the tensors of the answer as they
 * are when served, and the rows a second of calls with many rows. What is timed decides nothing else about the version.
 */
export async function measureServing(
  { table, split }: Pick<PreparedProblem, 'table' | 'split'>,
  { bytes, schema }: Pick<TrainedModel, 'bytes' | 'schema'>,
  machine: Machine,
): Promise<ServingMeasure> {
  const rows = rawRows(table, schema.features, split.heldOut.test.subarray(0, batchRows));
  const names = schema.features.map(({ name }) => name);
  const instances = rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index]!, value])));
  const single = instances.slice(0, timedCalls).map((row) => JSON.stringify({ instances: [row] }));
  const batch = JSON.stringify({ instances });
  const read = readerOf(compileSignature(schema));
  const session = withLabels(await createSession(bytes), schema);
  const call = async (text: string): Promise<void> => {
    await session.run(read(text).feeds);
  };
  try {
    const one = (index: number): Promise<void> => call(single[index % single.length]!);
    return await measureCalls({ one, many: () => call(batch), rows: instances.length }, machine);
  } finally {
    await session.release();
  }
}

/** What is timed. */
export interface MeasuredCalls {
  /** A call for one row; the number of the call. */
  one(index: number): Promise<void>;
  /** A call for `rows` rows. */
  many(): Promise<void>;
  readonly rows: number;
}

/** The median time of calls for one row each, and the rows a second of calls with many. */
export async function measureCalls(
  { one, many, rows }: MeasuredCalls,
  { description, now }: Machine,
): Promise<ServingMeasure> {
  const calls = await timesOf(one, { now, warm: warmCalls, timed: timedCalls });
  const batches = await timesOf(many, { now, warm: 1, timed: timedBatches });
  return {
    ms_per_call: threeDigits(median(calls)),
    rows_per_second: threeDigits((rows * 1000) / median(batches)),
    calls: calls.length,
    measured_on: description,
  };
}

interface Timing {
  now(): number;
  readonly warm: number;
  readonly timed: number;
}

/** Milliseconds of each call, those for warming up left out. */
async function timesOf(
  call: (index: number) => Promise<void>,
  { now, warm, timed }: Timing,
): Promise<number[]> {
  const endsAt = now() + longestMs;
  for (let index = 0; index < warm && (index === 0 || now() < endsAt); index += 1) await call(index);
  const times: number[] = [];
  while (times.length < timed && (times.length < leastCalls || now() < endsAt)) {
    const startedAt = now();
    await call(times.length);
    times.push(now() - startedAt);
  }
  return times;
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}

/** A clock that stood still, as in a test, must not make a time of nothing. */
const threeDigits = (value: number): number => Number(Math.min(1e9, Math.max(value, 0.001)).toPrecision(3));
