/** Texts as the tensors that a container takes: the tokens of an embedding model, padded to the longest text. */
import { embeddingInputs } from '../../contracts/embedding-file.ts';
import { invalidInput, isRecord } from '../../core/index.ts';
import { type EmbeddingModel, embedderOf } from '../openai/embedder.ts';
import { tokensOf } from '../openai/tokens-of.ts';

/** The tokens of texts. */
export type TokenLists = readonly (readonly number[])[];

/**
 * The tokens of texts, special ones included.
 *
 * @param placeOf where a text stands, for messages
 * @throws invalid_request as requests for vectors of the model are refused
 */
export async function tokenLists(
  model: EmbeddingModel,
  texts: readonly string[],
  placeOf: (index: number) => string,
): Promise<TokenLists> {
  const { embedding: settings, model: name } = model.manifest;
  const { tokenizer } = await embedderOf(model);
  return tokensOf({ inputs: texts, place: placeOf }, tokenizer, { model: name, settings });
}

/**
 * The texts of a body such as `{"instances": ["a text"]}`, or whatever stands in their places.
 *
 * @throws invalid_request `invalid_field` for a body without any
 */
export function textInstances(body: unknown): readonly unknown[] {
  const instances = isRecord(body) ? body.instances : undefined;
  if (Array.isArray(instances) && instances.length > 0) return instances;
  throw invalidInput('"instances" must be a list of texts, for example {"instances": ["a text"]}.', {
    code: 'invalid_field',
    param: 'instances',
  });
}

/** How many tokens the longest text has, to which all are padded. */
export const longestOf = (texts: TokenLists): number =>
  texts.reduce((longest, { length }) => Math.max(longest, length), 0);

/** A request of the Open Inference Protocol with a tensor for each input of the model. */
export function writeTokens({ session }: Pick<EmbeddingModel, 'session'>, texts: TokenLists): string {
  const width = longestOf(texts);
  const inputs = session.inputs.map(({ name, type }) => ({
    name,
    shape: [texts.length, width],
    datatype: type === 'int32' ? 'INT32' : 'INT64',
    data: texts.flatMap((ids) => padded(valuesFor(name, ids), width)),
  }));
  return JSON.stringify({ inputs });
}

/** Every token is looked at, and all belong to the first and only sentence. */
function valuesFor(name: string, ids: readonly number[]): readonly number[] {
  if (name === embeddingInputs.ids) return ids;
  return ids.map(() => (name === embeddingInputs.mask ? 1 : 0));
}

/** What the mask leaves out may be anything. */
const padded = (values: readonly number[], width: number): readonly number[] => [
  ...values,
  ...new Array<number>(width - values.length).fill(0),
];
