/** How bodies of the Open Inference Protocol are divided into JSON and the bytes of tensors after it. */
import { mediaType, requireJsonType } from '../../contracts/content-type.ts';
import { jsonLengthHeader } from '../../contracts/endpoint-call.ts';
import { invalidInput, OnrampError } from '../../core/index.ts';
import type { ServeAnswer, ServeRequest } from '../service.ts';
import { textOfBytes } from '../tensors/index.ts';

const binaryType = 'application/octet-stream';

/** A body: JSON with the bytes after it, or nothing but the bytes of one tensor. */
export type WireBody =
  | { readonly kind: 'json'; readonly text: string; readonly binary: Uint8Array }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

/**
 * Divides the body of a request.
 *
 * @throws invalid_request `invalid_field` for a length that cannot be; unsupported_media_type for bytes that are not
 *   declared as such
 */
export function readWire({ header, body }: ServeRequest): WireBody {
  const contentType = header('content-type');
  const length = header(jsonLengthHeader);
  // Some clients declare everything they send as bytes.
  const isDeclaredBinary = mediaType(contentType) === binaryType;
  if (length === undefined) {
    if (!isDeclaredBinary) requireJsonType(contentType);
    return { kind: 'json', text: body.text(), binary: new Uint8Array() };
  }
  const bytes = body.bytes();
  const jsonBytes = /^[0-9]{1,10}$/.test(length) ? Number(length) : Number.NaN;
  if (!(jsonBytes <= bytes.length)) {
    throw invalidInput(
      `The header "Inference-Header-Content-Length" must be the number of bytes of the JSON at the beginning of the body, at most its ${bytes.length}, not "${length}".`,
      { code: 'invalid_field', param: jsonLengthHeader },
    );
  }
  if (!isDeclaredBinary) {
    if (jsonBytes < bytes.length) refuseDeclared(contentType);
    else requireJsonType(contentType);
  }
  if (jsonBytes === 0) return { kind: 'raw', bytes };
  const text = textOfBytes(bytes.subarray(0, jsonBytes), 'body');
  return { kind: 'json', text, binary: bytes.subarray(jsonBytes) };
}

/** Under any type but that of bytes, a gateway takes them for text and replaces what is no UTF-8. */
function refuseDeclared(contentType: string | undefined): void {
  if (contentType === undefined) return;
  throw new OnrampError(
    'unsupported_media_type',
    `The body holds binary tensors but is declared as "${contentType}"; send "Content-Type: ${binaryType}".`,
    { code: 'content_type', param: 'content-type' },
  );
}

/** The answer of some JSON and the bytes that follow it; plain JSON if there are none. */
export function writeWire(json: string, binary: readonly Uint8Array[] | null): ServeAnswer {
  if (binary === null) return { status: 200, text: json };
  const head = Buffer.from(json);
  return {
    status: 200,
    bytes: Buffer.concat([head, ...binary]),
    headers: { 'content-type': binaryType, [jsonLengthHeader]: String(head.length) },
  };
}
