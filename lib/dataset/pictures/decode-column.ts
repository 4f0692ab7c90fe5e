/** Decodes the pictures of a column, once to know their sizes and once for their pixels, and keeps these in a table. */

import type { PictureFacts, PictureLayout, PictureWish } from '../../contracts/pictures.ts';
import type { ProfileWarning } from '../../contracts/profile.ts';
import { internal, isOnrampError, type OnrampError, sha256 } from '../../core/index.ts';
import { decodePictures, readImageHead } from '../../images/index.ts';
import type { Appender } from '../duckdb.ts';
import { excerpt, fileError } from '../upload-error.ts';
import { chooseLayout, factsOf } from './choose-layout.ts';

/** A picture as it was uploaded. */
export interface UploadedPicture {
  /** Names it in messages: the path in an archive, or the row. */
  readonly place: string;
  read(): Promise<Uint8Array>;
}

/** Pictures in the order of the rows, `null` where there is none; gone through as often as it takes. */
export type UploadedPictures = () => AsyncIterable<UploadedPicture | null>;

/** Where pictures come from, what is wished of them and where they go. */
export interface DecodeColumnOptions {
  readonly column: string;
  readonly pictures: UploadedPictures;
  /** The user's name of the file, for messages. */
  readonly fileName: string;
  readonly wish: PictureWish | undefined;
  /** Takes rows (digest of the pixels, pixels, whether the row is kept), one for each picture. */
  readonly into: Pick<Appender, 'add'>;
}

/** What became of a column's pictures. */
export interface DecodedColumn {
  readonly facts: PictureFacts;
  readonly notices: readonly ProfileWarning[];
}

/** A picture among very many may be damaged; more of them are a fault that somebody should mend. */
const toleratedShare = 0.01;
/** Pixels that are decoded at the same time. */
const pixelsAtOnce = 8_388_608;
const picturesAtOnce = 64;
/** Files that are open at the same time to have their sizes read. */
const headsAtOnce = 16;

/**
 * Makes pixels of a column's pictures. A few damaged ones are left out with a warning.
 *
 * @throws invalid_request `image_too_large` for a single picture that has too many pixels, `unreadable_pictures` if more
 *   than one in a hundred cannot be read, `no_pictures`
 */
export async function decodeColumn(options: DecodeColumnOptions): Promise<DecodedColumn> {
  const { column, fileName, wish } = options;
  const survey = await surveyPictures(options);
  if (survey.count === 0) throw noPictures(options, survey.faults);
  const layout = chooseLayout(survey, wish, fileName);
  await writePixels(options, survey, layout);
  refuseManyFaults(options, survey);
  const facts = factsOf(survey, layout);
  return { facts, notices: [...leftOut(column, survey), ...resized(column, facts)] };
}

interface Survey {
  count: number;
  grey: number;
  readonly sizes: Map<string, number>;
  /** Pixels of each row's picture; 0 where there is none. */
  readonly areas: number[];
  /** By row, what is wrong with its picture. */
  readonly faults: Map<number, OnrampError>;
  /** Rows that have a picture, damaged or not. */
  present: number;
}

async function surveyPictures(options: DecodeColumnOptions): Promise<Survey> {
  const survey: Survey = { count: 0, grey: 0, sizes: new Map(), areas: [], faults: new Map(), present: 0 };
  let batch: { readonly row: number; readonly picture: UploadedPicture }[] = [];
  const flush = async (): Promise<void> => {
    await Promise.all(batch.map((item) => surveyPicture(item, { options, survey })));
    batch = [];
  };
  for await (const picture of options.pictures()) {
    const row = survey.areas.length;
    survey.areas.push(0);
    if (picture === null) continue;
    survey.present += 1;
    batch.push({ row, picture });
    if (batch.length === headsAtOnce) await flush();
  }
  await flush();
  return survey;
}

async function surveyPicture(
  { row, picture }: { readonly row: number; readonly picture: UploadedPicture },
  { options, survey }: Pick<Decoding, 'options' | 'survey'>,
): Promise<void> {
  try {
    const { width, height, isGrey } = await readImageHead(await picture.read(), picture.place);
    const size = `${width} x ${height}`;
    survey.sizes.set(size, (survey.sizes.get(size) ?? 0) + 1);
    survey.count += 1;
    survey.grey += isGrey ? 1 : 0;
    survey.areas[row] = width * height;
  } catch (error) {
    survey.faults.set(row, toleratedFault(error, options));
  }
}

