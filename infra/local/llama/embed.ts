/** Vectors of texts, in OpenAI's dialect. */
import * as z from 'zod';
import { invalidInput } from '../../../lib/core/index.ts';
import { checkTokens } from './check-tokens.ts';
import type { EmbeddingModel } from './language-model.ts';
import type { Token } from './library.ts';
import { type Body, parse, refuseUnknown } from './read-request.ts';

const request = z.object({
  model: z.string(),
  input: z.union(
    [
      z.string(),
      z.array(z.string()).min(1),
      z.array(z.int().min(0)).min(1),
      z.array(z.array(z.int().min(0)).min(1)).min(1),
    ],
    'give a text, a list of texts, or tokens',
  ),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});
const known = new Set(['model', 'input', 'encoding_format', 'user']);

/**
 * Answers a request for embeddings; the vectors have length 1, as OpenAI's have.
 *
 * @throws invalid_request naming the field; `context_length_exceeded`
 */
export async function embed(model: EmbeddingModel, body: Body, signal: AbortSignal): Promise<object> {
  refuseUnknown(body, known);
  const { model: name, input, encoding_format: format } = parse(request, body);
  const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  const data: object[] = [];
  let tokenCount = 0;
  for (const [index, one] of (inputs as readonly (string | Token[])[]).entries()) {
    signal.throwIfAborted();
    const tokens = typeof one === 'string' ? model.model.tokenize(one) : one;
    if (typeof one !== 'string') checkTokens(model.model, one, `input.${index}`);
    // The library adds the marks of beginning and end to the very array that it is given.
    const length = model.context.calculateInputLength([...tokens]);
    if (tokens.length === 0 || length >= model.contextSize)
      throw refuseLength(index, length, model.contextSize);
    tokenCount += length;
    const { vector } = await model.context.getEmbeddingFor(tokens);
    data.push({ object: 'embedding', index, embedding: encode(normalize(vector), format ?? 'float') });
  }
  const usage = { prompt_tokens: tokenCount, total_tokens: tokenCount };
  return { object: 'list', data, model: name, usage };
}

const refuseLength = (index: number, length: number, limit: number): Error =>
  invalidInput(`input.${index}: has ${length} tokens; the model takes from 1 to ${limit - 1}.`, {
    code: 'context_length_exceeded',
    param: `input.${index}`,
  });

function normalize(vector: readonly number[]): Float32Array {
  const norm = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => (norm === 0 ? 0 : value / norm));
}

/** The official clients ask for base64: little-endian numbers of 32 bits. */
function encode(vector: Float32Array, format: 'float' | 'base64'): readonly number[] | string {
  return format === 'float' ? [...vector] : Buffer.from(vector.buffer).toString('base64');
}
