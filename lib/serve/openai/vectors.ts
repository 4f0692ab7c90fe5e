/** Vectors as OpenAI's clients expect them. */
import { invalidInput, shortest32 } from '../../core/index.ts';

/**
 * The first dimensions of a vector, brought back to length 1 if all vectors of its model have that: what models that
 * were trained for it (Matryoshka representation learning, arXiv:2205.13147) are asked for.
 */
export function cutVector(vector: Float32Array, dimensions: number, isUnit: boolean): Float32Array {
  if (dimensions === vector.length) return vector;
  const cut = vector.slice(0, dimensions);
  if (!isUnit) return cut;
  const length = Math.sqrt(cut.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? cut.map((value) => value / length) : cut;
}

/**
 * The items of `data`: numbers with as few digits as read back as the same floats, or the floats' bytes in base64,
 * little-endian.
 *
 * @throws invalid_request `non_finite_output`
 */
export function writeVectors(vectors: readonly Float32Array[], format: 'float' | 'base64'): string[] {
  const write = format === 'base64' ? inBase64 : inNumbers;
  return vectors.map((vector, index) => {
    if (!vector.every(Number.isFinite)) throw notFinite(index);
    return `{"object":"embedding","index":${index},"embedding":${write(vector)}}`;
  });
}

const inNumbers = (vector: Float32Array): string => `[${Array.from(vector, shortest32).join(',')}]`;

const inBase64 = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  `"${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}"`;

const notFinite = (index: number): Error =>
  invalidInput(
    `The vector of input ${index} holds values that are no numbers; the model fails on this text.`,
    {
      code: 'non_finite_output',
    },
  );
