/** Asks a container: one POST to its `/invocations`, with a time limit, given up when nobody waits any more. */
import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { localHost } from '../../config.ts';
import type { SilenceReason } from './faults.ts';

/** One request to a container. */
export interface ContainerCall {
  readonly port: number;
  readonly headers: OutgoingHttpHeaders;
  /** A stream needs a `content-length` among the headers. */
  readonly body: Buffer | Readable;
  /** For the whole answer, its last byte included. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** No answer, or a part of one. */
export class ContainerSilence extends Error {
  override readonly name = 'ContainerSilence';
  readonly reason: SilenceReason;

  constructor(reason: SilenceReason, cause: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** A container closes idle connections when it likes; a new one for each request cannot meet that moment. */
const agent = new Agent({ keepAlive: false });

/** An answer whose head is there. */
export interface ContainerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /**
   * The body as it comes.
   *
   * @throws ContainerSilence `timeout` or `broken_body`; the reason of the call's signal when that is aborted
   */
  readonly parts: AsyncIterable<Buffer>;
  /**
   * Writes the body as it comes, each part as `encode` gives it, no faster than it is taken off; the output is left open.
   * Instead of `parts`, which takes many times as long for a part.
   *
   * @throws as `parts` does
   */
  passTo(output: Writable, encode: (part: Buffer) => Uint8Array): Promise<void>;
  /** Closes the connection of an answer whose body nobody reads. */
  discard(): void;
}

/**
 * Sends a request.
 *
 * @throws ContainerSilence `timeout` or `no_response`; the reason of the signal when that is aborted
 */
export async function callContainer(call: ContainerCall): Promise<ContainerAnswer> {
  const { port, headers, body, timeoutMs, signal } = call;
  const timeout = AbortSignal.timeout(timeoutMs);
  const fail = (error: unknown, otherwise: SilenceReason): unknown => {
    if (signal.aborted) return signal.reason;
    return new ContainerSilence(timeout.aborted ? 'timeout' : otherwise, error);
  };
  const outgoing = request({
    ...{ host: localHost, port, method: 'POST', path: '/invocations', agent, headers },
    signal: AbortSignal.any([signal, timeout]),
  });
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).on('error', reject);
    });
    if (Buffer.isBuffer(body)) outgoing.end(body);
    // A container may answer before it has read everything; what then fails while sending is told by the answer.
    else pipeline(body, outgoing).catch(() => {});
    const incoming = await answered;
    return {
      status: incoming.statusCode!,
      headers: incoming.headers,
      parts: partsOf(incoming, fail),
      passTo: (output, encode) =>
        passParts(incoming, output, encode).catch((error: unknown) => {
          throw fail(error, 'broken_body');
        }),
      discard: () => void incoming.destroy(),
    };
  } catch (error) {
    throw fail(error, 'no_response');
  }
}

/** Leaving the loop closes the connection, by which the container knows that nobody waits. */
async function* partsOf(
  incoming: IncomingMessage,
  fail: (error: unknown, otherwise: SilenceReason) => unknown,
): AsyncGenerator<Buffer> {
  try {
    for await (const part of incoming) yield part;
  } catch (error) {
    throw fail(error, 'broken_body');
  }
}

function passParts(
  incoming: IncomingMessage,
  output: Writable,
  encode: (part: Buffer) => Uint8Array,
): Promise<void> {
  return new Promise((resolve, reject) => {
    output.on('drain', () => incoming.resume());
    incoming
      .on('data', (part: Buffer) => {
        if (!output.write(encode(part))) incoming.pause();
      })
      .on('end', resolve)
      .on('error', reject)
      .on('close', () => reject(new Error('closed')));
  });
}

/**
 * Reads a body as a whole.
 *
 * @throws ContainerSilence `broken_body` for one that is too large, and as `parts` does
 */
export async function readParts(parts: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of parts) {
    chunks.push(part);
    sizeBytes += part.length;
    if (sizeBytes > limitBytes) throw new ContainerSilence('broken_body', `more than ${limitBytes} bytes`);
  }
  return Buffer.concat(chunks);
}
