/** Pictures as one tensor, whoever decodes them. */
import type { ImageInput } from '../contracts/image-input.ts';
import { imageLimits } from '../contracts/limits.ts';
import type { EncodedPicture, PictureDecoder, PixelSettings, PixelTensor } from '../contracts/preparation.ts';
import { invalidInput } from '../core/index.ts';
import { type GivenBody, picturesInBody } from './pictures-in-body.ts';
import { type TensorBody, tensorBody } from './tensor-body.ts';

/**
 * Decodes pictures, if they are not too many for their size.
 *
 * @throws invalid_request `input_too_large`; and what the decoder throws
 */
export async function pictureTensor(
  decode: PictureDecoder,
  pictures: readonly EncodedPicture[],
  settings: PixelSettings,
): Promise<PixelTensor> {
  const { width, height, channels = 3 } = settings;
  const values = pictures.length * width * height * channels;
  if (values > imageLimits.values) {
    const most = Math.max(1, Math.floor(imageLimits.values / (width * height * channels)));
    throw invalidInput(
      `${pictures.length} pictures of ${width} x ${height} are too many at a time; send at most ${most}.`,
      { code: 'input_too_large' },
    );
  }
  return decode(pictures, settings);
}

/**
 * The pictures in a body as the body that a container takes.
 *
 * @throws what `picturesInBody`, `pictureTensor` and `tensorBody` throw
 */
export async function preparePictures(
  decode: PictureDecoder,
  body: GivenBody,
  input: ImageInput,
): Promise<TensorBody> {
  return tensorBody(await pictureTensor(decode, picturesInBody(body), input), input);
}
