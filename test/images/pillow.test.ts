import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage, fitImage, withChannels } from '../../lib/images/index.ts';
import type { FitOptions, Raster } from '../../lib/images/types.ts';
import { pictureBytes } from './pictures.ts';

/** Made by fixtures/make_pictures.py: what Pillow 12.3 makes of the same files. */
const expected: {
  readonly background: readonly number[];
  readonly decoded: Readonly<Record<string, Packed>>;
  /** swapped.png with its profile applied. */
  readonly applied: Packed;
  readonly resized: readonly (FitOptions & { readonly picture: string; readonly crc: number })[];
  /** Digest of large.png in grey, contained in 20 x 20. */
  readonly grey: number;
} = JSON.parse(pictureBytes('expected.json').toString());

type Packed = Omit<Raster, 'data'> & { readonly data: string };

const unpack = ({ data }: Packed): Buffer => inflateSync(Buffer.from(data, 'base64'));

const { background } = expected;
const decode = (name: string, applyProfile = false): Promise<Raster> =>
  decodeImage(pictureBytes(name), { place: name, applyProfile });

describe('decoded pixels are those of Pillow, to the last bit', () => {
  it.each(Object.entries(expected.decoded))('%s', async (name, wanted) => {
    const raster = withChannels(await decode(name), 3, background);

    const { width, height, channels } = wanted;
    expect(raster).toMatchObject({ width, height, channels });
    expect(Buffer.from(raster.data).equals(unpack(wanted))).toBe(true);
  });

  it('but for colour profiles, where they are applied: those differ by 2 of 255 at most', async () => {
    const ignored = unpack(expected.decoded['swapped.png']!);
    const wanted = unpack(expected.applied);

    const { data } = await decode('swapped.png', true);

    const largest = (bytes: Uint8Array): number =>
      Math.max(...wanted.map((value, at) => Math.abs(value - bytes[at]!)));
    expect(data).toHaveLength(wanted.length);
    expect(largest(data)).toBeLessThanOrEqual(2);
    expect(largest(ignored)).toBeGreaterThan(100);
  });
});

describe('resized pixels are those of Pillow, to the last bit', () => {
  it.each(expected.resized)('$picture, $fit $kernel to $width x $height', async (one) => {
    const { picture, crc, ...options } = one;
    const whole = withChannels(await decode(picture), 3, background);

    const raster = fitImage(whole, { ...options, background });

    expect(raster.data).toHaveLength(options.width * options.height * 3);
    expect(crc32(raster.data)).toBe(crc);
  });

  it('in grey', async () => {
    const grey = withChannels(await decode('large.png'), 1, background);

    const raster = fitImage(grey, { width: 20, height: 20, fit: 'contain', kernel: 'bicubic', background });

    expect(crc32(raster.data)).toBe(expected.grey);
  });
});
