/** Looks at tokens that a client sent as numbers: the library only says of others that it failed. */
import { invalidInput } from '../../../lib/core/index.ts';
import type { Model, Token } from './library.ts';

/**
 * Checks that all tokens are in the model's vocabulary.
 *
 * @throws invalid_request naming the field and the token
 */
export function checkTokens(model: Model, tokens: readonly Token[], param: string): void {
  const { length } = model.fileInfo.metadata.tokenizer.ggml.tokens;
  const other = tokens.find((token) => !Number.isInteger(token) || token < 0 || token >= length);
  if (other === undefined) return;
  throw invalidInput(`${param}: ${other} is no token; the model has those from 0 to ${length - 1}.`, {
    param,
  });
}
