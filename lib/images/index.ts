/** Pictures as they are sent become pixels as models take them, byte for byte those of Pillow in Python. */
export { decodeImage, type ImageHead, pixelLimit, readImageHead } from './decode.ts';
export { fitImage } from './fit.ts';
export { withChannels } from './flatten.ts';
export { decodePictures } from './pixels.ts';
export type { Raster } from './types.ts';
