/** Pictures of any size as they are sent, to pixels of one size. */
import type { EncodedPicture, PixelSettings, PixelTensor } from '../contracts/preparation.ts';
import { decodeImage } from './decode.ts';
import { fitImage } from './fit.ts';
import { withChannels } from './flatten.ts';
import type { Raster } from './types.ts';

/**
 * Decodes pictures in this process; a `PictureDecoder`.
 *
 * @param rows the first one that is wanted of each picture, and the one behind the last; default: all
 * @throws what `decodeImage` throws
 */
export async function decodePictures(
  pictures: readonly EncodedPicture[],
  settings: PixelSettings,
  rows: readonly [from: number, to: number] = [0, settings.height],
): Promise<PixelTensor> {
  const { width, channels = 3 } = settings;
  const [from, to] = [rows[0] * width * channels, rows[1] * width * channels];
  const data = new Uint8Array(pictures.length * (to - from));
  let at = 0;
  // One after the other: decoded, a picture takes a hundred times the memory of its file.
  for (const picture of pictures) {
    const raster = await rasterOf(picture, settings);
    data.set(raster.data.subarray(from, to), at);
    at += to - from;
  }
  return { shape: [pictures.length, rows[1] - rows[0], width, channels], data };
}

async function rasterOf({ place, content }: EncodedPicture, settings: PixelSettings): Promise<Raster> {
  const { width, height, fit = 'cover', kernel = 'bilinear', channels = 3 } = settings;
  const { background = [0, 0, 0], profile = 'ignore' } = settings;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'base64') : content;
  const decoded = await decodeImage(bytes, { place, applyProfile: profile === 'apply' });
  return fitImage(withChannels(decoded, channels, background), { width, height, fit, kernel, background });
}
