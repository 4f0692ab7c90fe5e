import { expect, it } from 'vitest';
import { decodeImage, pixelLimit, type Raster, withChannels } from '../../lib/images/index.ts';
import { pictureBytes } from './pictures.ts';

const decode = (bytes: Uint8Array): Promise<Raster> =>
  decodeImage(bytes, { place: 'instances[3].b64', applyProfile: false });

const refusal = (code: string, message: RegExp) => ({
  ...{ kind: 'invalid_request', code, param: 'instances[3].b64' },
  message: expect.stringMatching(message),
});

it('sixteen bits become the upper eight', async () => {
  const raster = withChannels(await decode(pictureBytes('deep-grey.png')), 1, [0, 0, 0]);

  expect([...raster.data]).toEqual(Array.from({ length: 32 }, (_, index) => Math.floor(index / 2) * 17));
});

it('the inks of a CMYK file become the colours that they print', async () => {
  const { data, width } = await decode(pictureBytes('inks.jpg'));

  const patches = [0, 1, 2, 3, 4].map((patch) => [
    ...data.subarray((8 * width + patch * 16 + 8) * 3).subarray(0, 3),
  ]);
  const [white, cyan, magenta, yellow, black] = patches as [number, number, number][];
  expect(white).toEqual([255, 255, 255]);
  expect(Math.max(...black!)).toBeLessThan(50);
  expect([cyan![0], magenta![1], yellow![2]].every((value) => value < 50)).toBe(true);
  expect([cyan![2], magenta![0], yellow![0], yellow![1]].every((value) => value > 200)).toBe(true);
});

it('the same file gives the same pixels, however many are decoded at a time', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => decode(pictureBytes('420.jpg'))));

  for (const { data } of all) expect(Buffer.from(data).equals(all[0]!.data)).toBe(true);
});

it.each([
  [
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    /is an SVG; send a JPEG, PNG/,
  ],
  ['<?xml version="1.0"?><!-- drawn --><svg/>', /is an SVG/],
  ['%PDF-1.7', /is a PDF/],
  ['II*\0', /is a TIFF/],
  ['\0\0\0\x1cftypheic', /is a HEIC/],
  ['\0\0\0\x1cftypavif', /is an AVIF/],
  ['', /is no picture/],
  ['a text', /is no picture/],
])('bad call: %j is refused before a decoder sees it', async (text, message) => {
  await expect(decode(Buffer.from(text, 'latin1'))).rejects.toMatchObject(
    refusal('unsupported_image', message),
  );
});

it.each([
  ['moving.gif', /is a GIF/],
  ['moving.png', /is an animated PNG/],
  ['moving.webp', /is an animated WebP/],
])('bad call: %s is refused', async (name, message) => {
  await expect(decode(pictureBytes(name))).rejects.toMatchObject(refusal('unsupported_image', message));
});

it('bad call: a small file with more pixels than fit is refused by its header', async () => {
  const bomb = pictureBytes('bomb.png');

  expect(bomb.length).toBeLessThan(10_000);
  expect(7000 * 7000).toBeGreaterThan(pixelLimit);
  await expect(decode(bomb)).rejects.toMatchObject(refusal('image_too_large', /7000 x 7000 pixels/));
});

it.each(
  ['420.jpg', 'progressive.jpg', 'colour.png', 'lossy.webp', 'lossless.webp'].flatMap((name) =>
    [0.2, 0.5, 0.9, 0.99].map((part) => [name, part] as const),
  ),
)('bad call: %s cut off after %d of its bytes is refused', async (name, part) => {
  const whole = pictureBytes(name);

  const decoding = decode(whole.subarray(0, Math.floor(whole.length * part)));

  await expect(decoding).rejects.toMatchObject(refusal('invalid_image', /damaged or incomplete: \w.*\w$/));
});

it('bad call: a file with bytes that do not belong there is refused', async () => {
  const broken = Buffer.from(pictureBytes('colour.png'));
  broken.fill(0, 200, 260);

  await expect(decode(broken)).rejects.toMatchObject(refusal('invalid_image', /damaged/));
});
