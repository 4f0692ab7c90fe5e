/** Frames of `application/vnd.amazon.eventstream`: a prelude with its checksum, headers, a payload, a checksum of it all. */
import { crc32 } from 'node:zlib';

export const eventStreamType = 'application/vnd.amazon.eventstream';

const stringType = 7;
const preludeBytes = 12;
const checksumBytes = 4;

/**
 * One frame: lengths of the whole and of the headers, and their CRC-32; headers; payload; CRC-32 of everything before.
 *
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const frame = Buffer.allocUnsafe(preludeBytes + head.length + payload.length + checksumBytes);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  frame.set(head, preludeBytes);
  frame.set(payload, preludeBytes + head.length);
  const end = frame.length - checksumBytes;
  frame.writeUInt32BE(crc32(frame.subarray(0, end)), end);
  return frame;
}

function encodeHeader(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [Buffer.from(name), Buffer.from(value)];
  const head = Buffer.of(nameBytes.length, ...nameBytes, stringType, 0, 0);
  head.writeUInt16BE(valueBytes.length, head.length - 2);
  return Buffer.concat([head, valueBytes]);
}

/** A slice of an answer. */
export const payloadPart = (bytes: Uint8Array): Buffer =>
  encodeFrame(
    {
      ':event-type': 'PayloadPart',
      ':content-type': 'application/octet-stream',
      ':message-type': 'event',
    },
    bytes,
  );

/** Why a stream ends early. */
export const streamException = (name: string, members: object): Buffer =>
  encodeFrame(
    {
      ':exception-type': name,
      ':content-type': 'application/json',
      ':message-type': 'exception',
    },
    Buffer.from(JSON.stringify(members)),
  );
