/** What a container that takes numbers is sent in place of rows, texts or pictures, as its model's declaration says. */
import type { EndpointInput } from '../../contracts/endpoint-models.ts';
import { embeddingLimits } from '../../contracts/limits.ts';
import { invalidInput, type OnrampError, parseJson } from '../../core/index.ts';
import type { TensorBody } from '../../preparation/index.ts';
import { encodeRows } from '../explain/encode-rows.ts';
import { requireEmbeddings } from '../openai/embed.ts';
import { type ServeContext, type ServeRequest, serveOptions } from '../service.ts';
import { matrixForms } from './row-matrix.ts';
import { longestOf, textInstances, tokenLists, writeTokens } from './text-tensors.ts';

/** A body in place of another one. */
export interface PreparedBody extends Omit<TensorBody, 'content'> {
  readonly content: string | Uint8Array;
}

/** What inputs are made with. */
export type PreparationTools = Pick<ServeContext, 'cache' | 'artifacts' | 'decodePictures'>;

/**
 * Makes the container's input of a prediction request: of rows what the preprocessing of a model makes of them
 * (`{"instances": [[...], ...]}`, or CSV without a header), of texts the tokens of an embedding model and of pictures their
 * pixels, as tensors of the Open Inference Protocol. `null` for a request that has the container's input already.
 *
 * @throws as predictions and vectors of these models do, and as `PictureDecoder` does
 */
export async function prepareInput(
  context: PreparationTools,
  request: ServeRequest,
  input: EndpointInput,
): Promise<PreparedBody | null> {
  const isNative = request.route === nativeRoute;
  if ('image' in input) {
    // Loaded by the first picture: most deployments never see one.
    const { nativePixels, protocolPixels } = await import('./pixels-of.ts');
    return (isNative ? nativePixels : protocolPixels)(context.decodePictures, request, input.image);
  }
  if (!isNative) return null;
  return 'transform' in input
    ? matrixOf(context, request, input)
    : tensorsOf(context, request, input.tokenizer);
}

const nativeRoute = '/v1/models/{model}/predict';

async function matrixOf(
  context: PreparationTools,
  request: ServeRequest,
  { transform: model, format = 'json' }: Extract<EndpointInput, { readonly transform: string }>,
): Promise<PreparedBody> {
  const { strict } = serveOptions(request.query);
  const { contentType, head, tail, write } = matrixForms[format];
  return { contentType, content: head + write(await encodeRows(context, request, { model, strict })) + tail };
}

async function tensorsOf(
  { cache }: PreparationTools,
  { body }: ServeRequest,
  tokenizer: string,
): Promise<PreparedBody> {
  const model = requireEmbeddings(await cache.resolve(tokenizer));
  const texts = await tokenLists(model, textsIn(parseJson(body.text())), placeOf);
  const width = longestOf(texts);
  if (texts.length * width > embeddingLimits.tokens) throw tooWide(texts.length, width);
  return { contentType: 'application/json', content: writeTokens(model, texts) };
}

const placeOf = (index: number): string => `instances[${index}]`;

/** Padded to one long text, many short ones are more than their own tokens, by which they were bounded. */
const tooWide = (count: number, width: number): OnrampError =>
  invalidInput(
    `"instances" are ${count} texts, padded to ${width} tokens each; at most ${embeddingLimits.tokens} tokens go at once: send long and short texts apart.`,
    { code: 'too_many_tokens', param: 'instances' },
  );

function textsIn(body: unknown): readonly string[] {
  const instances = textInstances(body);
  if (instances.length > embeddingLimits.inputs) {
    throw refused(
      `"instances" has ${instances.length} texts; one request may have ${embeddingLimits.inputs}.`,
      'instances',
    );
  }
  const strange = instances.findIndex((text) => typeof text !== 'string' || text === '');
  if (strange >= 0)
    throw refused(`"${placeOf(strange)}" must be a text that is not empty.`, placeOf(strange));
  return instances as readonly string[];
}

const refused = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param });
