/** From the one log line of a request to its entry in the ledger. */
import { accessMessages } from '../contracts/log-messages.ts';
import { isResourceName } from '../contracts/name-patterns.ts';
import { scopeOfRoute } from '../contracts/route-scopes.ts';
import { isRecord } from '../core/index.ts';
import { priceTable } from '../cost/index.ts';
import type { UsagePrice } from './price.ts';
import type { UsageEntry } from './types.ts';

type Line = Readonly<Record<string, unknown>>;

/**
 * Reads a log line; `null` for one that is no request of a known caller, or one that is not counted. Counted are
 * requests to routes that ask models: those that one answered, whose line names it, and those that were refused.
 */
export function readUsageLine(text: string, price: UsagePrice): UsageEntry | null {
  const line = parse(text);
  if (line === null) return null;
  const { message, timestamp } = line;
  if (message !== accessMessages.answered && message !== accessMessages.refused) return null;
  const job = textOf(line.usage_of);
  const requestId = job || textOf(line.request_id);
  const [caller, answering, at] = [
    textOf(line.caller),
    textOf(line.model),
    timeOf(line.usage_at ?? timestamp),
  ];
  if (requestId === '' || caller === '' || at === null) return null;
  const status = numberOf(line.status);
  const call = message === accessMessages.answered && answering !== '';
  const model = answering || (call ? '' : modelIn(line.path));
  if (!asksModel(line) || (!call && status < 400)) return null;
  const figures = {
    rows: numberOf(line.rows),
    input_tokens: countOf(line.input_tokens),
    output_tokens: countOf(line.output_tokens),
    ms: numberOf(line.ms),
    endpoint_ms: numberOf(line.endpoint_ms),
    bytes_in: numberOf(line.bytes),
    bytes_out: numberOf(line.bytes_out),
  };
  return {
    request_id: requestId,
    at,
    caller,
    model,
    version: textOf(line.version),
    route: `${textOf(line.method)} ${textOf(line.route)}`,
    status,
    call,
    ...(job !== '' && { pending: true as const }),
    ...figures,
    usd: price({ model, ...figures }),
    prices_as_of: priceTable.asOf,
  };
}

/** Looking at lists and cards is free, and so is changing models. */
const asksModel = ({ method, route }: Line): boolean =>
  method === 'POST' && scopeOfRoute(method, textOf(route)) === 'predict';

function parse(text: string): Line | null {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Line) : null;
  } catch {
    return null;
  }
}

/** The model that the route of a refused request names; TensorFlow Serving's has a verb behind it. */
function modelIn(path: unknown): string {
  const named = isRecord(path) && typeof path.model === 'string' ? path.model.replace(/:[a-z]+$/, '') : '';
  return isResourceName(named) ? named : '';
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What is no number, or less than nothing, counts nothing. */
const numberOf = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;

/** No request has as many tokens, and sums of less stay exact. */
const mostTokens = 1e9;

/** Containers count their tokens themselves: what cannot be a count must not spoil the sums, which are whole numbers. */
function countOf(value: unknown): number {
  const count = Math.round(numberOf(value));
  return count <= mostTokens ? count : 0;
}

/** In the one form from which days and hours are cut. */
function timeOf(value: unknown): string | null {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
