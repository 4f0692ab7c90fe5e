/** SageMaker endpoints: asked for an answer, for a stream, or by their queue. */
import type { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { type Answered, type EndpointHealth, tryUntilAnswered } from './attempts.ts';
import { type CallControl, createCallControl } from './call-control.ts';
import { checkCall, checkedBody } from './check-call.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { type EndpointSettings, type FullEndpointSettings, fullSettings } from './endpoint-settings.ts';
import { timeOut } from './failures.ts';
import { asyncInput, headOf, invokeInput, streamInput } from './requests.ts';
import { createRetryBudget } from './retry-budget.ts';
import { firstPart, partsOf, StreamLimit } from './stream-parts.ts';
import type {
  EndpointAnswer,
  EndpointAsyncCall,
  EndpointBodyCall,
  EndpointCall,
  EndpointStream,
  Endpoints,
  EndpointTicket,
} from './types.ts';

/**
 * Endpoints as this process asks them. What they failed at is remembered here, so that there should be one of these in
 * a process. The SDK is loaded by the first call.
 *
 * @param client one with settings of its own, whose own retries must be off (`maxAttempts: 1`); default: one for the
 *   whole process, as AWS's environment says
 */
export function createEndpoints(settings: EndpointSettings = {}, client?: SageMakerRuntimeClient): Endpoints {
  const context: Context = { settings: fullSettings(settings), client, health: new Map() };
  return {
    invoke: (call) => invoke(context, call),
    stream: (call) => stream(context, call),
    enqueue: (call) => enqueue(context, call),
  };
}

interface Context {
  readonly settings: FullEndpointSettings;
  readonly client: SageMakerRuntimeClient | undefined;
  readonly health: Map<string, EndpointHealth>;
}

async function invoke(context: Context, call: EndpointBodyCall): Promise<EndpointAnswer> {
  checkCall(call);
  const input = invokeInput(call, checkedBody(call));
  const { InvokeEndpointCommand } = await import('./runtime-sdk.ts');
  const client = await clientFor(context, call);
  const control = createCallControl(context.settings.timers, call.signal);
  try {
    const { value, attempts, passage } = await ask(context, call, control, (abortSignal) =>
      client.send(new InvokeEndpointCommand(input), { abortSignal }),
    );
    passage.succeed();
    return { ...headOf(value, attempts), body: value.Body ?? new Uint8Array() };
  } finally {
    control.release();
  }
}

async function stream(context: Context, call: EndpointBodyCall): Promise<EndpointStream> {
  checkCall(call);
  const input = streamInput(call, checkedBody(call));
  const { InvokeEndpointWithResponseStreamCommand } = await import('./runtime-sdk.ts');
  const client = await clientFor(context, call);
  const { idleMs, streamMs, timers } = context.settings;
  const control = createCallControl(timers, call.signal);
  try {
    const { value, attempts, passage } = await ask(context, call, control, async (abortSignal) => {
      const output = await client.send(new InvokeEndpointWithResponseStreamCommand(input), { abortSignal });
      const events = (output.Body ?? noEvents())[Symbol.asyncIterator]();
      return { output, events, first: await firstPart(events) };
    });
    // Others wait for the probe to say whether the endpoint works: it does if it begins to answer.
    if (passage.isProbe) passage.succeed();
    control.limit(streamMs, () => new StreamLimit(`it took longer than ${streamMs} ms`));
    const { endpoint } = call;
    const { output, events, first } = value;
    const parts = partsOf({ endpoint, events, first, control, passage, idleMs, timers });
    return { ...headOf(output, attempts), parts };
  } catch (error) {
    control.release();
    throw error;
  }
}

async function* noEvents(): AsyncGenerator<never> {}

async function enqueue(context: Context, call: EndpointAsyncCall): Promise<EndpointTicket> {
  checkCall(call);
  const { InvokeEndpointAsyncCommand } = await import('./runtime-sdk.ts');
  const client = await clientFor(context, call);
  const { timers, enqueueMs } = context.settings;
  const timed = { ...call, timeoutMs: call.timeoutMs ?? enqueueMs };
  const control = createCallControl(timers, call.signal);
  try {
    const { value, passage } = await ask(context, timed, control, (abortSignal) =>
      client.send(new InvokeEndpointAsyncCommand(asyncInput(call)), { abortSignal }),
    );
    passage.succeed();
    return {
      inferenceId: value.InferenceId ?? '',
      outputUri: value.OutputLocation ?? '',
      failureUri: value.FailureLocation ?? null,
    };
  } finally {
    control.release();
  }
}

async function clientFor(
  { client }: Context,
  { repeatable = false }: EndpointCall,
): Promise<SageMakerRuntimeClient> {
  if (client) return client;
  const { sharedRuntimeClient } = await import('./runtime-sdk.ts');
  return sharedRuntimeClient(repeatable);
}

/** The attempts of one call, within its time. */
async function ask<T>(
  { settings, health }: Context,
  call: EndpointCall,
  control: CallControl,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<Answered<T>> {
  const { endpoint, timeoutMs = settings.timeoutMs, repeatable = false } = call;
  const { timers, retries, random } = settings;
  const cancel = control.limit(timeoutMs, () =>
    timeOut(`SageMaker endpoint "${endpoint}" gave no answer within ${timeoutMs} ms.`),
  );
  try {
    return await tryUntilAnswered(attempt, {
      endpoint,
      health: healthOf(call, settings, health),
      retries,
      timers,
      random,
      control,
      deadlineMs: timers.now() + timeoutMs,
      repeatable,
    });
  } finally {
    cancel();
  }
}

/** Components of one endpoint are containers of their own, which fail by themselves. */
function healthOf(
  { endpoint, inferenceComponent = '' }: EndpointCall,
  settings: FullEndpointSettings,
  known: Map<string, EndpointHealth>,
): EndpointHealth {
  const key = `${endpoint}/${inferenceComponent}`;
  const health = known.get(key) ?? {
    breaker: createCircuitBreaker(settings.breaker, settings.timers),
    budget: createRetryBudget(settings.retries),
  };
  known.set(key, health);
  return health;
}
