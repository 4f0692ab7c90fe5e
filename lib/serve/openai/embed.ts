/** `POST /v1/embeddings`: vectors of texts, by a model of our own or by one behind an endpoint. */
import { requireName } from '../../access/index.ts';
import { requireJsonType } from '../../contracts/content-type.ts';
import { invalidInput, type OnrampError, parseJson, requireShallow } from '../../core/index.ts';
import { servedFields } from '../served.ts';
import { modelAsked, type ServeAnswer, type ServeContext, type ServeRequest } from '../service.ts';
import type { LoadedModel } from '../version-cache.ts';
import { embedByEndpoint } from './embed-by-endpoint.ts';
import { type EmbeddingModel, embedderOf } from './embedder.ts';
import { readEmbeddingRequest } from './embedding-request.ts';
import { tokensOf } from './tokens-of.ts';
import { cutVector, writeVectors } from './vectors.ts';

/**
 * Answers one request.
 *
 * @throws invalid_request `invalid_field` or `wrong_type` naming the place, `context_length_exceeded` for a text with
 *   too many tokens, `no_embedding_model`
 */
export async function embed(context: ServeContext, request: ServeRequest): Promise<ServeAnswer> {
  requireJsonType(request.header('content-type'));
  const body = parseJson(request.body.text());
  const asked = readEmbeddingRequest(body);
  modelAsked(asked.model, undefined);
  const large = context.large?.models.get(asked.model);
  if (large) {
    requireName(request.access, 'model', asked.model);
    requireShallow(body);
    return embedByEndpoint(await context.large!.endpoints(large), large, body as Record<string, unknown>);
  }
  const model = requireEmbeddings(await context.cache.resolve(asked.model));
  const { embedding, model: name, version } = model.manifest;
  const size = asked.dimensions ?? embedding.dimensions;
  if (size > embedding.dimensions) throw tooManyDimensions(name, size, embedding.dimensions);
  const embedder = await embedderOf(model);
  const texts = tokensOf(asked, embedder.tokenizer, { model: name, settings: embedding });
  const vectors = await embedder.embed(texts);
  const cut = vectors.map((vector) => cutVector(vector, size, embedding.normalize));
  const tokens = texts.reduce((sum, ids) => sum + ids.length, 0);
  return {
    status: 200,
    text:
      `{"object":"list","data":[${writeVectors(cut, asked.format).join(',')}],"model":${JSON.stringify(name)},` +
      `"usage":{"prompt_tokens":${tokens},"total_tokens":${tokens}}}`,
    fields: { ...servedFields({ model: name, version }, vectors.length), input_tokens: tokens },
  };
}

/** @throws invalid_request `no_embedding_model` */
export function requireEmbeddings(model: LoadedModel): EmbeddingModel {
  if (model.kind === 'tensors' && model.manifest.embedding) return model as EmbeddingModel;
  const { model: name } = model.manifest;
  const [what, route] =
    model.kind === 'rows' ? ['rows', `/v1/models/${name}/predict`] : ['tensors', `/v2/models/${name}/infer`];
  throw invalidInput(`Model "${name}" makes no vectors of texts; it takes ${what}: POST ${route}.`, {
    code: 'no_embedding_model',
    param: 'model',
  });
}

const tooManyDimensions = (model: string, asked: number, most: number): OnrampError =>
  invalidInput(`"dimensions" is ${asked}, but vectors of model "${model}" have ${most}; ask for fewer.`, {
    code: 'invalid_field',
    param: 'dimensions',
  });
