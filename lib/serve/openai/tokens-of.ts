/** The tokens of a request's texts, counted before the model is run. */
import type { EmbeddingSettings } from '../../contracts/embedding.ts';
import { embeddingLimits } from '../../contracts/limits.ts';
import { invalidInput, type OnrampError } from '../../core/index.ts';
import type { Tokenizer } from '../../tokenize/index.ts';
import type { EmbeddingInput, EmbeddingRequest } from './embedding-request.ts';

/** The model whose tokens they are. */
interface Owner {
  readonly model: string;
  readonly settings: EmbeddingSettings;
}

/**
 * Token ids of every input, special tokens included. Tokens that a client gives are taken as they are.
 *
 * @throws invalid_request `context_length_exceeded` or `unknown_token` naming the input, `too_many_tokens`
 */
export function tokensOf(
  { inputs, place, prompt }: Pick<EmbeddingRequest, 'inputs' | 'place' | 'prompt'>,
  tokenizer: Tokenizer,
  { model, settings }: Owner,
): readonly (readonly number[])[] {
  const prefix = prefixOf(prompt, { model, settings });
  let total = 0;
  return inputs.map((input, index) => {
    const given = idsOf(input, { tokenizer, prefix, place: place(index) });
    const ids = within(given, { tokenizer, settings, isText: typeof input === 'string' });
    if (!ids) throw tooLong(place(index), given.length, { model, settings });
    total += ids.length;
    if (total > embeddingLimits.tokens) throw tooManyTokens();
    return ids;
  });
}

function prefixOf(asked: string | null | undefined, { model, settings }: Owner): string {
  const name = asked === undefined ? settings.default_prompt : asked;
  if (name === null) return '';
  const { prompts } = settings;
  if (Object.hasOwn(prompts, name)) return prompts[name]!;
  const known = Object.keys(prompts).map((one) => `"${one}"`);
  throw invalidInput(
    `Model "${model}" has no prompt "${name}"; it has ${known.length === 0 ? 'none' : known.join(', ')}.`,
    { code: 'invalid_field', param: 'prompt_name' },
  );
}

interface Encoding {
  readonly tokenizer: Tokenizer;
  readonly prefix: string;
  readonly place: string;
}

function idsOf(input: EmbeddingInput, { tokenizer, prefix, place }: Encoding): readonly number[] {
  if (typeof input === 'string') return tokenizer.encode(prefix + input);
  const { vocabularySize } = tokenizer;
  const strange = input.find((token) => token < 0 || token >= vocabularySize);
  if (strange === undefined) return input;
  throw invalidInput(
    `"${place}" holds the token ${strange}, but the model's are 0 to ${vocabularySize - 1}; send the text itself, as tokens of other models mean nothing here.`,
    { code: 'unknown_token', param: place },
  );
}

/** Null for what is too long and must not be cut. */
function within(
  ids: readonly number[],
  {
    tokenizer,
    settings,
    isText,
  }: { readonly tokenizer: Tokenizer; readonly settings: EmbeddingSettings; readonly isText: boolean },
): readonly number[] | null {
  const { max_tokens: most, truncate } = settings;
  if (ids.length <= most) return ids;
  if (!truncate) return null;
  return isText ? tokenizer.cut(ids, most) : ids.slice(0, most);
}

const tooLong = (place: string, count: number, { model, settings }: Owner): OnrampError =>
  invalidInput(
    `"${place}" has ${count} tokens, but the maximum context length of model "${model}" is ${settings.max_tokens}; send it in parts.`,
    { code: 'context_length_exceeded', param: place },
  );

const tooManyTokens = (): OnrampError =>
  invalidInput(
    `The texts have more than ${embeddingLimits.tokens} tokens together; send them in several requests.`,
    { code: 'too_many_tokens', param: 'input' },
  );
