/** Judges an answer by the rules of the dialect it is in. */
import * as z from 'zod';
import { dialectOf } from '../../lib/contracts/dialects.ts';
import { errorBody } from '../../lib/contracts/http.ts';
import { routes } from '../../lib/contracts/routes.ts';
import type { WireAnswer, WireRequest } from './service.ts';

const refusals = {
  native: errorBody.strict(),
  oip: z.strictObject({ error: z.string().min(1) }),
  tensorflow: z.strictObject({ error: z.string().min(1) }),
  mlflow: z.strictObject({ error_code: z.string().min(1), message: z.string().min(1) }),
} as const;

/** What is wrong with an answer, or `null` if it keeps to its dialect. */
export function faultOf(request: WireRequest, answer: WireAnswer): string | null {
  if (answer.status >= 500) return `status ${answer.status}`;
  if (answer.headers['x-request-id'] === undefined) return 'no request id';
  return answer.status >= 400 ? refusalFault(request, answer) : answerFault(request, answer);
}

const typeOf = ({ headers }: WireAnswer): string => (headers['content-type'] ?? '').split(';')[0]!;

function refusalFault({ method, route }: WireRequest, answer: WireAnswer): string | null {
  const { status, body } = answer;
  const dialect = dialectOf(method, route);
  // MLflow refuses what it cannot read in plain text.
  if (status === 415 && dialect === 'mlflow') return body.length > 0 ? null : 'nothing said';
  if (typeOf(answer) !== 'application/json') return `a refusal as ${typeOf(answer)}`;
  const parsed = refusals[dialect].safeParse(parse(body));
  return parsed.success ? null : `not the dialect's refusal: ${parsed.error.message}`;
}

function answerFault({ method, route }: WireRequest, answer: WireAnswer): string | null {
  const { status, headers, body } = answer;
  const type = typeOf(answer);
  if (type === 'application/octet-stream') return binaryFault(headers, body);
  if (body.length === 0) return type === '' ? null : `an empty ${type}`;
  if (type !== 'application/json') return null;
  const line = routes.find((each) => each.method === method && each.path === route)!;
  const value = parse(body);
  if (value === undefined) return 'not JSON';
  const parsed = line.response.safeParse(value);
  return parsed.success || status !== line.status ? null : `not as documented: ${parsed.error.message}`;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const binaryAnswer = z.object({
  outputs: z.array(
    z.object({
      parameters: z.object({ binary_data_size: z.int() }).optional(),
      data: z.array(z.unknown()).optional(),
    }),
  ),
});

/** The lengths that the JSON part names must be those of the parts that follow it. */
function binaryFault(headers: WireAnswer['headers'], body: Buffer): string | null {
  const length = Number(headers['inference-header-content-length']);
  if (!(Number.isInteger(length) && length > 0 && length <= body.length)) return `header length ${length}`;
  const parsed = binaryAnswer.safeParse(parse(body.subarray(0, length)));
  if (!parsed.success) return `binary answer: ${parsed.error.message}`;
  const sizes = parsed.data.outputs.map(({ parameters }) => parameters?.binary_data_size ?? 0);
  const total = sizes.reduce((sum, size) => sum + size, length);
  return total === body.length ? null : `${body.length} bytes where ${total} are announced`;
}
