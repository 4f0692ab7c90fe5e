/** Vocabularies: the id of each token. */
import { idOf, refuse } from './fields.ts';

/** @throws invalid_request `unsupported_tokenizer` */
export function readVocabulary(vocabulary: unknown): Map<string, number> {
  if (vocabulary === null || typeof vocabulary !== 'object' || Array.isArray(vocabulary)) {
    throw refuse('model.vocab', 'must be an object of token and id.');
  }
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocabulary)) {
    ids.set(token, idOf(id, `model.vocab[${JSON.stringify(token)}]`));
  }
  return ids;
}
