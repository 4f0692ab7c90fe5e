/** What a golden request is, and how its parts are written down. */

/** A request and the answer that it must get. */
export interface GoldenRequest {
  /** The rule, as a sentence. */
  readonly rule: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON unless it is text or bytes already. */
  readonly body?: unknown;
  readonly withoutKey?: true;
  /** 200 if nothing is said. */
  readonly status?: number;
  /** The JSON of the answer, whole. */
  readonly json?: unknown;
  /** The text of the answer, letter by letter. */
  readonly text?: string;
  /** The bytes after the JSON of the answer. */
  readonly binary?: Uint8Array;
  /** What the message of a refusal says. */
  readonly error?: RegExp;
  readonly answerHeaders?: Readonly<Record<string, string>>;
}

/** A tensor in JSON. */
export const tensor = (name: string, datatype: string, shape: readonly number[], data: unknown): object => ({
  name,
  datatype,
  shape,
  data,
});

/** A tensor whose bytes follow the JSON. */
export const binaryTensor = (
  name: string,
  datatype: string,
  shape: readonly number[],
  bytes: Uint8Array,
): object => ({ name, datatype, shape, parameters: { binary_data_size: bytes.length } });

/** The bytes of a typed array. */
export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Texts as BYTES. */
export const textBytes = (...texts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    texts.flatMap((text) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(Buffer.byteLength(text));
      return [size, Buffer.from(text)];
    }),
  );

/** Body and headers of a request with bytes after its JSON. */
export function withBinary(
  json: object,
  ...parts: readonly Uint8Array[]
): Required<Pick<GoldenRequest, 'body' | 'headers'>> {
  const head = Buffer.from(JSON.stringify(json));
  return {
    body: Buffer.concat([head, ...parts]),
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  };
}

/** Body and headers of a raw request. */
export const raw = (bytes: Uint8Array): Required<Pick<GoldenRequest, 'body' | 'headers'>> => ({
  body: bytes,
  headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': '0' },
});
