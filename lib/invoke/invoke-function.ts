/** Asks a function and waits for its answer. */
import { invokeFailure, outcomeFailure } from './failures.ts';

/** What is asked, and how long it is waited for. */
export interface InvokeOptions {
  readonly functionName: string;
  /** For all attempts together. */
  readonly timeoutMs: number;
}

/** Sends an event, gives the handler's answer; it is not waited for any more when the signal is aborted. */
export type Invoke = (event: object, signal?: AbortSignal) => Promise<unknown>;

/**
 * What asks a function. Its handler may be called more than once for one event: when Lambda has no room, fails itself or
 * drops the connection, the event is sent again, three times in all, with growing pauses.
 *
 * @throws not_ready `function_busy` if Lambda had no room or gave no answer in time, `function_died` if the function
 *   ran out of time or memory or was killed; upstream `function_failed` if its handler threw, or it cannot be asked
 */
export function createInvoke({ functionName, timeoutMs }: InvokeOptions): Invoke {
  return async (event, signal) => {
    const { InvokeCommand, sharedClient } = await import('./lambda-sdk.ts');
    const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) });
    const limit = AbortSignal.timeout(timeoutMs);
    const abortSignal = signal ? AbortSignal.any([signal, limit]) : limit;
    const { FunctionError, Payload } = await sharedClient()
      .send(command, { abortSignal })
      .catch((cause: unknown) => {
        throw invokeFailure(functionName, cause);
      });
    const text = Payload?.transformToString() ?? '';
    if (FunctionError !== undefined) throw outcomeFailure(functionName, text);
    return JSON.parse(text);
  };
}
