/** Makes the pictures of a prediction request one tensor of the Open Inference Protocol. */
import { isJsonType, mediaType } from '../../contracts/content-type.ts';
import type { ImageInput } from '../../contracts/image-input.ts';
import { imageLimits } from '../../contracts/limits.ts';
import { invalidInput, isRecord, type OnrampError, parseJson } from '../../core/index.ts';
import { decodeImage, fitImage, type Raster, withChannels } from '../../images/index.ts';
import { shortest32 } from '../numbers.ts';
import type { ServeRequest } from '../service.ts';
import type { PreparedBody } from './prepare-input.ts';

/**
 * Pictures in a body, which is one of them or JSON (`{"instances": [{"b64": "..."}]}`, as TensorFlow Serving has it), as
 * a tensor `[pictures, channels, height, width]` or `[pictures, height, width, channels]`.
 *
 * @throws invalid_request `invalid_field` naming the instance; and what `decodeImage` throws
 */
export async function imageTensor(request: ServeRequest, input: ImageInput): Promise<PreparedBody> {
  const { tensor, width, height, channels = 3, layout = 'NCHW', datatype = 'FP32', body = 'json' } = input;
  const pictures = picturesIn(request);
  const pixels: Uint8Array[] = [];
  // One after the other: decoded, a picture takes a hundred times the memory of its file.
  for (const picture of pictures) pixels.push(inOrder(await rasterOf(picture, input), layout));
  const sides = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  const head = { name: tensor, shape: [pictures.length, ...sides], datatype };
  const channelAt = channelOf(input);
  if (body === 'json') {
    const texts = valuesOf(input).map((values) => Array.from(values, shortest32));
    const data = pixels.map((bytes) =>
      Array.from(bytes, (pixel, at) => texts[channelAt(at)]![pixel]).join(','),
    );
    const text = `{"inputs":[${JSON.stringify(head).slice(0, -1)},"data":[${data.join(',')}]}]}`;
    return { contentType: 'application/json', content: text };
  }
  const data = datatype === 'UINT8' ? Buffer.concat(pixels) : floatBytes(pixels, valuesOf(input), channelAt);
  const parameters = { binary_data_size: data.length };
  const json = Buffer.from(JSON.stringify({ inputs: [{ ...head, parameters }] }));
  return {
    contentType: 'application/octet-stream',
    content: Buffer.concat([json, data]),
    jsonBytes: json.length,
  };
}

interface Picture {
  /** Where it stands in the request. */
  readonly place: string;
  readonly bytes: Uint8Array;
}

async function rasterOf({ place, bytes }: Picture, input: ImageInput): Promise<Raster> {
  const { width, height, fit = 'cover', kernel = 'bilinear', channels = 3 } = input;
  const { background = [0, 0, 0], profile = 'ignore' } = input;
  const decoded = await decodeImage(bytes, { place, applyProfile: profile === 'apply' });
  return fitImage(withChannels(decoded, channels, background), { width, height, fit, kernel, background });
}

/** The pixels of an image as the tensor has them: side by side, or channel by channel. */
function inOrder({ data, channels }: Raster, layout: 'NCHW' | 'NHWC'): Uint8Array {
  if (layout === 'NHWC' || channels === 1) return data;
  const size = data.length / channels;
  return data.map((_, at) => data[(at % size) * channels + Math.floor(at / size)]!);
}

/** Which channel the value at a place of an image's part of the tensor belongs to. */
function channelOf({ width, height, channels = 3, layout = 'NCHW' }: ImageInput): (at: number) => number {
  return layout === 'NCHW' ? (at) => Math.floor(at / (width * height)) : (at) => at % channels;
}

/** For each channel what its 256 values become; a 32-bit float is rounded once, from doubles. */
function valuesOf({ datatype = 'FP32', channels = 3, ...settings }: ImageInput): readonly Float32Array[] {
  const { scale = datatype === 'UINT8' ? 1 : 1 / 255, mean = [], std = [] } = settings;
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(
      { length: 256 },
      (_, pixel) => (pixel * scale - (mean[channel] ?? 0)) / (std[channel] ?? 1),
    ),
  );
}

/** Little-endian in the protocol, as on all processors that run this. */
function floatBytes(
  pixels: readonly Uint8Array[],
  values: readonly Float32Array[],
  channelAt: (at: number) => number,
): Buffer {
  const floats = pixels.map((bytes) =>
    Float32Array.from(bytes, (pixel, at) => values[channelAt(at)]![pixel]!),
  );
  return Buffer.concat(floats.map(({ buffer }) => Buffer.from(buffer)));
}

function picturesIn({ body, header }: ServeRequest): readonly Picture[] {
  const type = header('content-type');
  const isJson = mediaType(type) === '' ? body.bytes()[0] === openingBrace : isJsonType(type);
  if (!isJson) return [{ place: 'body', bytes: body.bytes() }];
  const given = parseJson(body.text());
  const instances = isRecord(given) ? given.instances : undefined;
  if (!Array.isArray(instances) || instances.length === 0) {
    throw refused(
      '"instances" must be a list of pictures in base64, for example {"instances": [{"b64": "/9j/4AAQ..."}]}.',
      'instances',
    );
  }
  if (instances.length > imageLimits.pictures) {
    throw refused(
      `"instances" has ${instances.length} pictures; one request may have ${imageLimits.pictures}.`,
      'instances',
    );
  }
  return instances.map(pictureOf);
}

const openingBrace = 0x7b;

/** Base64 with or without its padding; Node would skip anything else. */
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

function pictureOf(instance: unknown, index: number): Picture {
  const place = `instances[${index}].b64`;
  const text = isRecord(instance) ? instance.b64 : undefined;
  if (typeof text !== 'string' || !base64.test(text)) {
    throw refused(`"${place}" must be a picture in base64.`, place);
  }
  return { place, bytes: Buffer.from(text, 'base64') };
}

const refused = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param });
