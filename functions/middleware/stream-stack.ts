/** The middy stack of functions whose answers go out piece by piece, by Lambda's response streaming. */
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Logger } from '../../lib/core/index.ts';
import { type RequestInProgress, requestOf } from './http-request.ts';
import {
  answers,
  chainOf,
  checks,
  type HttpAnswer,
  type HttpHandler,
  type HttpStackOptions,
  headOf,
  logAccess,
  millisecondsBetween,
  parseBody,
  type Step,
} from './http-steps.ts';
import { withinLimits } from './limits.ts';
import { createAccessLogger } from './logging.ts';
import { onePiece, openPieces, type PieceReader, type Progress, sendPieces } from './pieces.ts';
import { type StreamWatch, type Timer, watchStream } from './watch-stream.ts';

/** A Lambda handler behind API Gateway's REST proxy integration with the response transfer mode `STREAM`. */
export type LambdaStreamHandler = (
  event: APIGatewayProxyEvent,
  output: awslambda.HttpResponseStream,
  context: Context,
) => Promise<void>;

/** Settings of the stack. */
export interface StreamStackOptions extends HttpStackOptions {
  /** Measures the time that is left; tests hand in their own. */
  readonly timer?: Timer;
}

interface StreamRequest extends RequestInProgress {
  readonly watch: StreamWatch;
}

/** An answer that is ready to be sent. */
interface StreamAnswer {
  readonly head: ReturnType<typeof headOf>;
  readonly pieces: PieceReader;
  readonly error?: unknown;
}

/**
 * A handler that gets the JSON of the body parsed, and whose answer may be a stream. The request's line of the log is
 * written when the answer has ended, whichever way: `ended` is `complete`, `client_left`, `time_limit` or `failed`, and
 * `request.annotate` counts up to then. Lambda does not tell its functions of clients that leave; other hosts do.
 *
 * middy runs the steps, but not in its mode for streams: that one does not see a client leave before the first piece,
 * waits for producers that hang, and answers a stream that breaks by cutting the connection on which the runtime would
 * be told of it.
 */
export function streamStack(handler: HttpHandler<unknown>, options: StreamStackOptions): LambdaStreamHandler {
  const { service, logger = createAccessLogger(service), timer } = options;
  const limited = withinLimits(handler as HttpHandler<never>, options.limiter);
  const watched = (request: StreamRequest, context: Context): Promise<HttpAnswer> =>
    request.watch.race(limited(request as never, context));
  const answer = chainOf<StreamAnswer>(watched as unknown as HttpHandler<never>, [
    answers(streamAnswerOf),
    openStream,
    ...checks(options),
    parseBody,
  ]);
  const handle: LambdaStreamHandler = async (event, output, context) => {
    const watch = watchStream(output, context, timer);
    try {
      const request: StreamRequest = { ...requestOf(event, context, watch.signal), watch };
      await send(await answer(request, context), output, { request, logger });
    } finally {
      watch.stop();
    }
  };
  return awslambda.streamifyResponse(handle) as LambdaStreamHandler;
}

/** Directly around the handler: what fails before the first piece is answered with a status of its own. */
const openStream: Step = {
  after: async (progress) => {
    const { stream, ...answer } = progress.response as HttpAnswer;
    const { watch } = progress.event as StreamRequest;
    if (stream) progress.response = { ...answer, pieces: await openPieces(stream, watch) };
  },
};

/** Between the function and the client nothing may collect the pieces, nor compress them, which would do the same. */
const streamHeaders = { 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' } as const;

function streamAnswerOf(
  answer: HttpAnswer & { readonly pieces?: PieceReader },
  request: RequestInProgress,
  error?: unknown,
): StreamAnswer {
  const { body, text, bytes, pieces, headers } = answer;
  const content = bytes ?? text ?? (body === undefined ? '' : JSON.stringify(body));
  const all = pieces ? { ...answer, headers: { ...streamHeaders, ...headers } } : answer;
  return {
    head: headOf(all, request, pieces !== undefined || content.length > 0),
    pieces: pieces ?? onePiece(content),
    ...(error !== undefined && { error }),
  };
}

/** The status that servers log for a client that left before there was one. */
const clientLeftStatus = 499;

/** Sends an answer and writes the line of its request. @throws why an answer that had begun is not complete */
async function send(
  { head, pieces, error }: StreamAnswer,
  output: awslambda.HttpResponseStream,
  { request, logger }: { readonly request: StreamRequest; readonly logger: Logger },
): Promise<void> {
  const { watch } = request;
  const progress: Progress = { bytes: 0, firstByteAtMs: null };
  let failure: unknown;
  try {
    if (watch.early() === 'client_left') await pieces.close();
    else await sendPieces(pieces, awslambda.HttpResponseStream.from(output, head), { watch, progress });
  } catch (reason) {
    if (watch.early() !== 'client_left') failure = reason;
    await pieces.close();
  }
  const { bytes, firstByteAtMs } = progress;
  request.annotate({
    ended: watch.early() ?? (failure === undefined ? 'complete' : 'failed'),
    bytes_out: bytes,
    ...(firstByteAtMs !== null && {
      first_byte_ms: millisecondsBetween(request.startedAtMs, firstByteAtMs),
    }),
  });
  const hadNoStatus = firstByteAtMs === null && watch.early() === 'client_left';
  const status = hadNoStatus ? clientLeftStatus : head.statusCode;
  logAccess(logger, { request, status, error, failure });
  if (failure !== undefined) throw failure;
}
