/** What a container that takes numbers is sent in place of rows, texts or pictures, as its model's declaration says. */
import { embeddingInputs } from '../../contracts/embedding-file.ts';
import type { EndpointInput } from '../../contracts/endpoint-models.ts';
import { embeddingLimits } from '../../contracts/limits.ts';
import { invalidInput, isRecord, type OnrampError, parseJson } from '../../core/index.ts';
import type { TensorBody } from '../../preparation/index.ts';
import { encodeRows } from '../explain/encode-rows.ts';
import { writeRows } from '../explain/transform-request.ts';
import { requireEmbeddings } from '../openai/embed.ts';
import { embedderOf } from '../openai/embedder.ts';
import { tokensOf } from '../openai/tokens-of.ts';
import { type ServeContext, type ServeRequest, serveOptions } from '../service.ts';

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
  const rows = writeRows(await encodeRows(context, request, { model, strict }));
  if (format === 'json') return { contentType: 'application/json', content: `{"instances":${rows}}` };
  // A missing value is an empty field, and a row a line.
  const lines = rows.slice(2, -2).replaceAll('null', '').replaceAll('],[', '\n');
  return { contentType: 'text/csv', content: `${lines}\n` };
}

async function tensorsOf(
  { cache }: PreparationTools,
  { body }: ServeRequest,
  tokenizer: string,
): Promise<PreparedBody> {
  const model = requireEmbeddings(await cache.resolve(tokenizer));
  const { embedding: settings } = model.manifest;
  const asked = { inputs: textsIn(parseJson(body.text())), place: placeOf };
  const texts = tokensOf(asked, (await embedderOf(model)).tokenizer, { model: tokenizer, settings });
  const width = Math.max(...texts.map(({ length }) => length));
  if (texts.length * width > embeddingLimits.tokens) throw tooWide(texts.length, width);
  const inputs = model.session.inputs.map(({ name, type }) => ({
    name,
    shape: [texts.length, width],
    datatype: type === 'int32' ? 'INT32' : 'INT64',
    data: texts.flatMap((ids) => padded(valuesFor(name, ids), width)),
  }));
  return { contentType: 'application/json', content: JSON.stringify({ inputs }) };
}

const placeOf = (index: number): string => `instances[${index}]`;

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

/** Padded to one long text, many short ones are more than their own tokens, by which they were bounded. */
const tooWide = (count: number, width: number): OnrampError =>
  invalidInput(
    `"instances" are ${count} texts, padded to ${width} tokens each; at most ${embeddingLimits.tokens} tokens go at once: send long and short texts apart.`,
    { code: 'too_many_tokens', param: 'instances' },
  );

function textsIn(body: unknown): readonly string[] {
  const instances = isRecord(body) ? body.instances : undefined;
  if (!Array.isArray(instances) || instances.length === 0) {
    throw refused('"instances" must be a list of texts, for example {"instances": ["a text"]}.', 'instances');
  }
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
