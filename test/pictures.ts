/** Pictures and archives made on the spot, for tests of data sets that hold them. */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { tarOf } from '../cli/tar.ts';

/** A picture and its class. */
export interface LabelledPicture {
  readonly label: string;
  readonly png: Buffer;
}

/** How a picture is drawn. */
export interface Drawing {
  readonly width?: number;
  readonly height?: number;
  readonly format?: 'png' | 'jpeg' | 'webp';
}

/** A picture by its pixels, 1 or 3 values each. */
export function encodePicture(
  pixel: (x: number, y: number) => readonly number[],
  { width = 8, height = 8, format = 'png' }: Drawing = {},
): Promise<Buffer> {
  const pixels = Array.from({ length: width * height }, (_, at) => pixel(at % width, Math.floor(at / width)));
  const channels = pixels[0]!.length as 1 | 3;
  return sharp(Uint8Array.from(pixels.flat()), { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .toFormat(format)
    .toBuffer();
}

/** Grey pictures of stripes, `across` or `down`, every one of them different. */
export async function stripes(count: number, drawing: Drawing = {}): Promise<readonly LabelledPicture[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const label = index % 2 === 0 ? 'across' : 'down';
      const base = 40 + ((index * 37) % 100);
      const shade = (x: number, y: number): number => {
        const line = label === 'across' ? y : x;
        return ((line >> 1) % 2) * (70 + (index % 9)) + base + ((x * 7 + y * 13 + index * 29) % 11);
      };
      return { label, png: await encodePicture((x, y) => [shade(x, y)], drawing) };
    }),
  );
}

/** A tar archive of a folder for each class. */
export const foldersOf = (pictures: readonly LabelledPicture[], top = ''): Uint8Array =>
  tarOf(
    pictures.map(({ label, png }, index) => ({ path: `${top}${label}/${index}.png`, body: png })),
    new Date(0),
  );

/** A zip archive of a folder for each class; pictures are small enough as they are. */
export function zippedFoldersOf(pictures: readonly LabelledPicture[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let start = 0;
  for (const [index, { label, png }] of pictures.entries()) {
    const name = Buffer.from(`${label}/${index}.png`);
    // What the header of a file and its entry in the directory share: from the version to the length of extra fields.
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(png), 10);
    fields.writeUInt32LE(png.length, 14);
    fields.writeUInt32LE(png.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(start, 10);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), fields, name, png]);
    files.push(file);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, place, name);
    start += file.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(pictures.length, 8);
  end.writeUInt16LE(pictures.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(start, 16);
  return Buffer.concat([...files, ...directory, end]);
}
