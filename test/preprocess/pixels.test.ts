/** Pictures as features: their bytes as numbers from 0 to 1, made smaller and grey in the graph if asked for. */
import { describe, expect, it } from 'vitest';
import type { ImageColumn } from '../../lib/dataset/index.ts';
import { fitImage, withChannels } from '../../lib/images/index.ts';
import { encode, fitted, numbers, tableOf } from './tables.ts';

/** Pictures in colours, 9 x 6, without a pattern. */
function photos(count: number): ImageColumn {
  const layout = { width: 9, height: 6, channels: 3, fit: 'cover' } as const;
  const pixels = Uint8Array.from({ length: count * 9 * 6 * 3 }, (_, at) => (at * at * 7 + at * 31) % 256);
  return { name: 'photo', type: 'image', layout, pixels, values: Array.from({ length: count }, String) };
}

const rasterOf = ({ pixels, layout }: ImageColumn, row: number) => ({
  ...layout,
  data: pixels.subarray(row * 162, (row + 1) * 162),
});

describe('pictures as features', () => {
  it('are their bytes divided by 255, in a block of their shape after the other columns', async () => {
    const column = photos(3);
    const preprocessor = fitted(tableOf(numbers('age', [1, 2, 3]), column), { scaling: 'none' });

    const encoded = await encode(preprocessor, tableOf(numbers('age', [1, 2, 3]), column));

    expect(preprocessor.layout).toEqual([
      { kind: 'numbers', start: 0, size: 1, shape: [1] },
      { kind: 'pixels', start: 1, size: 162, shape: [6, 9, 3] },
    ]);
    expect(encoded[1]).toEqual([
      2,
      ...Array.from(column.pixels.subarray(162, 324), (v) => Math.fround(Math.fround(1 / 255) * v)),
    ]);
    expect(preprocessor.outputNames.slice(1, 5)).toEqual([
      'photo[0,0,0]',
      'photo[0,0,1]',
      'photo[0,0,2]',
      'photo[0,1,0]',
    ]);
  });

  it('are made smaller in the graph as pictures are where they are decoded, but for the rounding to bytes', async () => {
    const column = photos(2);
    const table = tableOf(column);
    const image = { width: 4, height: 3 };

    const encoded = await encode(fitted(table, { image }), table);

    const expected = [0, 1].map((row) =>
      fitImage(rasterOf(column, row), { ...image, fit: 'fill', kernel: 'bilinear', background: [0, 0, 0] }),
    );
    const farthest = Math.max(
      ...encoded.flatMap((values, row) =>
        values.map((v, at) => Math.abs(255 * v - expected[row]!.data[at]!)),
      ),
    );
    expect(encoded[0]).toHaveLength(36);
    expect(farthest).toBeLessThan(1);
  });

  it('become grey as pictures do where they are decoded', async () => {
    const column = photos(1);
    const table = tableOf(column);

    const [values] = await encode(fitted(table, { image: { width: 9, height: 6, channels: 1 } }), table);

    const expected = withChannels(rasterOf(column, 0), 1, [0, 0, 0]).data;
    expect(Math.max(...values!.map((v, at) => Math.abs(255 * v - expected[at]!)))).toBeLessThan(0.51);
  });

  it('bad call: pictures cannot be learnt from at a size that they were not kept at', () => {
    const fit = () => fitted(tableOf(photos(1)), { image: { width: 64, height: 64 } });

    expect(fit).toThrow(expect.objectContaining({ code: 'pictures_too_small', param: 'preprocess.image' }));
  });
});
