/** A column of pictures for a model of ours that takes pixels and does everything else in its graph. */
import type { PictureDecoder, PixelSettings } from '../../contracts/preparation.ts';
import type { TensorData } from '../../onnx/types.ts';
import { pictureOf, pictureTensor } from '../../preparation/index.ts';

/** Values of one input, a picture each: base64, or the bytes of the file. */
export interface PictureColumn {
  readonly values: readonly unknown[];
  /** What the value of a row is called in a message, for example `instances[3].photo`. */
  readonly place: (row: number) => string;
}

/**
 * The tensor `[rows, height, width, channels]` of 8-bit integers.
 *
 * @throws invalid_request `invalid_field` for what is no picture in base64; and what `pictureTensor` throws
 */
export async function pictureColumn(
  decode: PictureDecoder,
  { values, place }: PictureColumn,
  settings: PixelSettings,
): Promise<TensorData> {
  const pictures = values.map((value, row) =>
    value instanceof Uint8Array ? { place: place(row), content: value } : pictureOf(value, place(row)),
  );
  const { shape, data } = await pictureTensor(decode, pictures, settings);
  return { type: 'uint8', dims: shape, data };
}
