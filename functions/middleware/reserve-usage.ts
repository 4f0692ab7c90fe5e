/** Reserves of the limits of a key what a request may use at most, and settles with what it has used. */
import { randomUUID } from 'node:crypto';
import {
  type Amounts,
  createLimiter,
  createUsagePrice,
  type Limiter,
  type SlotState,
  type UsagePrice,
} from '../../lib/usage/index.ts';
import { readDeployment } from './deployment.ts';
import { readEndpointModels } from './endpoint-models.ts';
import type { RequestInProgress } from './http-request.ts';
import type { Piece } from './http-steps.ts';
import { createPlatform } from './platform.ts';
import { mostTokens } from './token-estimate.ts';

/** A request within its limits. */
export interface ReservedRequest {
  /** What is left, in OpenAI's words. https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
  readonly headers: Readonly<Record<string, string>>;
  /** Settles with what the request's log line will say; the first time it is called. Never throws. */
  end(): Promise<void>;
  /** The same stream, which settles when it ends, whichever way. */
  endWith(stream: AsyncIterable<Piece>): AsyncIterable<Piece>;
}

/**
 * What a request costs in this time is reserved: SageMaker waits no longer for an answer as a whole. The few streams that
 * last longer, up to 8 minutes, are settled with what they took.
 */
const longestMs = 60_000;

let shared: { readonly limiter: Limiter; readonly price: UsagePrice } | undefined;

function sharedParts(): NonNullable<typeof shared> {
  shared ??= {
    limiter: createLimiter({
      ...createPlatform(),
      newId: randomUUID,
      later: (work, ms) => void setTimeout(work, ms).unref(),
    }),
    price: createUsagePrice(readDeployment(), readEndpointModels()),
  };
  return shared;
}

/**
 * Reserves for a request.
 *
 * @throws rate_limited `rate_limited` or `budget_exceeded`; not_ready `limits_unavailable`
 */
export async function reserveFor(
  request: RequestInProgress,
  limiter: Limiter = sharedParts().limiter,
): Promise<ReservedRequest> {
  const { price } = sharedParts();
  const { caller, limits = [] } = request.access;
  const reservation = await limiter.reserve({ caller, limits }, mostOf(request, price));
  let ended = false;
  let isStreaming = false;
  const end = async (): Promise<void> => {
    if (ended) return;
    ended = true;
    request.signal.removeEventListener('abort', leave);
    await reservation.settle(usedBy(request, price));
  };
  // A client that leaves before the first piece leaves a stream that nobody reads to its end.
  // What it took is noted by others who hear of it too, some of them later.
  const leave = (): void => queueMicrotask(() => void (isStreaming || end()));
  if (request.signal.aborted) leave();
  else request.signal.addEventListener('abort', leave);
  return {
    headers: headersOf(reservation.states),
    end,
    endWith: (stream) => ({
      [Symbol.asyncIterator]: () => {
        isStreaming = true;
        return endingIterator(stream[Symbol.asyncIterator](), end);
      },
    }),
  };
}

function mostOf(request: RequestInProgress, price: UsagePrice): Amounts {
  const model = modelOf(request);
  return {
    calls: 1,
    tokens: mostTokens(request),
    usd: price({ model, ms: longestMs, endpoint_ms: longestMs }),
  };
}

/** The model as far as the request names it: in its path, or in a body that may not be parsed yet. */
function modelOf({ route, path, body, raw }: RequestInProgress): string {
  if (path.model !== undefined) return path.model;
  const content = body === raw && route === '/v1/embeddings' ? contentOf(raw) : body;
  const model = (content as { readonly model?: unknown } | null | undefined)?.model;
  return typeof model === 'string' ? model : '';
}

/** The handler says what is wrong with a body that is no JSON. */
function contentOf(raw: RequestInProgress['raw']): unknown {
  try {
    return JSON.parse(raw.text());
  } catch {
    return null;
  }
}

/** As the ledger will count it. */
function usedBy(request: RequestInProgress, price: UsagePrice): Amounts {
  const { fields, startedAtMs } = request;
  const numberOf = (name: string): number => (typeof fields[name] === 'number' ? fields[name] : 0);
  const model = typeof fields.model === 'string' ? fields.model : modelOf(request);
  return {
    calls: 1,
    tokens: numberOf('input_tokens') + numberOf('output_tokens'),
    usd: price({ model, ms: performance.now() - startedAtMs, endpoint_ms: numberOf('endpoint_ms') }),
  };
}

/** Not a generator: one that is left before its first piece does not run its `finally`. */
function endingIterator(pieces: AsyncIterator<Piece>, end: () => Promise<void>): AsyncIterator<Piece> {
  return {
    next: async () => {
      try {
        const result = await pieces.next();
        if (result.done) await end();
        return result;
      } catch (error) {
        await end();
        throw error;
      }
    },
    return: async () => {
      try {
        return (await pieces.return?.()) ?? { done: true, value: undefined };
      } finally {
        await end();
      }
    },
  };
}

const unitNames = { calls: 'requests', tokens: 'tokens' } as const;

/** Of the limits of each unit the one that is next to be reached. */
function headersOf(states: readonly SlotState[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const unit of ['calls', 'tokens'] as const) {
    const [state] = states
      .filter((one) => one.unit === unit)
      .sort((left, right) => left.left / left.amount - right.left / right.amount);
    if (!state) continue;
    const name = unitNames[unit];
    headers[`x-ratelimit-limit-${name}`] = String(state.amount);
    headers[`x-ratelimit-remaining-${name}`] = String(Math.floor(state.left));
    headers[`x-ratelimit-reset-${name}`] = `${Math.ceil(state.resetMs / 1000)}s`;
  }
  return headers;
}
