/** Size and colours of a picture from the beginning of its file, without a decoder: predictions are only warned by them. */

/** What a picture says of itself. */
export interface PictureHead {
  readonly width: number;
  readonly height: number;
  readonly isGrey: boolean;
}

/** Headers are found within so many characters of base64, unless a camera has put a small picture before them. */
const headLength = 87_384;

/** The head of a PNG or JPEG in base64; `null` if it is another picture, or the head cannot be found. */
export function pictureHead(base64: string): PictureHead | null {
  const bytes = Buffer.from(base64.slice(0, headLength), 'base64');
  if (bytes.length >= 26 && bytes.toString('latin1', 1, 4) === 'PNG') return pngHead(bytes);
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? jpegHead(bytes) : null;
}

/** PNG, third edition, 11.2.1: the colour types 0 and 4 have no colours. */
const pngHead = (bytes: Buffer): PictureHead => ({
  width: bytes.readUInt32BE(16),
  height: bytes.readUInt32BE(20),
  isGrey: bytes[25] === 0 || bytes[25] === 4,
});

/** ITU-T T.81, B.2.2: the frame's header is the first segment from SOF0 to SOF15 that is no DHT, JPG or DAC. */
function jpegHead(bytes: Buffer): PictureHead | null {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (!isFrame) continue;
    return {
      height: bytes.readUInt16BE(at + 5),
      width: bytes.readUInt16BE(at + 7),
      isGrey: bytes[at + 9] === 1,
    };
  }
  return null;
}
