/** Holds requests to models against the limits of their key, before any work is done for them. */
import type { Context } from 'aws-lambda';
import { scopeOfRoute } from '../../lib/contracts/route-scopes.ts';
import type { Limiter } from '../../lib/usage/index.ts';
import type { HttpRequest, RequestInProgress } from './http-request.ts';
import type { HttpAnswer, HttpHandler } from './http-steps.ts';

/** True for a request that has to keep to limits: to a model, by a key that has some. */
const isLimited = ({ method, route, access }: HttpRequest): boolean =>
  access.limits !== undefined && method === 'POST' && scopeOfRoute(method, route) === 'predict';

/**
 * A handler that refuses what is over a limit. Around the handler itself and no step of the stack, so that a request
 * without limits, as most are, waits for nothing; what limits need is loaded with the first request that has some.
 *
 * @param limiter default: one over the artifact bucket, the same for all handlers of the process
 */
export function withinLimits(handler: HttpHandler<never>, limiter?: Limiter): HttpHandler<never> {
  return (request, context) =>
    isLimited(request) ? answerWithin(handler, { request, context, limiter }) : handler(request, context);
}

async function answerWithin(
  handler: HttpHandler<never>,
  {
    request,
    context,
    limiter,
  }: {
    readonly request: HttpRequest<never>;
    readonly context: Context;
    readonly limiter: Limiter | undefined;
  },
): Promise<HttpAnswer> {
  const { reserveFor } = await import('./reserve-usage.ts');
  const reserved = await reserveFor(request as unknown as RequestInProgress, limiter);
  let answer: HttpAnswer;
  try {
    answer = await handler(request, context);
  } catch (error) {
    await reserved.end();
    throw error;
  }
  const { stream } = answer;
  if (!stream) await reserved.end();
  return {
    ...answer,
    headers: { ...reserved.headers, ...answer.headers },
    ...(stream && { stream: reserved.endWith(stream) }),
  };
}
