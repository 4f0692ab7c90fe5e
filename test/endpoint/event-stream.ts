/** Frames of `application/vnd.amazon.eventstream` as SageMaker sends them, written byte by byte. */
import { crc32 } from 'node:zlib';

/** One message: prelude (lengths and their checksum), headers, payload, checksum of everything before. */
export function frame(
  headers: Readonly<Record<string, string>>,
  payload: Uint8Array,
  otherHeaders: readonly number[] = [],
): Buffer {
  const texts = Object.entries(headers).map(([name, value]) => header(name, value));
  const head = Buffer.concat([...texts, Buffer.from(otherHeaders)]);
  const total = 12 + head.byteLength + payload.byteLength + 4;
  const out = Buffer.alloc(total);
  out.writeUInt32BE(total, 0);
  out.writeUInt32BE(head.byteLength, 4);
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8);
  head.copy(out, 12);
  out.set(payload, 12 + head.byteLength);
  out.writeUInt32BE(crc32(out.subarray(0, total - 4)), total - 4);
  return out;
}

const stringType = 7;

function header(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(3);
  length.writeUInt8(stringType, 0);
  length.writeUInt16BE(text.byteLength, 1);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), length, text]);
}

/** A slice of the answer. */
export const part = (bytes: string | Uint8Array): Buffer =>
  frame(
    {
      ':event-type': 'PayloadPart',
      ':content-type': 'application/octet-stream',
      ':message-type': 'event',
    },
    Buffer.from(bytes as Uint8Array),
  );

/** A failure inside the stream: `ModelStreamError` or `InternalStreamFailure`. */
export const exception = (type: string, body: object): Buffer =>
  frame(
    { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
    Buffer.from(JSON.stringify(body)),
  );

/** A failure that the model of the API does not know. */
export const unmodelled = (code: string, message: string): Buffer =>
  frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }, Buffer.alloc(0));

/** The bytes of a stream, once it has ended. */
export async function bytesOf(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const bytes of parts) pieces.push(bytes);
  return Buffer.concat(pieces);
}
