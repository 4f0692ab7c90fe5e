/** Pixels in memory. */

/** An image of one byte per channel; a pixel's channels lie side by side, rows from the top. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 2: grey and alpha, 3: red, green and blue, 4: those and alpha. */
  readonly channels: number;
  readonly data: Uint8Array;
}

/** What filters between pixels when a size changes. */
export type Kernel = 'bilinear' | 'bicubic' | 'lanczos';

export interface DecodeOptions {
  /** Names the picture in messages, for example `instances[0].b64`. */
  readonly place: string;
  /** Whether a colour profile in the file is applied, so that its colours become those of sRGB. */
  readonly applyProfile: boolean;
}

export interface FitOptions {
  readonly width: number;
  readonly height: number;
  /** `cover` cuts off, `contain` fills up, `fill` distorts. */
  readonly fit: 'cover' | 'contain' | 'fill';
  readonly kernel: Kernel;
  /** Red, green and blue beside a picture that is contained. */
  readonly background: readonly number[];
}
