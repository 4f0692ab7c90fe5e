/** The answer of a handler that streams: passed on piece by piece, within the times that API Gateway gives. */
import type { ServerResponse } from 'node:http';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { handlerFailed, refuse, timedOut } from './refusals.ts';
import { LambdaResponseStream } from './response-stream.ts';

/** The `handler` of a function that streams, as the gateway calls it. */
export type StreamHandler = (
  event: APIGatewayProxyEvent,
  output: LambdaResponseStream,
  context: Context,
) => Promise<unknown>;

/** How long an answer may take altogether, and how long nothing of it may come. */
export interface StreamLimits {
  readonly totalMs: number;
  readonly idleMs: number;
}

/**
 * Calls a handler and sends what it writes. What goes wrong before the first piece is refused with a status of its own;
 * later there is only the end of the connection to show it.
 *
 * @throws what the handler throws, and an Error if it returns without having ended its answer; the client knows then
 */
export async function answerStream(
  call: (output: LambdaResponseStream) => Promise<unknown>,
  response: ServerResponse,
  { requestId, limits }: { readonly requestId: string; readonly limits: StreamLimits },
): Promise<void> {
  const output = new LambdaResponseStream(response);
  const breakOff = (refusal: typeof handlerFailed): void => {
    // After what is written already; without its end the client sees that the answer is broken.
    if (response.headersSent) response.socket?.destroySoon();
    else refuse(response, requestId, refusal);
    // The handler learns by it that nobody listens any more.
    output.destroy();
  };
  const { totalMs, idleMs } = limits;
  const timer = setTimeout(() => breakOff(timedOut(totalMs)), totalMs);
  response.setTimeout(idleMs, () => breakOff(timedOut(idleMs)));
  try {
    await call(output);
    if (!output.writableEnded && !output.destroyed) throw new Error('the handler did not end its answer');
  } catch (error) {
    breakOff(handlerFailed);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
