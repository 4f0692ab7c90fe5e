/** Data sets of pictures: archives, IDX files and columns of tables, and what is wrong with some. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { tarOf } from '../../../cli/tar.ts';
import {
  type DatasetHandle,
  type ImageColumn,
  loadTable,
  profileDataset,
  type Table,
  tableOptions,
  writeParquet,
} from '../../../lib/dataset/index.ts';
import { decodeColumn, type UploadedPictures } from '../../../lib/dataset/pictures/decode-column.ts';
import { readIdxSets } from '../../../lib/dataset/pictures/idx-files.ts';
import { decodePictures } from '../../../lib/images/index.ts';
import { encodePicture, foldersOf, stripes } from '../../pictures.ts';
import { refusalOf } from '../../serve/refusal.ts';
import { rowsOf, temporaryDatasets } from '../temporary.ts';

const files = temporaryDatasets();
const fixture = (name: string): Buffer => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));

/** The data set as a training has it. */
async function stored(handle: DatasetHandle): Promise<Table> {
  const path = join(files.directory, 'table.parquet');
  await writeParquet(handle, path);
  return loadTable(path, tableOptions(await profileDataset(handle)));
}

/** The second column, without the pixels that stand beside the first. */
const labelsOf = async (handle: DatasetHandle): Promise<unknown[]> =>
  (await handle.database.rows('SELECT c1 FROM data')).flat();

const images = ({ columns }: Table): ImageColumn =>
  columns.find((column): column is ImageColumn => column.type === 'image')!;

const archive = (entries: Readonly<Record<string, Uint8Array | string>>): Uint8Array =>
  tarOf(
    Object.entries(entries).map(([path, body]) => ({ path, body: Buffer.from(body) })),
    new Date(0),
  );

const grey = (shade: number): Promise<Buffer> => encodePicture((x) => [shade + x]);

