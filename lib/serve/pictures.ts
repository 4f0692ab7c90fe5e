/** Pictures among the values of rows: taken as texts in base64, decoded all at once before the model runs. */
import { pictureTensor } from '../contracts/image-input.ts';
import { imageLimits } from '../contracts/limits.ts';
import type { PictureLayout } from '../contracts/pictures.ts';
import type { EncodedPicture, PictureDecoder } from '../contracts/preparation.ts';
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import { internal, invalidInput, isRecord, type OnrampError } from '../core/index.ts';
import type { ModelSession } from '../onnx/index.ts';
import type { TensorData } from '../onnx/types.ts';
import { pictureHead } from './picture-head.ts';

/** A column of pictures on its way to the model: texts in base64, empty where there is none. */
export interface EncodedColumn extends TensorData {
  readonly type: 'string';
  readonly data: readonly string[];
  /** What a picture is called in a message. */
  readonly placeOf: (row: number) => string;
}

/** Base64 with or without its padding; Node would skip anything else. */
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const dataUrl = /^data:image\/[a-z.+-]+;base64,/;

/**
 * The base64 of a picture that a row carries: text in base64, a data URL, `{"b64": "..."}`, or the bytes of the file.
 *
 * @returns `null` for anything else
 */
export function pictureText(value: unknown): string | null {
  if (value instanceof Uint8Array) return value.length === 0 ? null : Buffer.from(value).toString('base64');
  const given = isRecord(value) ? (value.b64 ?? value.bytes) : value;
  // In a table of a job an object is the text of its JSON.
  if (typeof given === 'string' && given.startsWith('{')) return pictureText(parseOrNull(given));
  if (typeof given !== 'string') return null;
  const text = given.startsWith('data:') ? given.replace(dataUrl, '') : given;
  return base64.test(text) ? text : null;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The refusal of a value that is no picture. */
export function notAPicture(place: string, value: unknown): OnrampError {
  const message =
    value instanceof Uint8Array
      ? `"${place}" is empty; send the bytes of a JPEG, PNG or WebP.`
      : `"${place}" must be a picture (JPEG, PNG or WebP) in base64, {"b64": "..."}, a data URL, or null.`;
  return invalidInput(message, { code: 'not_a_picture', param: place });
}

/** What is odd about a picture that is answered all the same: half of its training size or less, or other colours. */
export function oddPicture(
  base64: string,
  { width, height, channels }: PictureLayout,
): { readonly code: 'small_picture' | 'other_colours'; readonly message: string } | null {
  const head = pictureHead(base64);
  if (head === null) return null;
  if (2 * Math.max(head.width, head.height) <= Math.max(width, height)) {
    const message = `The picture has ${head.width} x ${head.height} pixels; the model looks at ${width} x ${height}.`;
    return { code: 'small_picture', message };
  }
  if (head.isGrey === (channels === 1)) return null;
  const message = head.isGrey
    ? 'The picture is grey; the model has learnt from colours.'
    : 'The picture has colours; the model has learnt from grey ones and sees it so.';
  return { code: 'other_colours', message };
}

/** The columns of a model that hold pictures. */
export const picturesOf = ({ features }: Pick<ModelSchema, 'features'>): readonly FeatureSchema[] =>
  features.filter(({ type }) => type === 'image');

/**
 * A session that decodes pictures before it runs; sessions of models without pictures are given back as they are.
 *
 * @param decode absent where nothing decodes pictures
 */
export function withPictures(
  session: ModelSession,
  schema: ModelSchema,
  decode: PictureDecoder | undefined,
): ModelSession {
  const columns = picturesOf(schema);
  if (columns.length === 0) return session;
  return {
    ...session,
    run: async (feeds, wanted) => {
      const decoded: Record<string, TensorData> = { ...feeds };
      for (const column of columns) {
        const name = pictureTensor(column.name);
        const feed = feeds[name];
        if (feed?.type === 'string')
          decoded[name] = await decodeColumn(feed as EncodedColumn, column, decode);
      }
      return session.run(decoded, wanted);
    },
  };
}

/** Pictures of one call of what decodes them. */
const picturesAtOnce = imageLimits.pictures;

async function decodeColumn(
  { data, placeOf }: EncodedColumn,
  { image }: FeatureSchema,
  decode: PictureDecoder | undefined,
): Promise<TensorData> {
  if (!decode) throw internal('Pictures cannot be decoded here: no function is named that does it.');
  const { width, height, channels } = image!;
  const size = width * height * channels;
  const mostRows = Math.floor(imageLimits.values / size);
  if (data.length > mostRows) {
    throw invalidInput(
      `${data.length} rows with pictures of ${width} x ${height} x ${channels} are too many at once; send at most ${mostRows} in a request, or a file as a job.`,
      { code: 'too_many_rows', param: 'instances' },
    );
  }
  const pixels = new Uint8Array(data.length * size);
  const given = [...data.entries()].filter(([, text]) => text !== '');
  for (let start = 0; start < given.length; start += picturesAtOnce) {
    const part = given.slice(start, start + picturesAtOnce);
    const pictures = part.map(([row, content]): EncodedPicture => ({ place: placeOf(row), content }));
    const tensor = await decode(pictures, image!);
    for (const [at, [row]] of part.entries()) {
      pixels.set(tensor.data.subarray(at * size, (at + 1) * size), row * size);
    }
  }
  return { type: 'uint8', dims: [data.length, height, width, channels], data: pixels };
}
