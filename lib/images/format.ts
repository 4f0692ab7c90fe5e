/** Tells by its first bytes what a file is, before a decoder sees any of it. */
import { invalidInput, type OnrampError } from '../core/index.ts';

export type ImageFormat = 'jpeg' | 'png' | 'webp';

const pngSignature = '89504e470d0a1a0a';

/**
 * The format of a file that decoders get to see.
 *
 * @throws invalid_request `unsupported_image` for any other format and for a PNG that moves
 */
export function formatOf(bytes: Uint8Array, place: string): ImageFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096));
  const hex = head.toString('hex', 0, 8);
  if (hex.startsWith('ffd8ff')) return 'jpeg';
  if (hex === pngSignature) {
    if (isAnimatedPng(bytes)) throw unsupported(place, 'an animated PNG');
    return 'png';
  }
  const text = head.toString('latin1');
  if (text.startsWith('RIFF') && text.startsWith('WEBP', 8)) return 'webp';
  throw unsupported(place, nameOf(text));
}

/** @param what for example `an animated PNG` */
export const unsupported = (place: string, what: string): OnrampError =>
  invalidInput(`"${place}" is ${what}; send a JPEG, PNG or WebP that stands still.`, {
    code: 'unsupported_image',
    param: place,
  });

const others: readonly (readonly [RegExp, string])[] = [
  [/^GIF8/, 'a GIF'],
  [/^(II[*+]\0|MM\0[*+])/, 'a TIFF'],
  [/^BM/, 'a BMP'],
  [/^....ftyp(avif|avis)/s, 'an AVIF'],
  [/^....ftyp(hei|hev|mif1|msf1)/s, 'a HEIC'],
  [/^%PDF/, 'a PDF'],
  [/<svg/i, 'an SVG'],
];

const nameOf = (text: string): string =>
  others.find(([pattern]) => pattern.test(text))?.[1] ?? 'no picture that is known here';

/** PNG's chunk of an animation comes before the pixels (PNG, third edition, 11.3.6.1). */
function isAnimatedPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'acTL') return true;
    if (type === 'IDAT') return false;
  }
  return false;
}
