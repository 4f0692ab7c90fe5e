/** Answers the functions that ask for an input to be prepared. */
import { imageInputProblem } from '../../lib/contracts/image-input.ts';
import type {
  FileRequest,
  PixelsRequest,
  PreparationAnswer,
  PreparationRefusal,
  PreparationRequest,
} from '../../lib/contracts/preparation.ts';
import { internal, isOnrampError, isRecord, type Logger } from '../../lib/core/index.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { prepareFile } from '../../lib/preparation/index.ts';

/** A Lambda handler that other functions of ours invoke. */
export type PrepareHandler = (event: unknown) => Promise<PreparationAnswer>;

/** The handler. What the caller's caller did wrong is an answer; anything else fails the invocation. */
export function createPrepare(logger: Logger): PrepareHandler {
  return async (event) => {
    const startedAtMs = performance.now();
    const request = requestIn(event);
    const answer = await answerTo(request).catch(refusalIn);
    logger.info('input prepared', {
      kind: request.kind,
      ...(request.kind === 'pixels' && { pictures: request.pictures.length }),
      ...(answer.kind === 'refused' && { code: answer.code }),
      ms: Math.round(performance.now() - startedAtMs),
    });
    return answer;
  };
}

const answerTo = (request: PreparationRequest): Promise<PreparationAnswer> =>
  request.kind === 'pixels' ? pixelsOf(request) : fileOf(request);

async function pixelsOf({ pictures, settings, rows }: PixelsRequest): Promise<PreparationAnswer> {
  const encoded = pictures.map(({ place, base64 }) => ({ place, content: base64 }));
  const { data } = await decodePictures(encoded, settings, rows);
  return { kind: 'pixels', base64: Buffer.from(data.buffer).toString('base64') };
}

const fileOf = (request: FileRequest): Promise<PreparationAnswer> =>
  prepareFile(request, { decode: decodePictures, fetch });

function refusalIn(failure: unknown): PreparationRefusal {
  if (!isOnrampError(failure) || failure.kind !== 'invalid_request') throw failure;
  const { code, message, param } = failure;
  return { kind: 'refused', code, message, param };
}

/** Its callers are functions of this version, or of the one before while a new one is brought. */
function requestIn(event: unknown): PreparationRequest {
  if (isRecord(event)) {
    const { kind, settings, image, pictures, source, target } = event;
    const isPixels =
      kind === 'pixels' &&
      isRecord(settings) &&
      isInput({ ...settings, tensor: '-' }) &&
      Array.isArray(pictures);
    const isFile =
      kind === 'file' && isInput(image) && typeof source === 'string' && typeof target === 'string';
    if (isPixels || isFile) return event as unknown as PreparationRequest;
  }
  throw internal('The event asks for nothing that is prepared here.', { code: 'event_invalid' });
}

const isInput = (given: unknown): boolean => imageInputProblem(given) === null;
