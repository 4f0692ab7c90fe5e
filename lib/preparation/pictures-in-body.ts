/** Finds the pictures in the body of a prediction request. */
import { isJsonType, mediaType } from '../contracts/content-type.ts';
import { imageLimits } from '../contracts/limits.ts';
import type { EncodedPicture } from '../contracts/preparation.ts';
import { invalidInput, isRecord, type OnrampError, parseJson } from '../core/index.ts';

/** A body with what its sender says it is. */
export interface GivenBody {
  readonly contentType: string | undefined;
  text(): string;
  bytes(): Uint8Array;
}

/**
 * The pictures in a body, which is one of them or JSON: `{"instances": [{"b64": "..."}]}`, as TensorFlow Serving has it.
 *
 * @throws invalid_request `invalid_field` naming the instance
 */
export function picturesInBody(body: GivenBody): readonly EncodedPicture[] {
  const { contentType: type } = body;
  const isJson = mediaType(type) === '' ? body.bytes()[0] === openingBrace : isJsonType(type);
  if (!isJson) return [{ place: 'body', content: body.bytes() }];
  const given = parseJson(body.text());
  const instances = isRecord(given) ? given.instances : undefined;
  if (!Array.isArray(instances) || instances.length === 0) {
    throw refused(
      '"instances" must be a list of pictures in base64, for example {"instances": [{"b64": "/9j/4AAQ..."}]}.',
      'instances',
    );
  }
  requirePictureCount(instances.length, 'instances');
  return instances.map((instance, index) =>
    pictureOf(isRecord(instance) ? instance.b64 : undefined, `instances[${index}].b64`),
  );
}

const openingBrace = 0x7b;

/** @throws invalid_request `invalid_field` for more pictures than one request may have */
export function requirePictureCount(count: number, place: string): void {
  if (count <= imageLimits.pictures) return;
  throw refused(`"${place}" has ${count} pictures; one request may have ${imageLimits.pictures}.`, place);
}

/** Base64 with or without its padding; Node would skip anything else. */
const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** @throws invalid_request `invalid_field` for anything but text in base64 */
export function pictureOf(content: unknown, place: string): EncodedPicture {
  if (typeof content === 'string' && base64.test(content)) return { place, content };
  throw refused(`"${place}" must be a picture in base64.`, place);
}

const refused = (message: string, param: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param });
