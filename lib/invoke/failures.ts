/** What it means that a function gave no answer. */
import { notReady, type OnrampError, upstream } from '../core/index.ts';

interface ServiceFailure {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const busyAgainSeconds = 2;
const diedAgainSeconds = 5;

/** Lambda itself refused, failed or was silent; the SDK has tried again by then where that may help. */
export function invokeFailure(functionName: string, cause: unknown): OnrampError {
  const { name, message, $metadata } = cause as ServiceFailure;
  const status = $metadata?.httpStatusCode;
  // No status: there was no answer at all. Conflicts pass: the function is just being changed or started.
  if (status === undefined || status === 429 || status === 409 || status >= 500) {
    return notReady('What prepares inputs has no room just now; send the request again.', {
      code: 'function_busy',
      retryAfterSeconds: busyAgainSeconds,
      cause,
    });
  }
  return upstream(`Function "${functionName}" cannot be asked: ${name}: ${message}`, {
    code: 'function_failed',
    cause,
  });
}

/**
 * The function did not answer.
 *
 * @param payload what Lambda says of it: `{"errorType", "errorMessage"}`
 */
export function outcomeFailure(functionName: string, payload: string): OnrampError {
  const { errorType, errorMessage } = wordsOf(payload);
  const cause = new Error(`Function "${functionName}": ${errorType ?? 'no type'}: ${errorMessage}`);
  if (errorType !== undefined && !/^(Runtime|Sandbox)\./.test(errorType) && !isTimeout(errorMessage)) {
    return upstream(cause.message, { code: 'function_failed', cause });
  }
  return notReady(
    'What prepares inputs ended in the middle of this one, for want of time or memory perhaps; send the request again, or a smaller one.',
    { code: 'function_died', retryAfterSeconds: diedAgainSeconds, cause },
  );
}

/** Lambda's own words where it names no type, https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html */
const isTimeout = (message: string | undefined): boolean =>
  message !== undefined && /Task timed out after/.test(message);

function wordsOf(payload: string): { readonly errorType?: string; readonly errorMessage?: string } {
  try {
    return JSON.parse(payload) ?? {};
  } catch {
    return { errorMessage: payload };
  }
}
