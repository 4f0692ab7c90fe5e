/** Lambda's response streaming outside Lambda: the global that functions are written against, and what they write to. */
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

/** Status and headers, as `HttpResponseStream.from` takes them. */
interface Prelude {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a handler that streams writes its answer to: goes out as it comes, and is closed when the client leaves. */
export class LambdaResponseStream extends Writable {
  readonly #response: ServerResponse;
  #prelude: Prelude = { headers: { 'content-type': 'application/octet-stream' } };

  constructor(response: ServerResponse) {
    // Text goes on as text: the connection encodes it with the marks of its chunk.
    super({ decodeStrings: false });
    this.#response = response;
    // Of an error the reason is that the client has gone, which whoever writes learns by `close`.
    response.on('error', () => {});
    response.on('close', () => {
      if (!response.writableFinished) this.destroy();
    });
  }

  setContentType(contentType: string): void {
    this.#prelude = { headers: { 'content-type': contentType } };
  }

  setPrelude(prelude: Prelude): void {
    this.#prelude = prelude;
  }

  override _write(chunk: string | Buffer, encoding: BufferEncoding, done: () => void): void {
    this.#sendHead();
    if (this.#response.write(chunk, encoding)) done();
    else this.#response.once('drain', done);
  }

  override _final(done: () => void): void {
    this.#sendHead();
    this.#response.end(done);
  }

  #sendHead(): void {
    if (this.#response.headersSent) return;
    const { statusCode = 200, headers = {} } = this.#prelude;
    // How long the body is shows when it ends.
    const { 'content-length': _unknown, ...rest } = headers;
    this.#response.writeHead(statusCode, rest);
  }
}

/** Provides `awslambda`, as Lambda does for the functions it loads. */
export function provideAwslambda(): void {
  const HttpResponseStream = {
    from: (stream: LambdaResponseStream, prelude: Prelude): LambdaResponseStream => {
      stream.setPrelude(prelude);
      return stream;
    },
  };
  Object.assign(globalThis, {
    awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream },
  });
}
