/** Decodes JPEG, PNG and WebP: the one place that knows sharp, which is loaded by the first picture. */
import type Sharp from 'sharp';
import { invalidInput, type OnrampError } from '../core/index.ts';
import { formatOf, unsupported } from './format.ts';
import type { DecodeOptions, Raster } from './types.ts';

/** Four bytes each have to fit into the memory of a function, next to what decodes them. */
export const pixelLimit = 40_000_000;

/**
 * The pixels of a picture, turned upright as its EXIF data says, in eight bits of grey or of sRGB.
 *
 * @throws invalid_request `unsupported_image` for other formats and for pictures that move, `image_too_large` for more
 *   than `pixelLimit` pixels, `invalid_image` for a file that is damaged or incomplete
 */
export async function decodeImage(
  bytes: Uint8Array,
  { place, applyProfile }: DecodeOptions,
): Promise<Raster> {
  await readImageHead(bytes, place);
  const sharp = await loaded();
  const options = { failOn: 'error', limitInputPixels: pixelLimit, ignoreIcc: !applyProfile } as const;
  const { data, info } = await read(place, () =>
    sharp(bytes, options).autoOrient().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true }),
  );
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** What a picture says of itself before any pixel of it is decoded. */
export interface ImageHead {
  /** Of the picture turned upright. */
  readonly width: number;
  readonly height: number;
  readonly isGrey: boolean;
}

/**
 * Reads the header of a picture alone.
 *
 * @throws as `decodeImage`, but for damage behind the header
 */
export async function readImageHead(bytes: Uint8Array, place: string): Promise<ImageHead> {
  formatOf(bytes, place);
  const sharp = await loaded();
  const head = await read(place, () => sharp(bytes, headOptions).metadata());
  if ((head.pages ?? 1) > 1) throw unsupported(place, 'an animated WebP');
  const { width, height } = head.autoOrient;
  if (width * height > pixelLimit) throw tooLarge(place, width, height);
  return { width, height, isGrey: head.space === 'b-w' || head.space === 'grey16' };
}

/** The header alone: its size is judged by what reads it. */
const headOptions = { failOn: 'error', limitInputPixels: false } as const;

let loading: Promise<typeof Sharp> | undefined;

function loaded(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    // A function sees no picture twice, and has one processor.
    sharp.cache(false);
    sharp.concurrency(1);
    // Nothing but these reads a byte, whatever the file's beginning pretends.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
    });
    return sharp;
  });
  return loading;
}

async function read<T>(place: string, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    const reason = (cause as Error).message.replaceAll(/\s+/g, ' ').replace(/\W+$/, '');
    throw invalidInput(`"${place}" cannot be decoded, it is damaged or incomplete: ${reason}`, {
      ...{ code: 'invalid_image', param: place, cause },
    });
  }
}

const tooLarge = (place: string, width: number, height: number): OnrampError =>
  invalidInput(`"${place}" has ${width} x ${height} pixels; send at most ${pixelLimit}.`, {
    code: 'image_too_large',
    param: place,
  });
