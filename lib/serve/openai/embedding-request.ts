/** Reads the body of `POST /v1/embeddings`. */
import { embeddingLimits } from '../../contracts/limits.ts';
import { invalidInput, isRecord, type OnrampError } from '../../core/index.ts';

/** One text, or its tokens. */
export type EmbeddingInput = string | readonly number[];

/** A request, checked as far as no model is needed for that. */
export interface EmbeddingRequest {
  readonly model: string;
  readonly inputs: readonly EmbeddingInput[];
  /** What each input is called in a refusal. */
  place(index: number): string;
  readonly format: 'float' | 'base64';
  readonly dimensions: number | null;
  /** Name of the prompt to put before every text; null for none, absent for the model's own choice. */
  readonly prompt?: string | null;
}

/**
 * Checks a body.
 *
 * Fields that it does not know are passed over: OpenAI's own `user` among them.
 *
 * @throws invalid_request `wrong_type`, `invalid_field` or `too_many_inputs`, naming the place
 */
export function readEmbeddingRequest(body: unknown): EmbeddingRequest {
  if (!isRecord(body))
    throw wrongType(null, 'The body must be an object such as {"model": ..., "input": ...}.');
  const { model, input, encoding_format: format, dimensions, prompt_name: prompt } = body;
  if (typeof model !== 'string') throw wrongType('model', '"model" must be the name of a model.');
  if (format !== undefined && format !== null && format !== 'float' && format !== 'base64') {
    throw invalid('encoding_format', '"encoding_format" must be "float" or "base64".');
  }
  if (
    dimensions !== undefined &&
    dimensions !== null &&
    !(Number.isInteger(dimensions) && Number(dimensions) > 0)
  ) {
    throw invalid('dimensions', '"dimensions" must be a whole number from 1.');
  }
  if (prompt !== undefined && prompt !== null && typeof prompt !== 'string') {
    throw wrongType('prompt_name', '"prompt_name" must be the name of one of the model\'s prompts, or null.');
  }
  refuseGeneration(body);
  return {
    model,
    ...readInput(input),
    format: format ?? 'float',
    dimensions: dimensions == null ? null : Number(dimensions),
    ...(prompt !== undefined && { prompt }),
  };
}

/** A container with one address for everything would answer these in place of the input. */
function refuseGeneration(body: Readonly<Record<string, unknown>>): void {
  const routes = { messages: 'POST /v1/chat/completions', prompt: 'POST /v1/completions' };
  for (const [field, route] of Object.entries(routes)) {
    if (body[field] == null) continue;
    throw invalid(field, `"${field}" is not for embeddings: send it to ${route}.`);
  }
}

function readInput(input: unknown): Pick<EmbeddingRequest, 'inputs' | 'place'> {
  if (typeof input === 'string' || isTokens(input)) {
    if (input.length === 0) throw emptyInput('input');
    return { inputs: [input], place: () => 'input' };
  }
  if (!Array.isArray(input)) {
    throw wrongType(
      'input',
      '"input" must be a text, a list of texts, a list of tokens, or a list of such lists.',
    );
  }
  if (input.length === 0) throw emptyInput('input');
  if (input.length > embeddingLimits.inputs) throw tooMany(input.length);
  const place = (index: number): string => `input[${index}]`;
  for (const [index, one] of input.entries()) {
    const isAlike =
      typeof one === 'string' ? typeof input[0] === 'string' : isTokens(one) && isTokens(input[0]);
    if (!isAlike)
      throw wrongType(place(index), `"${place(index)}" must be a text or a list of tokens, like the others.`);
    if (one.length === 0) throw emptyInput(place(index));
  }
  return { inputs: input, place };
}

/** No token is a text; an empty list is one of tokens. */
const isTokens = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((token) => Number.isInteger(token));

const wrongType = (param: string | null, message: string): OnrampError =>
  invalidInput(message, { code: 'wrong_type', ...(param !== null && { param }) });

const invalid = (param: string, message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param });

const emptyInput = (place: string): OnrampError =>
  invalid(place, `"${place}" is empty; nothing can be said of it.`);

const tooMany = (count: number): OnrampError =>
  invalidInput(`"input" holds ${count} texts; at most ${embeddingLimits.inputs} are taken at once.`, {
    code: 'too_many_inputs',
    param: 'input',
  });
