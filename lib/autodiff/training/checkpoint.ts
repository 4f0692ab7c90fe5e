/** A training's state as bytes: one compact form with a version and a digest, so that what is damaged is not gone on with. */
import { hash } from 'node:crypto';
import { noPlateau } from '../schedules.ts';
import type { Best, TrainingState } from './state.ts';

/** First bytes of every checkpoint. */
const magic = 'ONRAMP-TRAINING';
const version = 1;
const digestBytes = 32;
/** Numbers begin at multiples of this, so that arrays can be views. */
const alignment = 8;

type Vector = Float32Array | Float64Array;

interface Header {
  readonly magic: string;
  readonly version: number;
  /** Of the training that the state belongs to. */
  readonly fingerprint: string;
  readonly epoch: number;
  readonly step: number;
  readonly lossSum: number;
  readonly waited: number;
  readonly plateau: TrainingState['plateau'];
  readonly history: TrainingState['history'];
  readonly best: Pick<Best, 'epoch' | 'loss'> | null;
  readonly vectors: readonly { readonly type: 'float32' | 'float64'; readonly length: number }[];
}

/**
 * SHA-256 of the rest, 32 bytes; length of the header, 4 bytes, little-endian; the header, JSON in UTF-8 filled up with
 * spaces; the vectors, little-endian. JSON has no infinite numbers: a plateau that has seen nothing is written as null.
 */
export function encodeCheckpoint(state: TrainingState, fingerprint: string): Uint8Array<ArrayBuffer> {
  const { epoch, step, lossSum, waited, plateau, history, best } = state;
  const vectors = vectorsOf(state);
  const header: Header = {
    magic,
    version,
    fingerprint,
    ...{ epoch, step, lossSum, waited, plateau, history },
    best: best && { epoch: best.epoch, loss: best.loss },
    vectors: vectors.map((vector) => ({
      type: vector instanceof Float32Array ? 'float32' : 'float64',
      length: vector.length,
    })),
  };
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const start = roundUp(digestBytes + 4 + text.length);
  const size = vectors.reduce((end, { byteLength }) => roundUp(end + byteLength), start);
  const bytes = Buffer.alloc(size);
  bytes.fill(0x20, digestBytes + 4, start);
  bytes.writeUInt32LE(start - digestBytes - 4, digestBytes);
  bytes.set(text, digestBytes + 4);
  let end = start;
  for (const vector of vectors) {
    bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), end);
    end = roundUp(end + vector.byteLength);
  }
  bytes.set(digestOf(bytes), 0);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The state in a checkpoint; null for bytes that are damaged, of another version or of another training: a training then
 * begins anew, which is slower but not wrong.
 */
export function decodeCheckpoint(bytes: Uint8Array, fingerprint: string): TrainingState | null {
  const aligned = Buffer.from(Uint8Array.from(bytes).buffer);
  if (aligned.length < digestBytes + 4) return null;
  if (!digestOf(aligned).equals(aligned.subarray(0, digestBytes))) return null;
  const headerEnd = digestBytes + 4 + aligned.readUInt32LE(digestBytes);
  const header = JSON.parse(aligned.toString('utf8', digestBytes + 4, headerEnd)) as Header;
  if (header.magic !== magic || header.version !== version || header.fingerprint !== fingerprint) return null;
  const { epoch, step, lossSum, waited, plateau, history, best } = header;
  let end = headerEnd;
  const vectors = header.vectors.map(({ type, length }): Vector => {
    const ArrayType = type === 'float32' ? Float32Array : Float64Array;
    const vector = new ArrayType(aligned.buffer, end, length);
    end = roundUp(end + vector.byteLength);
    return vector;
  });
  const take = (): Float32Array => vectors.shift() as Float32Array;
  return {
    ...{ epoch, step, lossSum, waited, history },
    plateau: { ...plateau, best: plateau.best ?? noPlateau.best },
    trained: take(),
    kept: take(),
    best: best && { ...best, trained: take(), kept: take() },
    memory: vectors,
  };
}

/** Every vector of a state in the order in which they are written. */
const vectorsOf = ({ trained, kept, best, memory }: TrainingState): readonly Vector[] => [
  ...[trained, kept],
  ...(best ? [best.trained, best.kept] : []),
  ...memory,
];

const roundUp = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

const digestOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(hash('sha256', bytes.subarray(digestBytes), 'hex'), 'hex');
