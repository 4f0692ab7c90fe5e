/** Frames of `application/vnd.amazon.eventstream`: a prelude with its checksum, headers, a payload, a checksum of it all. */
import { crc32 } from 'node:zlib';

export const eventStreamType = 'application/vnd.amazon.eventstream';

const stringType = 7;
const preludeBytes = 12;
const checksumBytes = 4;

/**
 * One frame: lengths of the whole and of the head, and their CRC-32; head; payload; CRC-32 of everything before.
 *
 * https://smithy.io/2.0/aws/amazon-eventstream.html
 */
function encodeFrame(head: Buffer, payload: Uint8Array): Buffer {
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

function encodeHead(headers: Readonly<Record<string, string>>): Buffer {
  const encoded = Object.entries(headers).map(([name, value]) => {
    const start = Buffer.of(name.length, ...Buffer.from(name), stringType, 0, 0);
    start.writeUInt16BE(value.length, start.length - 2);
    return Buffer.concat([start, Buffer.from(value)]);
  });
  return Buffer.concat(encoded);
}

const partHead = encodeHead({
  ':event-type': 'PayloadPart',
  ':content-type': 'application/octet-stream',
  ':message-type': 'event',
});

/** A slice of an answer. */
export const payloadPart = (bytes: Uint8Array): Buffer => encodeFrame(partHead, bytes);

/** Why a stream ends early. */
export const streamException = (name: string, members: object): Buffer =>
  encodeFrame(
    encodeHead({
      ':exception-type': name,
      ':content-type': 'application/json',
      ':message-type': 'exception',
    }),
    Buffer.from(JSON.stringify(members)),
  );