/** A picture with too many pixels is refused at any rate: a damaged file does not come to be one by chance. */
function toleratedFault(error: unknown, { fileName }: DecodeColumnOptions): OnrampError {
  if (!isOnrampError(error) || error.kind !== 'invalid_request') throw error;
  if (error.code !== 'image_too_large') return error;
  throw fileError(fileName, { code: error.code, message: error.message, cause: error });
}

async function writePixels(
  options: DecodeColumnOptions,
  survey: Survey,
  layout: PictureLayout,
): Promise<void> {
  let batch: { readonly row: number; readonly picture: UploadedPicture | null }[] = [];
  let pixels = 0;
  const flush = async (): Promise<void> => {
    const decoded = await Promise.all(batch.map((item) => decodeOne(item, { options, survey, layout })));
    for (const [index, data] of decoded.entries()) {
      const isKept = !survey.faults.has(batch[index]!.row);
      options.into.add([data && sha256(data), data, isKept ? 'yes' : 'no']);
    }
    [batch, pixels] = [[], 0];
  };
  let row = 0;
  for await (const picture of options.pictures()) {
    batch.push({ row, picture });
    pixels += survey.areas[row]!;
    row += 1;
    if (pixels >= pixelsAtOnce || batch.length === picturesAtOnce) await flush();
  }
  await flush();
  if (row !== survey.areas.length) {
    throw internal(`There were ${survey.areas.length} pictures at first, and then ${row}.`);
  }
}

interface Decoding {
  readonly options: DecodeColumnOptions;
  readonly survey: Survey;
  readonly layout: PictureLayout;
}

async function decodeOne(
  { row, picture }: { readonly row: number; readonly picture: UploadedPicture | null },
  { options, survey, layout }: Decoding,
): Promise<Uint8Array | null> {
  if (picture === null || survey.faults.has(row)) return null;
  try {
    const content = await picture.read();
    return (await decodePictures([{ place: picture.place, content }], layout)).data;
  } catch (error) {
    survey.faults.set(row, toleratedFault(error, options));
    return null;
  }
}

function refuseManyFaults({ fileName }: DecodeColumnOptions, { faults, present }: Survey): void {
  if (faults.size <= toleratedShare * present) return;
  const shown = firstFaults(faults);
  throw fileError(fileName, {
    code: 'unreadable_pictures',
    message: `${faults.size} of ${present} pictures cannot be read. ${shown.join(' ')}${faults.size > 3 ? ' ...' : ''} Mend them or leave them out; only one in a hundred is passed over.`,
  });
}

/** What is wrong with the first ones, in the order of the rows. */
const firstFaults = (faults: Survey['faults']): readonly string[] =>
  [...faults]
    .sort(([left], [right]) => left - right)
    .slice(0, 3)
    .map(([, { message }]) => message);

function noPictures({ fileName, column }: DecodeColumnOptions, faults: Survey['faults']): Error {
  const [first] = firstFaults(faults);
  return fileError(fileName, {
    code: 'no_pictures',
    message: `None of the pictures${column === '' ? '' : ` in "${excerpt(column)}"`} can be read. ${first ?? 'There is none.'}`,
  });
}

function leftOut(column: string, { faults, present }: Survey): readonly ProfileWarning[] {
  if (faults.size === 0) return [];
  const shown = firstFaults(faults);
  const message = `${faults.size} of ${present} pictures cannot be read and were left out: ${shown.join(' ')}`;
  return [{ code: 'pictures_left_out', column, message }];
}

function resized(column: string, { layout, sizes, distinct_sizes }: PictureFacts): readonly ProfileWarning[] {
  const { width, height, fit } = layout;
  const [most] = sizes;
  if (distinct_sizes === 1 && most!.width === width && most!.height === height) return [];
  const were =
    distinct_sizes === 1
      ? `All pictures are ${most!.width} x ${most!.height}`
      : `The pictures have ${distinct_sizes} sizes, most often ${most!.width} x ${most!.height}`;
  const how = { cover: 'cut to its shape', contain: 'filled up with black', fill: 'distorted to it' }[fit];
  const message = `${were}; each was made ${width} x ${height} and, where need be, ${how}. Ask for another size in preprocess.image before the upload.`;
  return [{ code: 'pictures_resized', column, message }];
}
