/** The `aws-chunked` content encoding: sized chunks, optionally signed one by one, and a trailer with a checksum. */
import { createHash, type Hash } from 'node:crypto';
import { emptySha256, scopeText, signaturesMatch, signText } from '../../aws/index.ts';
import type { Authorization } from './authorize.ts';
import { s3Error } from './s3-error.ts';

/** How one body is encoded. */
export interface ChunkedOptions {
  /** What the request was signed with when each chunk carries a signature too, else `null`. */
  readonly signer: Authorization | null;
  /** True when a trailer follows the last chunk. */
  readonly trailer: boolean;
  /** Called once with the fields of the trailer, names in lower case. */
  readonly onTrailer: (fields: ReadonlyMap<string, string>) => void;
}

const maxLineBytes = 4096;
const maxTrailerFields = 16;

/** Bytes that can be taken by line or by count, whatever pieces they came in. */
interface ByteReader {
  line(): Promise<string>;
  /** The next bytes, at least one and at most `most`. */
  some(most: number): Promise<Buffer>;
}

/**
 * Takes the chunk framing off a body.
 *
 * @throws IncompleteBody when it ends early or is not framed so; SignatureDoesNotMatch when a chunk was changed
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  options: ChunkedOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const reader = createByteReader(source);
  const chain = createSignatureChain(options.signer);
  for (;;) {
    const [size = '', ...extensions] = (await reader.line()).split(';');
    if (!/^[0-9a-f]{1,8}$/i.test(size)) throw s3Error('IncompleteBody', 'The chunk size is not hexadecimal.');
    const signature = extensions.find((item) => item.startsWith('chunk-signature='))?.slice(16) ?? '';
    let left = Number.parseInt(size, 16);
    if (left === 0) {
      chain.closeChunk(signature);
      break;
    }
    while (left > 0) {
      const piece = await reader.some(left);
      left -= piece.length;
      chain.update(piece);
      yield piece;
    }
    if ((await reader.line()) !== '')
      throw s3Error('IncompleteBody', 'A chunk is longer than its size says.');
    chain.closeChunk(signature);
  }
  options.onTrailer(await readTrailer(reader, chain, options.trailer));
}

async function readTrailer(
  reader: ByteReader,
  chain: SignatureChain,
  expected: boolean,
): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const split = line.indexOf(':');
    if (split < 1 || fields.size >= maxTrailerFields)
      throw s3Error('IncompleteBody', 'The trailer is not well-formed.');
    fields.set(line.slice(0, split).trim().toLowerCase(), line.slice(split + 1).trim());
  }
  const signature = fields.get('x-amz-trailer-signature');
  fields.delete('x-amz-trailer-signature');
  if (expected) chain.closeTrailer(fields, signature ?? '');
  return fields;
}

interface SignatureChain {
  update(bytes: Uint8Array): void;
  closeChunk(signature: string): void;
  closeTrailer(fields: ReadonlyMap<string, string>, signature: string): void;
}

/** Each signature covers the one before, beginning with that of the request. Without a signer nothing is checked. */
function createSignatureChain(signer: Authorization | null): SignatureChain {
  if (!signer) return { update: () => {}, closeChunk: () => {}, closeTrailer: () => {} };
  let previous = signer.signature;
  let hash: Hash = createHash('sha256');
  const check = (lines: readonly string[], signature: string): void => {
    const text = [lines[0], signer.timestamp, scopeText(signer.scope), previous, ...lines.slice(1)].join(
      '\n',
    );
    const expected = signText(text, signer.key);
    if (!signaturesMatch(expected, signature)) {
      throw s3Error('SignatureDoesNotMatch', 'The signature of a chunk does not match its bytes.');
    }
    previous = expected;
  };
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    closeChunk: (signature) => {
      check(['AWS4-HMAC-SHA256-PAYLOAD', emptySha256, hash.digest('hex')], signature);
      hash = createHash('sha256');
    },
    closeTrailer: (fields, signature) => {
      const text = [...fields].map(([name, value]) => `${name}:${value}\n`).join('');
      check(['AWS4-HMAC-SHA256-TRAILER', createHash('sha256').update(text).digest('hex')], signature);
    },
  };
}

function createByteReader(source: AsyncIterable<Buffer>): ByteReader {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const { value, done } = await iterator.next();
    if (done) throw s3Error('IncompleteBody', 'The body ended within a chunk.');
    return value;
  };
  return {
    line: async () => {
      let end = rest.indexOf('\r\n');
      while (end < 0) {
        if (rest.length > maxLineBytes) throw s3Error('IncompleteBody', 'A chunk header is too long.');
        rest = Buffer.concat([rest, await more()]);
        end = rest.indexOf('\r\n');
      }
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      return line;
    },
    some: async (most) => {
      while (rest.length === 0) rest = await more();
      const piece = rest.subarray(0, most);
      rest = rest.subarray(piece.length);
      return piece;
    },
  };
}
