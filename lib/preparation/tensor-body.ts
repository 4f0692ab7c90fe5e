/** Writes pixels as the one tensor of a request of the Open Inference Protocol. */
import type { ImageInput } from '../contracts/image-input.ts';
import { imageLimits } from '../contracts/limits.ts';
import type { PixelTensor } from '../contracts/preparation.ts';
import { invalidInput, shortest32 } from '../core/index.ts';

/** A body in place of another one. */
export interface TensorBody {
  readonly contentType: string;
  readonly content: Uint8Array;
  /** In a body of JSON and then the bytes of tensors: how long the JSON is. */
  readonly jsonBytes?: number;
}

/**
 * The body with the tensor `[pictures, channels, height, width]` or `[pictures, height, width, channels]`.
 *
 * @param fields what the request says beside its inputs
 * @throws invalid_request `input_too_large` for JSON that is too long
 */
export function tensorBody(
  { shape, data }: PixelTensor,
  input: ImageInput,
  fields: Readonly<Record<string, unknown>> = {},
): TensorBody {
  const { tensor: name, layout = 'NCHW', datatype = 'FP32', body = 'json' } = input;
  const [pictures, height, width, channels] = shape;
  const sides = layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
  const pixels = layout === 'NCHW' ? channelByChannel(data, height * width, channels) : data;
  const channelAt = channelOf(width * height, channels, layout);
  const head = { name, shape: [pictures, ...sides], datatype };
  if (body === 'json') {
    const content = writeJson(pixels, { ...fields, inputs: [head] }, { values: valuesOf(input), channelAt });
    return { contentType: 'application/json', content };
  }
  const bytes = datatype === 'UINT8' ? pixels : floatBytes(pixels, valuesOf(input), channelAt);
  const parameters = { binary_data_size: bytes.length };
  const json = Buffer.from(JSON.stringify({ ...fields, inputs: [{ ...head, parameters }] }));
  return {
    contentType: 'application/octet-stream',
    content: Buffer.concat([json, bytes]),
    jsonBytes: json.length,
  };
}

/** Pixels whose channels lie side by side, picture by picture with one channel after the other. */
function channelByChannel(data: Uint8Array, size: number, channels: number): Uint8Array {
  if (channels === 1) return data;
  const planes = new Uint8Array(data.length);
  for (let start = 0; start < data.length; start += size * channels) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = start + channel * size;
      for (let at = 0; at < size; at++) planes[plane + at] = data[start + at * channels + channel]!;
    }
  }
  return planes;
}

/** Which channel the value at a place of the tensor belongs to. */
function channelOf(size: number, channels: number, layout: 'NCHW' | 'NHWC'): (at: number) => number {
  return layout === 'NCHW' ? (at) => Math.floor(at / size) % channels : (at) => at % channels;
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
  pixels: Uint8Array,
  values: readonly Float32Array[],
  channelAt: (at: number) => number,
): Uint8Array {
  const floats = new Float32Array(pixels.length);
  for (let at = 0; at < pixels.length; at++) floats[at] = values[channelAt(at)]![pixels[at]!]!;
  return new Uint8Array(floats.buffer);
}

interface Meaning {
  readonly values: readonly Float32Array[];
  readonly channelAt: (at: number) => number;
}

/** Written once into memory of the right size: as texts the numbers would take ten times as much. */
function writeJson(pixels: Uint8Array, request: object, { values, channelAt }: Meaning): Uint8Array {
  const texts = values.map((channel) =>
    Array.from(channel, (value) => Buffer.from(`${shortest32(value)},`, 'latin1')),
  );
  const [head, tail] = [`${JSON.stringify(request).slice(0, -3)},"data":[`, ']}]}'];
  let length = Buffer.byteLength(head) + tail.length - 1;
  for (let at = 0; at < pixels.length; at++) length += texts[channelAt(at)]![pixels[at]!]!.length;
  if (length > imageLimits.jsonBytes) throw tooLong(length);
  const body = Buffer.allocUnsafe(length);
  let place = body.write(head);
  for (let at = 0; at < pixels.length; at++) {
    const text = texts[channelAt(at)]![pixels[at]!]!;
    // The last comma is where the list ends; it would be written over.
    for (let digit = 0; digit < text.length; digit++) body[place++] = text[digit]!;
  }
  body.write(tail, place - 1);
  return body;
}

const tooLong = (length: number): Error =>
  invalidInput(
    `The pictures become ${length} bytes of JSON, ${imageLimits.jsonBytes} are taken; send fewer at a time, or declare "image.body": "binary".`,
    { code: 'input_too_large' },
  );
