/** The middy stack of functions that answer HTTPS: body, errors, headers and one log line, so that handlers are lean. */
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { lambdaPayloadBytes } from '../../lib/contracts/limits.ts';
import { internal, type Logger, OnrampError } from '../../lib/core/index.ts';
import { bodySize, type RawBody, type RequestInProgress, requestOf } from './http-request.ts';
import {
  answers,
  chainOf,
  checks,
  type HttpAnswer,
  type HttpHandler,
  type HttpStackOptions,
  headOf,
  type InProgress,
  logAccess,
  parseBody,
  type Step,
  sendAsJob,
} from './http-steps.ts';
import { withinLimits } from './limits.ts';
import { createAccessLogger } from './logging.ts';

export type { HttpAnswer, HttpHandler, HttpStackOptions } from './http-steps.ts';

/** A Lambda handler behind API Gateway's REST proxy integration. */
export type LambdaHttpHandler = (
  event: APIGatewayProxyEvent,
  context: Context,
) => Promise<APIGatewayProxyResult>;

/** A handler that gets the JSON of the body parsed; without a body it gets `undefined`. */
export function httpStack(handler: HttpHandler<unknown>, options: HttpStackOptions): LambdaHttpHandler {
  return stack(handler as HttpHandler<never>, options, [parseBody]);
}

/** A handler that reads the body itself: for bodies so large that how they are parsed counts. */
export function rawHttpStack(handler: HttpHandler<RawBody>, options: HttpStackOptions): LambdaHttpHandler {
  return stack(handler as HttpHandler<never>, options, []);
}

function stack(
  handler: HttpHandler<never>,
  options: HttpStackOptions,
  bodySteps: readonly Step[],
): LambdaHttpHandler {
  const { service, logger = createAccessLogger(service) } = options;
  const answer = chainOf<APIGatewayProxyResult>(withinLimits(handler, options.limiter), [
    accessLog(logger),
    answers(resultOf),
    ...checks(options),
    ...bodySteps,
  ]);
  return (event, context) => answer(requestOf(event, context), context);
}

/** The outermost step: it sees the finished answer. */
function accessLog(logger: Logger): Step {
  const line = ({ event, response, error }: InProgress): void => {
    const { statusCode, body, isBase64Encoded } = response as APIGatewayProxyResult;
    event.fields.bytes_out = bodySize(body, isBase64Encoded);
    logAccess(logger, { request: event, status: statusCode, error });
  };
  return { after: line, onError: line };
}

function resultOf(answer: HttpAnswer, request: RequestInProgress): APIGatewayProxyResult {
  const { body, text, bytes, stream } = answer;
  if (stream) throw internal('A handler whose answer is a stream must wear the stack that streams.');
  const content = bytes
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
    : (text ?? (body === undefined ? '' : JSON.stringify(body)));
  if (content.length > surelyFits) refuseLongAnswer(content);
  return {
    ...headOf(answer, request, content !== ''),
    body: content,
    ...(bytes && { isBase64Encoded: true }),
  };
}

/** Characters that fit whatever they are, escaped ones too, beside the headers. */
const surelyFits = 1_000_000;
const headerBytes = 16_384;

/** Lambda would throw the answer away, and the caller be told of a fault that is none. */
function refuseLongAnswer(content: string): void {
  const payloadBytes = Buffer.byteLength(JSON.stringify(content)) + headerBytes;
  if (payloadBytes <= lambdaPayloadBytes) return;
  throw new OnrampError(
    'too_large',
    `The answer has ${content.length} characters, more than a function can give at a time; ${sendAsJob}.`,
    { code: 'answer_too_large' },
  );
}
