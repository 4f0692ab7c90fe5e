/**
 * What the function `prepare` is asked, and what it answers: the pictures of requests are decoded there, as that
 * function has no right to anything. What it needs is in the request, or behind an address that is good for one object.
 */
import type { ImageInput } from './image-input.ts';

/** What decides the pixels of a picture; only its size has no default. */
export type PixelSettings = Pick<
  ImageInput,
  'width' | 'height' | 'fit' | 'kernel' | 'channels' | 'background' | 'profile'
>;

/** A picture as it was sent. */
export interface EncodedPicture {
  /** Where it stands in the request, for messages: `instances[0].b64`. */
  readonly place: string;
  /** Text in base64, or the bytes of the file. */
  readonly content: string | Uint8Array;
}

/** Decoded pictures of one size, a byte for each value. */
export interface PixelTensor {
  /** Pictures, height, width, channels. */
  readonly shape: readonly [number, number, number, number];
  readonly data: Uint8Array;
}

/**
 * Makes pictures pixels, here or in another function.
 *
 * @throws invalid_request `unsupported_image`, `image_too_large` or `invalid_image` naming the place of the picture
 */
export type PictureDecoder = (
  pictures: readonly EncodedPicture[],
  settings: PixelSettings,
) => Promise<PixelTensor>;

/** Pictures to decode. */
export interface PixelsRequest {
  readonly kind: 'pixels';
  readonly settings: PixelSettings;
  readonly pictures: readonly { readonly place: string; readonly base64: string }[];
  /** The first row that is wanted of each picture, and the one behind the last; default: all. */
  readonly rows?: readonly [from: number, to: number];
}

/** A whole body to prepare, too long for a request. */
export interface FileRequest {
  readonly kind: 'file';
  readonly image: ImageInput;
  readonly content_type: string;
  /** Where to GET the body. */
  readonly source: string;
  /** Where to PUT what is made of it. */
  readonly target: string;
}

export type PreparationRequest = PixelsRequest | FileRequest;

export interface PixelsAnswer {
  readonly kind: 'pixels';
  /** In base64: rows from the top, a pixel's channels side by side. */
  readonly base64: string;
}

export interface FileAnswer {
  readonly kind: 'file';
  readonly content_type: string;
  /** In a body of JSON and then the bytes of tensors: how long the JSON is. */
  readonly json_bytes?: number;
  readonly size_bytes: number;
}

/** The caller's fault, in the words that the caller gets. */
export interface PreparationRefusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

export type PreparationAnswer = PixelsAnswer | FileAnswer | PreparationRefusal;
