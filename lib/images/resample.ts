/**
 * Changes the size of an image by convolution, which widens its kernel where an image shrinks (no aliasing). Numbers are
 * held as Pillow up to 12 holds them, so that models see the bytes that they were trained with: weights in 22 bits of
 * fraction, the rows before the columns, and eight bits between them. (Pillow 13 takes the columns first for some sizes.)
 */
import type { Kernel, Raster } from './types.ts';

/** Part of an image in pixels, which need not be whole. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A part of an image in another size, given in pixels. */
export function resample(
  raster: Raster,
  { width, height }: { readonly width: number; readonly height: number },
  { box, kernel }: { readonly box: Box; readonly kernel: Kernel },
): Raster {
  const keepsWidth = width === raster.width && box.left === 0 && box.right === width;
  const keepsHeight = height === raster.height && box.top === 0 && box.bottom === height;
  const columns = weightsOf({ from: box.left, to: box.right, size: raster.width, count: width }, kernel);
  const rows = weightsOf({ from: box.top, to: box.bottom, size: raster.height, count: height }, kernel);
  const narrow = keepsWidth ? raster : alongRows(raster, { width, weights: columns });
  return keepsHeight ? narrow : alongColumns(narrow, { height, weights: rows });
}

const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/** For each pixel that comes out: the first one that goes in, how many, and their weights. */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Those of pixel i begin at i * width. */
  readonly values: Int32Array;
  readonly width: number;
}

interface Range {
  readonly from: number;
  readonly to: number;
  /** Pixels of the image that there are. */
  readonly size: number;
  /** Pixels that come out. */
  readonly count: number;
}

function weightsOf({ from, to, size, count }: Range, kernel: Kernel): Weights {
  const { reach, weight } = kernels[kernel];
  // Places in images are 32-bit floats in Pillow, what is computed from them is not.
  const start = Math.fround(from);
  const scale = Math.fround(Math.fround(to) - start) / count;
  const stretch = Math.max(scale, 1);
  const support = reach * stretch;
  const width = Math.ceil(support) * 2 + 1;
  const found = { first: new Int32Array(count), count: new Int32Array(count), width };
  const values = new Int32Array(count * width);
  for (let index = 0; index < count; index++) {
    const centre = start + (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(size, Math.trunc(centre + support + 0.5));
    const own = Array.from({ length: end - first }, (_, at) =>
      weight((at + first - centre + 0.5) * (1 / stretch)),
    );
    const sum = own.reduce((total, value) => total + value, 0);
    found.first[index] = first;
    found.count[index] = own.length;
    for (const [at, value] of own.entries())
      values[index * width + at] = fixed(sum === 0 ? value : value / sum);
  }
  return { ...found, values };
}

/** Rounded to the nearest, halves away from zero. */
const fixed = (value: number): number => Math.trunc(value * 2 ** fractionBits + (value < 0 ? -0.5 : 0.5));

function alongRows(
  { width: oldWidth, height, channels, data }: Raster,
  { width, weights }: { readonly width: number; readonly weights: Weights },
): Raster {
  const { first, count, values, width: stride } = weights;
  const pixels = new Uint8ClampedArray(width * height * channels);
  for (let row = 0, to = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * oldWidth + first[column]!) * channels;
      const end = column * stride + count[column]!;
      for (let channel = 0; channel < channels; channel++) {
        let sum = half;
        let pixel = from + channel;
        for (let at = column * stride; at < end; at++, pixel += channels) {
          // In 32 bits, which hold the sum of 255 times all weights and are the quickest.
          sum = (sum + Math.imul(data[pixel]!, values[at]!)) | 0;
        }
        pixels[to++] = sum >> fractionBits;
      }
    }
  }
  return { width, height, channels, data: bytesOf(pixels) };
}

function alongColumns(
  { width, channels, data }: Raster,
  { height, weights }: { readonly height: number; readonly weights: Weights },
): Raster {
  const { first, count, values, width: stride } = weights;
  const rowLength = width * channels;
  const pixels = new Uint8ClampedArray(rowLength * height);
  for (let row = 0, to = 0; row < height; row++) {
    const end = row * stride + count[row]!;
    for (let column = 0; column < rowLength; column++) {
      let sum = half;
      let pixel = first[row]! * rowLength + column;
      for (let at = row * stride; at < end; at++, pixel += rowLength) {
        sum = (sum + Math.imul(data[pixel]!, values[at]!)) | 0;
      }
      pixels[to++] = sum >> fractionBits;
    }
  }
  return { width, height, channels, data: bytesOf(pixels) };
}

const bytesOf = ({ buffer }: Uint8ClampedArray<ArrayBuffer>): Uint8Array => new Uint8Array(buffer);

interface Shape {
  /** The weight is 0 from here on, in pixels from the middle. */
  readonly reach: number;
  readonly weight: (distance: number) => number;
}

const kernels: Readonly<Record<Kernel, Shape>> = {
  bilinear: { reach: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) },
  bicubic: { reach: 2, weight: cubic },
  lanczos: {
    reach: 3,
    weight: (distance) => (Math.abs(distance) < 3 ? sinc(distance) * sinc(distance / 3) : 0),
  },
};

/** Keys, R. (1981): Cubic convolution interpolation for digital image processing, with a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI));
