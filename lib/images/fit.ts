/** Brings an image to the size of a model's input: cut off, filled up or distorted. */
import { greyOf } from './flatten.ts';
import { resample } from './resample.ts';
import type { FitOptions, Raster } from './types.ts';

/** The image in exactly this size; what `ImageOps.fit`, `ImageOps.pad` and `Image.resize` of Pillow make of it. */
export function fitImage(raster: Raster, options: FitOptions): Raster {
  const { fit, kernel } = options;
  if (fit === 'contain') return contained(raster, options);
  return resample(raster, options, {
    kernel,
    box: fit === 'fill' ? wholeOf(raster) : middleOf(raster, options),
  });
}

const wholeOf = ({ width, height }: Raster) => ({ left: 0, top: 0, right: width, bottom: height });

/** The largest part around the middle that has the shape of the wanted size. */
function middleOf({ width, height }: Raster, wanted: FitOptions) {
  const ratio = wanted.width / wanted.height;
  const isWide = width / height >= ratio;
  const keeps = width / height === ratio;
  const cutWidth = isWide && !keeps ? ratio * height : width;
  const cutHeight = isWide ? height : width / ratio;
  const [left, top] = [(width - cutWidth) * 0.5, (height - cutHeight) * 0.5];
  return { left, top, right: left + cutWidth, bottom: top + cutHeight };
}

function contained(raster: Raster, options: FitOptions): Raster {
  const { width, height, kernel, background } = options;
  const inner = innerSize(raster, options);
  const small = resample(raster, inner, { kernel, box: wholeOf(raster) });
  const { channels } = small;
  const colour = channels === 1 ? [greyOf(background[0]!, background[1]!, background[2]!)] : background;
  const data = new Uint8Array(width * height * channels);
  for (let at = 0; at < data.length; at++) data[at] = colour[at % channels]!;
  const left = roundEven((width - inner.width) / 2);
  const top = roundEven((height - inner.height) / 2);
  const rowLength = inner.width * channels;
  for (let row = 0; row < inner.height; row++) {
    const line = small.data.subarray(row * rowLength, (row + 1) * rowLength);
    data.set(line, ((top + row) * width + left) * channels);
  }
  return { width, height, channels, data };
}

/** The largest size with the image's shape that fits into the wanted one, and has a pixel at least. */
function innerSize(raster: Raster, { width, height }: FitOptions) {
  const [ratio, wanted] = [raster.width / raster.height, width / height];
  if (ratio > wanted)
    return { width, height: Math.max(1, roundEven((raster.height / raster.width) * width)) };
  if (ratio < wanted) return { width: Math.max(1, roundEven(ratio * height)), height };
  return { width, height };
}

/** Halves go to the even neighbour (IEEE 754), as Python rounds. */
function roundEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
