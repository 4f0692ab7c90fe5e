/** Brings pixels to the channels that a model takes: transparency onto a background, colours to grey and back. */
import type { Raster } from './types.ts';

/**
 * The picture in grey or in colours, without transparency. Grey is `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601) in
 * sixteen bits of fraction.
 *
 * @param background red, green and blue behind transparent pixels
 */
export function withChannels(raster: Raster, channels: 1 | 3, background: readonly number[]): Raster {
  if (raster.channels === channels) return raster;
  const { width, height, data } = raster;
  const hasAlpha = raster.channels % 2 === 0;
  const step = raster.channels > 2 ? 1 : 0;
  const pixels = new Uint8Array(width * height * channels);
  for (let from = 0, to = 0; from < data.length; from += raster.channels, to += channels) {
    const alpha = hasAlpha ? data[from + raster.channels - 1]! : 255;
    const red = over(data[from]!, background[0]!, alpha);
    const green = over(data[from + step]!, background[1]!, alpha);
    const blue = over(data[from + 2 * step]!, background[2]!, alpha);
    if (channels === 1) {
      pixels[to] = greyOf(red, green, blue);
    } else {
      pixels[to] = red;
      pixels[to + 1] = green;
      pixels[to + 2] = blue;
    }
  }
  return { width, height, channels, data: pixels };
}

const over = (value: number, behind: number, alpha: number): number =>
  alpha === 255 ? value : Math.round((value * alpha + behind * (255 - alpha)) / 255);

/** A grey stays what it is: the weights add up to 65,536. */
export const greyOf = (red: number, green: number, blue: number): number =>
  (red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16;
