/**
 * Reads `application/vnd.amazon.eventstream`, the framing of SageMaker's streams: messages of headers and a payload, with
 * checksums. The SDK has a reader of its own, which takes nearly four times as long for each part, asks for memory by a length
 * that is not checked yet, and takes a stream that is cut within a length for one that has ended.
 */
import type { Readable } from 'node:stream';
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
/** The longest that AWS's own readers take; what SageMaker sends has kilobytes. */
const maxMessageBytes = 16_777_216;

/**
 * The parts of a stream. Events of other kinds are passed over. By events of the source and not by its iterator, which
 * would cost as much again as all that is done here with a part.
 *
 * @param source the answer's body, cut anywhere; not read ahead of whoever reads the parts
 * @throws an error with the failure's `name`, `message` and `ErrorCode` if the stream carries one, or an error that says
 *   what is wrong with the bytes; once
 */
export function readParts(source: Readable): AsyncIterableIterator<StreamPart> {
  const parts: StreamPart[] = [];
  let failure: unknown = null;
  let isOver = false;
  let reader: Pick<PromiseWithResolvers<IteratorResult<StreamPart>>, 'resolve' | 'reject'> | null = null;

  const serve = (): void => {
    if (reader === null) return;
    const part = parts.shift();
    if (part) reader.resolve({ done: false, value: part });
    else if (failure !== null) reader.reject(failure);
    else if (isOver) reader.resolve({ done: true, value: undefined });
    else return;
    if (!part) failure = null;
    reader = null;
  };
  const end = (reason: unknown): void => {
    if (isOver) return;
    isOver = true;
    failure = reason;
    serve();
  };
  const messages = createMessageReader(({ headers, body }) => {
    const type = headers.get(':message-type');
    if (type !== 'event') throw streamError(type, headers, body);
    if (headers.get(':event-type') === 'PayloadPart') parts.push({ PayloadPart: { Bytes: body } });
  });
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      end(error);
      source.destroy();
    }
  };
  source.pause();
  source
    .on('data', (chunk: Uint8Array) => {
      if (isOver) return;
      attempt(() => messages.take(chunk));
      serve();
      if (parts.length > 0) source.pause();
    })
    .on('end', () => {
      attempt(messages.end);
      end(null);
    })
    .on('error', end)
    .on('close', () => end(new Error('The connection was closed before the end of the stream.')));
  return {
    next: () =>
      new Promise((resolve, reject) => {
        reader = { resolve, reject };
        serve();
        if (reader !== null && source.isPaused()) source.resume();
      }),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function createMessageReader(onMessage: (message: Message) => void) {
  let chunks: Uint8Array[] = [];
  let have = 0;
  let need = preludeBytes;
  const readHead = createHeadReader();
  return {
    take: (chunk: Uint8Array): void => {
      chunks.push(chunk);
      have += chunk.byteLength;
      if (have < need) return;
      const bytes = joined(chunks);
      let at = 0;
      for (need = messageBytes(bytes, at); bytes.byteLength - at >= need; need = messageBytes(bytes, at)) {
        onMessage(decoded(bytes, at, at + need, readHead));
        at += need;
      }
      have = bytes.byteLength - at;
      chunks = have > 0 ? [bytes.subarray(at)] : [];
    },
    end: (): void => {
      if (have > 0) throw new Error(`The stream ended ${have} bytes into a message.`);
    },
  };
}

const joined = ([first, ...others]: readonly Uint8Array[]): Buffer => {
  if (others.length > 0) return Buffer.concat([first!, ...others]);
  return Buffer.isBuffer(first) ? first : Buffer.from(first!.buffer, first!.byteOffset, first!.byteLength);
};

/** How long a message is, which its first bytes say; as long as they are not there, that they are needed. */
function messageBytes(bytes: Buffer, at: number): number {
  if (bytes.byteLength - at < preludeBytes) return preludeBytes;
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8)) {
    throw new Error('A message begins with a wrong checksum; what came is no event stream.');
  }
  const length = bytes.readUInt32BE(at);
  if (length > maxMessageBytes) {
    throw new Error(`A message of ${length} bytes is longer than the ${maxMessageBytes} that one may have.`);
  }
  if (length < preludeBytes + bytes.readUInt32BE(at + 4) + checksumBytes) {
    throw new Error(`A message of ${length} bytes is shorter than its headers.`);
  }
  return length;
}

/** The message between two places. */
function decoded(bytes: Buffer, at: number, end: number, readHead: HeadReader): Message {
  const bodyEnd = end - checksumBytes;
  if (crc32(bytes.subarray(at, bodyEnd)) !== bytes.readUInt32BE(bodyEnd)) {
    throw new Error('A message has a wrong checksum.');
  }
  const start = at + preludeBytes;
  const headersEnd = start + bytes.readUInt32BE(at + 4);
  return { headers: readHead(bytes, start, headersEnd), body: bytes.subarray(headersEnd, bodyEnd) };
}

/** Bytes of a value by the number of its type: true, false, byte, short, integer, long, -, -, timestamp, UUID. */
const valueBytes = [0, 0, 1, 2, 4, 8, null, null, 8, 16] as const;
const stringType = 7;

type HeadReader = (bytes: Buffer, start: number, end: number) => Message['headers'];

/** Reads headers of messages; as all parts of a stream have the same, mostly, those that come again are known. */
function createHeadReader(): HeadReader {
  let known = Buffer.alloc(0);
  let headers: Message['headers'] = new Map();
  return (bytes, start, end) => {
    if (known.compare(bytes, start, end) === 0) return headers;
    // A copy, as a part of a chunk would keep the whole of it.
    known = Buffer.from(bytes.subarray(start, end));
    headers = readHeaders(known);
    return headers;
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
