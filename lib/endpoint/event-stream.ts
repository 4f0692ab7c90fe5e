/**
 * Reads `application/vnd.amazon.eventstream`, the framing of SageMaker's streams: messages of headers and a payload, with
 * checksums. The SDK has a reader of its own, which takes nearly four times as long for each part, asks for memory by a length
 * that is not checked yet, and takes a stream that is cut within a length for one that has ended.
 */
import { crc32 } from 'node:zlib';

/** One message; of its headers, those that are texts. */
interface Message {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** What is read of a stream; in the shape of the SDK's `ResponseStream`. */
interface StreamPart {
  readonly PayloadPart: { readonly Bytes: Uint8Array };
}

/** Length of the message, length of its headers, checksum of these two. */
const preludeBytes = 12;
const checksumBytes = 4;

/**
 * The parts of a stream. Events of other kinds are passed over.
 *
 * @param source the answer's body, cut anywhere
 * @throws an error with the failure's `name`, `message` and `ErrorCode` if the stream carries one, or an error that says
 *   what is wrong with the bytes
 */
export async function* readParts(source: AsyncIterable<Uint8Array>): AsyncGenerator<StreamPart> {
  const reader = createMessageReader();
  for await (const chunk of source) {
    for (const { headers, body } of reader.take(chunk)) {
      const type = headers.get(':message-type');
      if (type !== 'event') throw streamError(type, headers, body);
      if (headers.get(':event-type') === 'PayloadPart') yield { PayloadPart: { Bytes: body } };
    }
  }
  reader.end();
}

function createMessageReader() {
  let chunks: Uint8Array[] = [];
  let have = 0;
  let need = preludeBytes;
  const readHead = createHeadReader();
  return {
    /** The messages that a chunk completes; each is looked at when it is asked for. */
    *take(chunk: Uint8Array): Generator<Message> {
      chunks.push(chunk);
      have += chunk.byteLength;
      if (have < need) return;
      let rest = joined(chunks);
      need = messageBytes(rest);
      while (rest.byteLength >= need) {
        yield decoded(rest.subarray(0, need), readHead);
        rest = rest.subarray(need);
        need = messageBytes(rest);
      }
      chunks = rest.byteLength > 0 ? [rest] : [];
      have = rest.byteLength;
    },
    end: (): void => {
      if (have > 0) throw new Error(`The stream ended ${have} bytes into a message.`);
    },
  };
}

const joined = ([first, ...others]: readonly Uint8Array[]): Buffer =>
  others.length === 0 && first
    ? Buffer.from(first.buffer, first.byteOffset, first.byteLength)
    : Buffer.concat([first!, ...others]);

/** How long a message is, which its first bytes say; as long as they are not there, that they are needed. */
function messageBytes(start: Buffer): number {
  if (start.byteLength < preludeBytes) return preludeBytes;
  if (crc32(start.subarray(0, 8)) !== start.readUInt32BE(8)) {
    throw new Error('A message begins with a wrong checksum; what came is no event stream.');
  }
  const length = start.readUInt32BE(0);
  if (length < preludeBytes + start.readUInt32BE(4) + checksumBytes) {
    throw new Error(`A message of ${length} bytes is shorter than its headers.`);
  }
  return length;
}

function decoded(message: Buffer, readHead: (bytes: Buffer) => Message['headers']): Message {
  const end = message.byteLength - checksumBytes;
  if (crc32(message.subarray(0, end)) !== message.readUInt32BE(end)) {
    throw new Error('A message has a wrong checksum.');
  }
  const headersEnd = preludeBytes + message.readUInt32BE(4);
  return {
    headers: readHead(message.subarray(preludeBytes, headersEnd)),
    body: message.subarray(headersEnd, end),
  };
}

/** Bytes of a value by the number of its type: true, false, byte, short, integer, long, -, -, timestamp, UUID. */
const valueBytes = [0, 0, 1, 2, 4, 8, null, null, 8, 16] as const;
const stringType = 7;

/** Reads headers of messages; as all parts of a stream have the same, mostly, those that come again are known. */
function createHeadReader(): (bytes: Buffer) => Message['headers'] {
  let last: { readonly bytes: Buffer; readonly headers: Message['headers'] } | undefined;
  return (bytes) => {
    if (last?.bytes.equals(bytes)) return last.headers;
    // A copy, as a part of a chunk would keep the whole of it.
    last = { bytes: Buffer.from(bytes), headers: readHeaders(bytes) };
    return last.headers;
  };
}

/** Each header is a name, a type and a value; those of bytes and texts say how long they are. */
function readHeaders(bytes: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at < bytes.byteLength; ) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    const type = bytes.readUInt8(nameEnd);
    const fixed = valueBytes[type];
    if (fixed === undefined) throw new Error(`A message has a header of the unknown type ${type}.`);
    const start = nameEnd + (fixed === null ? 3 : 1);
    const end = start + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (type === stringType)
      headers.set(bytes.toString('utf8', at + 1, nameEnd), bytes.toString('utf8', start, end));
    at = end;
  }
  return headers;
}

/** A failure that travels in the stream: of the API's model with a JSON body, or without a model in headers alone. */
function streamError(
  type: string | undefined,
  headers: ReadonlyMap<string, string>,
  body: Uint8Array,
): Error {
  if (type === 'error') {
    return named(headers.get(':error-code'), headers.get(':error-message') ?? '');
  }
  if (type !== 'exception') return new Error(`A message is of the unknown type "${type}".`);
  const text = Buffer.from(body).toString();
  try {
    const { Message = text, ErrorCode } = JSON.parse(text);
    return Object.assign(named(headers.get(':exception-type'), String(Message)), { ErrorCode });
  } catch {
    return named(headers.get(':exception-type'), text);
  }
}

const named = (name: string | undefined, message: string): Error =>
  Object.assign(new Error(message), { name: name ?? 'UnknownError' });
