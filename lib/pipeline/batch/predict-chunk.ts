/** Answers for some rows: by the decoder and the session that HTTP requests get; what is wrong with a row stays its own. */
import type { JobOptions, JobRowError } from '../../contracts/jobs.ts';
import { invalidInput, isOnrampError, type OnrampError } from '../../core/index.ts';
import type { TensorData } from '../../onnx/types.ts';
import type { RowModel } from '../../serve/index.ts';
import type { RowChunk } from './row-chunks.ts';

/** The answers to a chunk. */
export interface ChunkAnswers {
  /** For each row its place among the answers, or -1. */
  readonly places: Int32Array;
  readonly outputs: Readonly<Record<string, TensorData>>;
  /** For each row the number of its warnings. */
  readonly warnings: Uint32Array;
  readonly errors: readonly JobRowError[];
}

/**
 * Predicts for a chunk. Rows that cannot be read, or whose answer is no number, are errors and have no place.
 *
 * @throws invalid_request for the first such row where the options say stop
 */
export async function predictChunk(
  model: RowModel,
  chunk: RowChunk,
  options: JobOptions,
): Promise<ChunkAnswers> {
  const errors = new Map<number, JobRowError>();
  const { good: read, feeds, warnings } = decodeChunk(model, chunk, { options, errors });
  const { good, outputs } = await runChunk(model, chunk, { options, errors, good: read, feeds });
  const places = new Int32Array(chunk.rows).fill(-1);
  for (const [place, row] of good.entries()) places[row] = place;
  if (options.non_finite === 'error') refuseNonFinite(outputs, { chunk, places, errors });
  for (const row of errors.keys()) {
    places[row] = -1;
    warnings[row] = 0;
  }
  const sorted = [...errors.values()].sort((left, right) => left.row - right.row);
  if (options.on_error === 'stop' && sorted[0]) throw stopped(sorted[0]);
  return { places, outputs, warnings, errors: sorted };
}

const stopped = ({ row, field, code, message }: JobRowError): OnrampError =>
  invalidInput(`Row ${row} (counted from 0): ${message}`, { code, ...(field !== null && { param: field }) });

interface Decoding {
  readonly options: Pick<JobOptions, 'strict'>;
  /** By place in the chunk; filled here. */
  readonly errors: Map<number, JobRowError>;
}

/** Rows that were read. */
export interface Decoded {
  /** Places of the rows that could be read. */
  readonly good: readonly number[];
  readonly feeds: Record<string, TensorData>;
  readonly warnings: Uint32Array;
}

/** Reads all rows at once; if one of them cannot be read, each alone to find out which, and then the others at once. */
export function decodeChunk(model: RowModel, chunk: RowChunk, { options, errors }: Decoding): Decoded {
  const { strict } = options;
  const warnings = new Uint32Array(chunk.rows);
  const all = Array.from({ length: chunk.rows }, (_, row) => row);
  const decode = (rows: readonly number[], picked?: readonly number[]): Record<string, TensorData> => {
    const onWarning = ({ row }: { readonly row: number }): void => {
      warnings[rows[row]!]! += 1;
    };
    return model.decode(chunk.source(picked), { strict, onWarning }).feeds;
  };
  try {
    return { good: all, feeds: decode(all), warnings };
  } catch (error) {
    if (!isRowFault(error)) throw error;
  }
  const good = all.filter((row) => {
    try {
      model.decode(chunk.source([row]), { strict, onWarning: () => {} });
      return true;
    } catch (error) {
      if (!isRowFault(error)) throw error;
      errors.set(row, rowError(error, { row: chunk.start + row, source: chunk.source([row]) }));
      return false;
    }
  });
  warnings.fill(0);
  return { good, feeds: good.length === 0 ? {} : decode(good, good), warnings };
}

/** Runs the model; if a picture cannot be decoded, each row alone to find out which, and then the others at once. */
async function runChunk(
  model: RowModel,
  chunk: RowChunk,
  { options, errors, good, feeds }: Decoding & Pick<Decoded, 'good' | 'feeds'>,
): Promise<Pick<ChunkAnswers, 'outputs'> & Pick<Decoded, 'good'>> {
  if (good.length === 0) return { good, outputs: {} };
  const feedsOf = (rows: readonly number[]): Decoded['feeds'] =>
    model.decode(chunk.source(rows), { strict: options.strict, onWarning: () => {} }).feeds;
  try {
    return { good, outputs: await model.session.run(feeds) };
  } catch (error) {
    if (!isRowFault(error) || !model.signature.features.some(({ type }) => type === 'image')) throw error;
  }
  const left: number[] = [];
  for (const row of good) {
    try {
      await model.session.run(feedsOf([row]));
      left.push(row);
    } catch (error) {
      if (!isRowFault(error)) throw error;
      errors.set(row, rowError(error, { row: chunk.start + row, source: chunk.source([row]) }));
    }
  }
  return { good: left, outputs: left.length === 0 ? {} : await model.session.run(feedsOf(left)) };
}

const isRowFault = (error: unknown): error is OnrampError =>
  isOnrampError(error) && error.kind === 'invalid_request';

/** The refusal of one row alone, told as of the row it is. */
function rowError(
  { code, message, param }: OnrampError,
  { row, source }: { readonly row: number; readonly source: ReturnType<RowChunk['source']> },
): JobRowError {
  const { place } = source;
  if (source.kind === 'columns' && source.nameOf) return { row, field: param, code, message };
  const numbered = source.kind === 'instances' ? `${place}[0]` : '';
  const field =
    source.kind === 'instances'
      ? (param ?? '').replace(`${numbered}.`, '')
      : (param ?? '').slice(place.length + 1).replace(/\[0\]$/, '');
  const told =
    source.kind === 'instances'
      ? message.replaceAll(numbered, `${place}[${row}]`)
      : message.replaceAll(`${place}.${field}[0]`, `${place}.${field}[${row}]`);
  return { row, field: field === '' || field === numbered ? null : field, code, message: told };
}

interface Answered extends Pick<Decoding, 'errors'> {
  readonly chunk: RowChunk;
  readonly places: Int32Array;
}

/** Models may answer NaN or an infinity: an error unless the job says how to write it. */
function refuseNonFinite(
  outputs: Readonly<Record<string, TensorData>>,
  { chunk, places, errors }: Answered,
): void {
  const { probabilities, value, distances, score } = outputs;
  const numbers = (probabilities ?? value ?? distances ?? score)?.data as Float32Array | undefined;
  if (!numbers || numbers.every(Number.isFinite)) return;
  const answered = places.reduce((count, place) => count + Number(place >= 0), 0);
  const width = numbers.length / answered;
  for (let row = 0; row < places.length; row += 1) {
    const place = places[row]!;
    if (place < 0) continue;
    const odd = numbers.subarray(place * width, (place + 1) * width).find((value) => !Number.isFinite(value));
    if (odd === undefined) continue;
    errors.set(row, {
      row: chunk.start + row,
      field: null,
      code: 'non_finite_output',
      message: `The model answers ${odd}; make the job with non_finite "null" or "string" to have that written.`,
    });
  }
}
