/** Pictures: a byte for each value, brought to the size that is learnt from and to numbers from 0 to 1. */
import type { PictureLayout, PictureWish } from '../contracts/pictures.ts';
import { invalidInput } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import type { ColumnToFit } from './numeric.ts';
import { imageColumn } from './pack-columns.ts';
import { emitFloat } from './to-float.ts';
import type { PixelPlan } from './types.ts';

/** ITU-R BT.601, as colours become grey where pictures are decoded. */
const greyWeights = [0.299, 0.587, 0.114] as const;

/**
 * The size to learn from: that of the data set, or a smaller one that the spec asks for.
 *
 * @throws OnrampError `pictures_too_small` for a size that the data set's pictures do not have
 */
export function fitPixels(table: Table, column: ColumnToFit, wish: PictureWish | undefined): PixelPlan {
  const { name, index, feature } = column;
  const { layout } = imageColumn(table, name);
  if (wish && (wish.width > layout.width || wish.height > layout.height)) {
    throw invalidInput(
      `The pictures of "${name}" are kept at ${layout.width} x ${layout.height} and cannot be learnt from at ${wish.width} x ${wish.height}. Leave preprocess.image out, or upload them again: the wish of the data set's first model is kept to then.`,
      { code: 'pictures_too_small', param: 'preprocess.image' },
    );
  }
  const { width, height, channels = layout.channels } = wish ?? layout;
  const places = Array.from({ length: width * height * channels }, (_, at) => {
    const pixel = Math.floor(at / channels);
    return `${name}[${Math.floor(pixel / width)},${pixel % width}${channels === 1 ? '' : `,${at % channels}`}]`;
  });
  return {
    name,
    index,
    given: layout,
    width,
    height,
    channels,
    outputs: places.map((place) => ({ name: place, feature })),
  };
}

/**
 * Writes the encoding of one column of pictures.
 *
 * @param pixels uint8 [N, height, width, channels]
 * @returns float32 [N, height * width * channels], 0 to 1
 */
export function emitPixels(builder: GraphBuilder, pixels: Value, plan: PixelPlan): Value {
  const { given, width, height, channels } = plan;
  const sized = emitSize(builder, emitFloat(builder, pixels), plan);
  const coloured =
    channels === given.channels
      ? sized
      : builder.op('MatMul', [sized, builder.floats(mixing(given), [given.channels, channels], 'channels')]);
  const scaled = builder.op('Mul', [coloured, builder.floats([1 / 255], [])]);
  return builder.op('Reshape', [scaled, builder.integers([0, height * width * channels])]);
}

const mixing = ({ channels }: PictureLayout): readonly number[] => (channels === 3 ? greyWeights : [1, 1, 1]);

/**
 * Shrinks by a filter as wide as the pixels that become one, so that none is passed over: what Pillow does, before it
 * rounds. As products, since few runtimes know the filter of the operator Resize.
 */
function emitSize(builder: GraphBuilder, pixels: Value, { given, width, height }: PixelPlan): Value {
  if (width === given.width && height === given.height) return pixels;
  const planes = builder.op('Transpose', [pixels], { perm: attr.ints([0, 3, 1, 2]) });
  const columns = builder.floats(shrinkingWeights(given.width, width), [width, given.width], 'columns');
  const rows = builder.floats(shrinkingWeights(given.height, height), [height, given.height], 'rows');
  const narrow = builder.op('MatMul', [planes, builder.op('Transpose', [columns])]);
  return builder.op('Transpose', [builder.op('MatMul', [rows, narrow])], { perm: attr.ints([0, 2, 3, 1]) });
}

/** What each of `from` pixels in a line adds to each of `to` pixels, row-major [to, from]: a triangle, of sum 1. */
function shrinkingWeights(from: number, to: number): Float32Array {
  const scale = from / to;
  const weights = new Float32Array(to * from);
  for (let pixel = 0; pixel < to; pixel += 1) {
    const centre = (pixel + 0.5) * scale - 0.5;
    const own = Array.from({ length: from }, (_, at) => Math.max(0, 1 - Math.abs(at - centre) / scale));
    const sum = own.reduce((total, weight) => total + weight, 0);
    for (const [at, weight] of own.entries()) weights[pixel * from + at] = weight / sum;
  }
  return weights;
}