describe('folders of pictures', () => {
  it('are read with the names of their classes, and the pixels are those that requests get', async () => {
    const pictures = await stripes(12);
    const handle = await files.read('stripes.tar', foldersOf(pictures));

    const table = await stored(handle);

    const { layout, pixels } = images(table);
    const expected = await decodePictures(
      pictures.map(({ png }, index) => ({ place: `${index}`, content: png })),
      layout,
    );
    expect(handle.format).toBe('archive');
    expect(layout).toEqual({ width: 8, height: 8, channels: 1, fit: 'cover' });
    expect(pixels).toEqual(expected.data);
    expect(table.columns[1]).toEqual({
      name: 'label',
      type: 'category',
      values: pictures.map(({ label }) => label),
    });
  });

  it('are the topmost that tell files apart; parts are put together, and what systems leave is passed over', async () => {
    const handle = await files.read('animals.zip', fixture('animals.zip'));

    const { columns } = await profileDataset(handle);

    expect(await labelsOf(handle)).toEqual(['cat', 'dog', 'cat', 'dog', 'cat', 'dog', 'cat', 'dog']);
    expect(columns[0]!.image).toEqual({
      layout: { width: 9, height: 9, channels: 3, fit: 'cover' },
      grey: 0,
      distinct_sizes: 1,
      sizes: [{ width: 9, height: 9, count: 8 }],
    });
    expect(handle.notices.map(({ code }) => code)).toEqual(['parts_merged', 'files_left_out']);
    expect(handle.notices[1]!.message).toBe('1 other file was left out: "animals/README.md".');
  });

  it('may be packed with gzip', async () => {
    const handle = await files.read('stripes.tgz', gzipSync(foldersOf(await stripes(4), 'data/')));

    expect([handle.rows, handle.columns]).toEqual([4, ['image', 'label']]);
  });

  it('with pictures of many sizes get one, which is told', async () => {
    const sizes = [...Array(5).keys()].map((at) => ({ width: 20 + at, height: 30 - at }));
    const pictures = await Promise.all(sizes.map((size) => encodePicture((x) => [x, 0, 0], size)));
    const content = archive(Object.fromEntries(pictures.map((png, at) => [`${at % 2}/${at}.png`, png])));

    const handle = await files.read('sizes.tar', content);

    expect(handle.pictures[0]).toMatchObject({
      layout: { width: 22, height: 22, channels: 3, fit: 'cover' },
      distinct_sizes: 5,
    });
    expect(handle.notices).toEqual([
      {
        code: 'pictures_resized',
        column: 'image',
        message: expect.stringContaining(
          'The pictures have 5 sizes, most often 20 x 30; each was made 22 x 22',
        ),
      },
    ]);
  });

  it('with large pictures get smaller ones, unless another size is wished for', async () => {
    const content = foldersOf(await stripes(4, { width: 100, height: 50 }));

    const usual = await files.read('large.tar', content);
    const wished = await files.read('large.tar', content, {
      image: { width: 80, height: 80, channels: 3, fit: 'contain' },
    });

    expect(usual.pictures[0]!.layout).toEqual({ width: 64, height: 32, channels: 1, fit: 'cover' });
    expect(wished.pictures[0]!.layout).toEqual({ width: 80, height: 80, channels: 3, fit: 'contain' });
  });

  it('with pictures on their side show them upright', async () => {
    const wide = await sharp(await encodePicture((x) => [x < 8 ? 0 : 255, 0, 0], { width: 16, height: 8 }))
      .jpeg({ quality: 100 })
      .withMetadata({ orientation: 6 })
      .toBuffer();

    const handle = await files.read('turned.tar', archive({ 'a/1.jpg': wide, 'b/2.jpg': wide }));
    const { layout, pixels } = images(await stored(handle));

    expect(layout).toMatchObject({ width: 8, height: 16 });
    expect([pixels[0]! < 20, pixels[15 * 8 * 3]! > 235]).toEqual([true, true]);
  });

  it('count equal pictures as repeated rows', async () => {
    const png = await grey(9);
    const handle = await files.read(
      'twins.tar',
      archive({ 'a/1.png': png, 'a/2.png': png, 'b/3.png': await grey(8) }),
    );

    expect((await profileDataset(handle)).duplicate_rows).toBe(1);
  });

  it('may have one damaged picture in a hundred, which is left out and told', async () => {
    const pictures = await stripes(120);
    const whole = pictures[7]!.png;
    const damaged = pictures.with(7, { label: 'down', png: whole.subarray(0, whole.length - 20) });

    const handle = await files.read('stripes.tar', foldersOf(damaged));
    const table = await stored(handle);

    expect(handle.rows).toBe(119);
    expect(images(table).pixels.length).toBe(119 * 64);
    expect(table.columns[1]!.values).toEqual(pictures.toSpliced(7, 1).map(({ label }) => label));
    expect(handle.notices).toEqual([
      {
        code: 'pictures_left_out',
        column: 'image',
        message: expect.stringMatching(
          /^1 of 120 pictures cannot be read and were left out: "down\/7.png" cannot be decoded/,
        ),
      },
    ]);
  });

  it('bad call: more damaged pictures are refused by their names', async () => {
    const pictures = (await stripes(20)).map(({ label, png }, at) => ({
      label,
      png: at === 3 ? png.subarray(0, 60) : png,
    }));

    const { code, message } = await files.refusal('stripes.tar', foldersOf(pictures));

    expect(code).toBe('unreadable_pictures');
    expect(message).toMatch(/^stripes.tar: 1 of 20 pictures cannot be read. "down\/3.png" /);
  });

  it('bad call: a picture with too many pixels is refused, however many others are good', async () => {
    const bomb = await grey(0);
    bomb.writeUInt32BE(7000, 16);
    bomb.writeUInt32BE(7000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    const pictures = [...(await stripes(20)), { label: 'down', png: bomb }];

    const { code, message } = await files.refusal('bomb.tar', foldersOf(pictures));

    expect(code).toBe('image_too_large');
    expect(message).toContain('"down/20.png" has 7000 x 7000 pixels');
  });

  it('expected failure: one that cannot be fetched ends the reading, also while others are waited for', async () => {
    const pictures: UploadedPictures = async function* () {
      yield { place: 'row 1', read: () => Promise.reject(new Error('no such file')) };
      await setImmediate();
      yield { place: 'row 2', read: () => grey(1) };
    };
    const into = { add: () => {} };

    const reading = decodeColumn({ column: 'photo', pictures, fileName: 'a.jsonl', wish: undefined, into });

    await expect(reading).rejects.toThrow('no such file');
  });

  it.each(['pixels', 'base64'] as const)(
    'bad call: a file that no picture is as large as is refused before it is read (%s)',
    async (mode) => {
      const content = archive({ 'a/1.png': await grey(1), 'b/2.png': new Uint8Array(33_554_433) });

      const { code, message } = await files.refusal('large.tar', content, { pictures: mode });

      expect([code, message]).toEqual(['file_too_large', expect.stringContaining('"b/2.png" has 3')]);
    },
  );

  it.each([
    ['no folders', { '1.png': 'x', '2.png': 'x' }, 'no_class_folders', /"1.png" lies in no folder/],
    ['one folder', { 'a/1.png': 'x', 'a/2.png': 'x' }, 'single_class', /the one folder "a"/],
    ['a path that leads out', { 'a/../../1.png': 'x', 'b/2.png': 'x' }, 'unsafe_path', /leads out of it/],
    ['pictures and texts', { 'a/1.png': 'x', 'b/2.txt': 'x' }, 'mixed_archive', /1 pictures and 1 texts/],
    ['a table', { 'a/b.csv': 'x,y' }, 'not_a_table', /unpack it and upload the table/],
    [
      'files that are no pictures',
      { 'a/1.png': 'x', 'b/2.png': 'y' },
      'no_pictures',
      /"a\/1.png" is no picture/,
    ],
  ])('bad call: refuses an archive with %s', async (_case, entries, code, message) => {
    const error = await files.refusal('odd.tar', archive(entries));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('bad call: refuses an archive that unpacks to more than may be held', async () => {
    const content = archive({ 'a/1.png': new Uint8Array(4000), 'b/2.png': new Uint8Array(4000) });

    const { code } = await files.refusal('big.tar', gzipSync(content), { limits: { maxBytes: 7000 } });

    expect(code).toBe('file_too_large');
  });

  it('bad call: refuses a size for which there is no memory', async () => {
    const [one, other] = await stripes(2);
    const pictures = Array.from({ length: 700 }, (_, at) => (at % 2 === 0 ? one! : other!));

    const { code } = await files.refusal('stripes.tar', foldersOf(pictures), {
      image: { width: 512, height: 512, channels: 3 },
    });

    expect(code).toBe('pictures_too_large');
  });
});

describe('IDX files', () => {
  it('bad call: files that are small only as long as they are packed are refused', async () => {
    const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 16, 0, 0, 0, 16]);
    const packed = gzipSync(Buffer.concat([header, Buffer.alloc(512)]));
    const entries = [1, 2, 3].map((number) => ({
      path: `${number}-images-idx3-ubyte.gz`,
      sizeBytes: packed.length,
      read: async () => packed,
    }));

    const { code, message } = await refusalOf(readIdxSets(entries, 'idx.zip', 1_300));

    expect(code).toBe('file_too_large');
    expect(message).toContain('together, unpacked');
  });

  it('are matched with their labels by name, and all sets are one', async () => {
    const handle = await files.read('digits.zip', fixture('digits.zip'));

    const { columns } = await stored(handle);

    const expected = fixture('digits.csv').toString().trim().split('\n');
    const { layout, pixels } = images({ rows: 7, columns });
    expect(layout).toEqual({ width: 4, height: 3, channels: 1, fit: 'cover' });
    expect([...pixels].map(String)).toEqual(expected.flatMap((line) => line.split(',')));
    expect(await labelsOf(handle)).toEqual(['5', '0', '4', '1', '9', '7', '2']);
  });

  it.each([
    [
      'without labels',
      { 'x-images-idx3-ubyte': [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 9] },
      'labels_missing',
    ],
    [
      'that are cut off',
      { 'x-images-idx3-ubyte': [0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 9] },
      'invalid_idx',
    ],
    [
      'of floats',
      { 'x-images-idx3-ubyte': [0, 0, 13, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
      'invalid_idx',
    ],
  ])('bad call: refuses files %s', async (_case, entries, code) => {
    const content = archive(
      Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [name, Uint8Array.from(bytes)])),
    );

    expect((await files.refusal('idx.tar', content)).code).toBe(code);
  });
});

describe('pictures in columns', () => {
  it('are found in Parquet as the library datasets writes it; one that is missing is black', async () => {
    const handle = await files.read('pictures.parquet', fixture('pictures.parquet'));

    const table = await stored(handle);

    const { name, layout, pixels, values } = images(table);
    expect([name, layout]).toEqual(['image', { width: 6, height: 4, channels: 1, fit: 'cover' }]);
    expect(Array.from({ length: 8 }, (_, row) => [...pixels.subarray(row * 24, row * 24 + 2)])).toEqual(
      [0, 10, 20, 30, 40, 50, 60, 70].map((shade) => (shade === 30 ? [0, 0] : [255, shade])),
    );
    expect(values[3]).toBeNull();
    expect(table.columns.map((column) => column.name)).toEqual(['image', 'label', 'note']);
  });

  it.each([
    ['JSON Lines', 'a.jsonl', (b64: string, row: number) => JSON.stringify({ row, photo: b64 })],
    [
      'objects in JSON Lines',
      'a.jsonl',
      (b64: string, row: number) => JSON.stringify({ row, photo: { b64 } }),
    ],
    [
      'data URLs',
      'a.jsonl',
      (b64: string, row: number) => JSON.stringify({ row, photo: `data:image/png;base64,${b64}` }),
    ],
  ])('are found as base64 in %s', async (_case, name, line) => {
    const pictures = await Promise.all([10, 20, 30].map(grey));
    const lines = pictures.map((png, row) => line(png.toString('base64'), row));

    const table = await stored(await files.read(name, lines.join('\n')));

    const shades = [...images(table).pixels].filter((_, at) => at % 64 === 0);
    expect(shades).toEqual([10, 20, 30]);
  });

  it('are found as base64 without padding in CSV', async () => {
    const pictures = await Promise.all([10, 20, 30].map(grey));
    const lines = pictures.map((png, row) => `${row},${png.toString('base64').replace(/=+$/, '')}`);

    const table = await stored(await files.read('a.csv', `row,photo\n${lines.join('\n')}\n`));

    expect([...images(table).pixels].filter((_, at) => at % 64 === 0)).toEqual([10, 20, 30]);
  });

  it('are all there where they are too many to be read, or written, at once', async () => {
    const rows = 2100;
    const [first, second] = (await Promise.all([10, 200].map(grey))).map((png) => png.toString('base64'));
    const lines = Array.from({ length: rows }, (_, row) =>
      JSON.stringify({
        photo: [first, null, null, second, null, null][row % 6],
        other: [second][row % 50] ?? null,
      }),
    );
    // 19 MB from a third of the rows; the others have no picture.
    const image = { width: 96, height: 96, channels: 3 } as const;

    const handle = await files.read('many.jsonl', lines.join('\n'), { image });
    const { columns } = await stored(handle);

    const size = 96 * 96 * 3;
    const shades = columns.map((column) =>
      column.type === 'image' ? Array.from({ length: rows }, (_, row) => column.pixels[row * size]) : [],
    );
    expect(handle.rows).toBe(rows);
    expect(shades[0]).toEqual(Array.from({ length: rows }, (_, row) => [10, 0, 0, 200, 0, 0][row % 6]));
    expect(shades[1]).toEqual(Array.from({ length: rows }, (_, row) => (row % 50 === 0 ? 200 : 0)));
  }, 60_000);

  it('are left as texts in base64 for whoever asks for them so', async () => {
    const handle = await files.read('pictures.parquet', fixture('pictures.parquet'), { pictures: 'base64' });

    const [[first] = []] = await rowsOf(handle);

    expect(String(first)).toMatch(/^iVBORw0KGgo/);
  });

  it('bad call: a type imposed on them, or on what is none, is refused', async () => {
    const handle = await files.read('pictures.parquet', fixture('pictures.parquet'));

    const asText = profileDataset(handle, { types: { image: 'text' } });
    await expect(asText).rejects.toMatchObject({ code: 'type_mismatch', param: 'image' });
    const asPictures = profileDataset(handle, { types: { note: 'image' } });
    await expect(asPictures).rejects.toMatchObject({ code: 'type_mismatch', param: 'note' });
  });
});

describe('folders of texts', () => {
  it('become a column of texts with the names of their classes; an empty one is missing', async () => {
    const handle = await files.read(
      'mails.tar',
      archive({
        'ham/1.txt': ' hello\n',
        'ham/2.txt': '',
        'spam/1.txt': 'cheap',
        'spam/2.txt': Uint8Array.of(0xe9),
      }),
    );

    expect(handle.columns).toEqual(['text', 'label']);
    expect(await rowsOf(handle)).toEqual([
      ['hello', 'ham'],
      [null, 'ham'],
      ['cheap', 'spam'],
      ['é', 'spam'],
    ]);
    expect(handle.notices).toMatchObject([{ code: 'encoding_guessed' }]);
  });

  it('in UTF-16 are read as their mark says', async () => {
    const text = Buffer.from('\ufeffhello שלום', 'utf16le');

    const handle = await files.read(
      'mails.tar',
      archive({ 'ham/1.txt': text, 'ham/2.txt': Buffer.from(text).swap16(), 'spam/1.txt': 'cheap' }),
    );

    expect(await rowsOf(handle)).toEqual([
      ['hello שלום', 'ham'],
      ['hello שלום', 'ham'],
      ['cheap', 'spam'],
    ]);
    expect(handle.notices).toEqual([]);
  });
});
