/** Makes the pictures of a request the tensor of a container, in the dialects that have pictures. */
import type { ImageInput } from '../../contracts/image-input.ts';
import type { EncodedPicture, PictureDecoder } from '../../contracts/preparation.ts';
import { internal, invalidInput, type OnrampError } from '../../core/index.ts';
import {
  pictureOf,
  pictureTensor,
  preparePictures,
  requirePictureCount,
  tensorBody,
} from '../../preparation/index.ts';
import { type InferInput, readInferRequest } from '../oip/infer-request.ts';
import { readWire } from '../oip/wire.ts';
import type { ServeRequest } from '../service.ts';
import { parseTensorJson } from '../tensors/index.ts';
import type { PreparedBody } from './prepare-input.ts';

/** The pictures of a native request: a body that is one, or JSON. */
export function nativePixels(
  decode: PictureDecoder | undefined,
  { body, header }: ServeRequest,
  input: ImageInput,
): Promise<PreparedBody> {
  const given = { contentType: header('content-type'), text: () => body.text(), bytes: () => body.bytes() };
  return preparePictures(required(decode), given, input);
}

/**
 * The pictures of a request of the Open Inference Protocol, if it has any: an input of the type BYTES with the name of the
 * tensor, in JSON as base64, in binary form as the files are. `null` for tensors, which are handed on.
 *
 * @throws invalid_request naming the input
 */
export async function protocolPixels(
  decode: PictureDecoder | undefined,
  request: ServeRequest,
  input: ImageInput,
): Promise<PreparedBody | null> {
  const wire = readWire(request);
  if (wire.kind === 'raw' || !wire.text.includes('BYTES')) return null;
  const given = parseTensorJson(wire.text, false);
  const { inputs } = readInferRequest(given, wire.binary);
  const found = inputs.find(({ name, type }) => type === 'string' && name === input.tensor);
  if (!found) return null;
  if (inputs.length > 1)
    throw refused(`"${found.place}" has pictures, and must be the only input.`, 'inputs');
  const pixels = await pictureTensor(required(decode), picturesIn(found), input);
  const { inputs: _, ...fields } = given as Readonly<Record<string, unknown>>;
  return tensorBody(pixels, input, fields);
}

function required(decode: PictureDecoder | undefined): PictureDecoder {
  if (decode) return decode;
  throw internal('Pictures cannot be decoded here: no function is named that does it.');
}

/** The elements of an input of the shape [N] or [N, 1]. */
function picturesIn({ content, shape, place }: InferInput): readonly EncodedPicture[] {
  const [count = 0, width = 1] = shape;
  if (count === 0 || width !== 1 || shape.length > 2)
    throw refused(
      `"${place}.shape" must be [N] or [N, 1] for N pictures, not [${shape.join(', ')}].`,
      `${place}.shape`,
    );
  requirePictureCount(count, place);
  if (content.kind === 'binary') return filesIn(content.bytes, { count, place });
  const texts: unknown = Array.isArray(content.data) ? content.data.flat() : content.data;
  if (!Array.isArray(texts) || texts.length !== count)
    throw refused(
      `"${place}.data" must have ${count} pictures in base64, as its shape says.`,
      `${place}.data`,
    );
  return texts.map((text, index) => pictureOf(text, `${place}.data[${index}]`));
}

/** Each is its length as an unsigned 32-bit integer, and then its bytes. */
function filesIn(
  bytes: Uint8Array,
  { count, place }: { readonly count: number; readonly place: string },
): readonly EncodedPicture[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const files: EncodedPicture[] = [];
  let offset = 0;
  while (files.length < count) {
    const start = offset + 4;
    const end = start <= bytes.length ? start + view.getUint32(offset, true) : Number.POSITIVE_INFINITY;
    if (end > bytes.length)
      throw refused(`"${place}" ends within picture ${files.length} of ${count}.`, place);
    files.push({ place: `${place}[${files.length}]`, content: bytes.subarray(start, end) });
    offset = end;
  }
  if (offset < bytes.length)
    throw refused(`"${place}" has ${bytes.length - offset} bytes after its ${count} pictures.`, place);
  return files;
}

const refused = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param });
