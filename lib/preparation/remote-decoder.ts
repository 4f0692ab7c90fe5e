/** Has pictures decoded by another function, within what Lambda takes and gives at a time. */
import { lambdaPayloadBytes } from '../contracts/limits.ts';
import type {
  EncodedPicture,
  PictureDecoder,
  PixelSettings,
  PixelsRequest,
} from '../contracts/preparation.ts';
import { internal, invalidInput, isRecord, mapConcurrent, type OnrampError } from '../core/index.ts';
import type { Invoke } from '../invoke/index.ts';

/** Room for the settings, the places and the words around them. */
const roomBytes = 16_384;
const payloadBytes = lambdaPayloadBytes - roomBytes;
/** Decoded one after the other: more functions at once answer sooner, and each costs what it works. */
const picturesPerCall = 8;
const callsAtOnce = 8;

/** One call, and where in the tensor its answer goes. */
interface Part {
  readonly pictures: readonly EncodedPicture[];
  readonly rows?: readonly [from: number, to: number];
  readonly offset: number;
  readonly length: number;
}

/**
 * What asks the function `prepare`. A request of many pictures, or of large ones, becomes several calls; one whose pixels
 * do not fit into an answer is decoded more than once, a part of its rows each time.
 *
 * @param invoke asks the function
 * @param timeoutMs for all calls of a request together; the first that fails ends the others
 */
export function createRemoteDecoder(invoke: Invoke, timeoutMs: number): PictureDecoder {
  return async (pictures, settings) => {
    const { width, height, channels = 3 } = settings;
    const data = Buffer.allocUnsafeSlow(pictures.length * width * height * channels);
    const failed = new AbortController();
    const signal = AbortSignal.any([failed.signal, AbortSignal.timeout(timeoutMs)]);
    const ask = (event: object): Promise<unknown> => invoke(event, signal);
    try {
      await mapConcurrent(
        partsOf(pictures, settings),
        (part) => fill(data, part, { invoke: ask, settings }),
        callsAtOnce,
      );
    } catch (failure) {
      failed.abort();
      throw failure;
    }
    return { shape: [pictures.length, height, width, channels], data };
  };
}

function partsOf(pictures: readonly EncodedPicture[], settings: PixelSettings): readonly Part[] {
  const large = pictures.find((picture) => base64Length(picture) > payloadBytes);
  if (large) throw tooLarge(large.place);
  const { width, height, channels = 3 } = settings;
  const rowBytes = width * channels;
  const pictureBytes = rowBytes * height;
  const answerBytes = Math.floor(payloadBytes / 4) * 3;
  if (pictureBytes > answerBytes) {
    const rowsPerCall = Math.floor(answerBytes / rowBytes);
    return pictures.flatMap((picture, index) =>
      bandsOf(height, rowsPerCall).map(([from, to]) => ({
        pictures: [picture],
        rows: [from, to] as const,
        offset: index * pictureBytes + from * rowBytes,
        length: (to - from) * rowBytes,
      })),
    );
  }
  const most = Math.min(picturesPerCall, Math.floor(answerBytes / pictureBytes));
  return groupsOf(pictures, most).map(({ first, group }) => ({
    pictures: group,
    offset: first * pictureBytes,
    length: group.length * pictureBytes,
  }));
}

const bandsOf = (height: number, rows: number): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.ceil(height / rows) }, (_, band) => [
    band * rows,
    Math.min(height, (band + 1) * rows),
  ]);

/** Pictures in their order, in groups that fit into an event. */
function groupsOf(pictures: readonly EncodedPicture[], most: number) {
  const groups: { readonly first: number; readonly group: EncodedPicture[] }[] = [];
  let leftBytes = 0;
  for (const [index, picture] of pictures.entries()) {
    const size = base64Length(picture);
    const last = groups.at(-1);
    if (last && size <= leftBytes && last.group.length < most) last.group.push(picture);
    else {
      groups.push({ first: index, group: [picture] });
      leftBytes = payloadBytes;
    }
    leftBytes -= size;
  }
  return groups;
}

const base64Length = ({ content }: EncodedPicture): number =>
  typeof content === 'string' ? content.length : Math.ceil(content.length / 3) * 4;

async function fill(
  data: Buffer,
  { pictures, rows, offset, length }: Part,
  { invoke, settings }: { readonly invoke: Invoke; readonly settings: PixelSettings },
): Promise<void> {
  const request: PixelsRequest = {
    kind: 'pixels',
    settings: settingsOf(settings),
    pictures: pictures.map(({ place, content }) => ({ place, base64: textOf(content) })),
    ...(rows && { rows }),
  };
  const answer = await invoke(request);
  if (isRecord(answer) && answer.kind === 'refused') throw refusalOf(answer);
  const base64 = isRecord(answer) ? answer.base64 : undefined;
  if (typeof base64 !== 'string' || data.write(base64, offset, length, 'base64') !== length) {
    throw internal('The function that decodes pictures gave an answer of another form.');
  }
}

/** Nothing else of a declaration is of use there. */
function settingsOf(given: PixelSettings): PixelSettings {
  const { width, height, fit, kernel, channels, background, profile } = given;
  const stated = { fit, kernel, channels, background, profile };
  return {
    ...{ width, height },
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
  };
}

const textOf = (content: string | Uint8Array): string =>
  typeof content === 'string'
    ? content
    : Buffer.from(content.buffer, content.byteOffset, content.length).toString('base64');

/** A refusal of the function, thrown here. */
export function refusalOf({ message, code, param }: Readonly<Record<string, unknown>>): OnrampError {
  return invalidInput(String(message), {
    code: String(code),
    ...(typeof param === 'string' && { param }),
  });
}

const tooLarge = (place: string): OnrampError =>
  invalidInput(`"${place}" is larger than a request may be.`, { code: 'image_too_large', param: place });
