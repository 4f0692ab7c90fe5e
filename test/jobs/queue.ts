/** A store with an endpoint whose queue does nothing by itself: tests say what comes of each request. */
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import type { EndpointAsyncCall, EndpointTicket } from '../../lib/endpoint/index.ts';
import type { QueueContext } from '../../lib/jobs/index.ts';
import { type TestContext, testContext } from '../registry/records.ts';

export const bucket = 'artifacts-bucket';

export const queued: EndpointModel = {
  ...{ model: 'assistant', endpoint: 'assistant-endpoint', kind: 'async', speaks: 'raw' },
};

/** What tests do with the queue. */
export interface QueueWorld extends TestContext, QueueContext {
  readonly clock: TestContext['clock'];
  /** What was put into the queue. */
  readonly calls: EndpointAsyncCall[];
  /** The endpoint answers the nth request, or fails with these words. */
  answer(index: number, body: string, contentType?: string): Promise<void>;
  fail(index: number, words: string): Promise<void>;
  /** Is called in place of every pause, with its length; the clock goes on by itself. */
  onPause: (ms: number) => Promise<void> | void;
}

const ticketOf = (index: number): { answer: string; failure: string } => ({
  answer: `endpoint-answers/assistant-endpoint/${index}.out`,
  failure: `endpoint-answers/assistant-endpoint/failures/${index}-error.out`,
});

/** @param enqueue what SageMaker says to a request; default: it takes it */
export function queueWorld(enqueue?: (call: EndpointAsyncCall) => Promise<EndpointTicket>): QueueWorld {
  const context = testContext();
  const calls: EndpointAsyncCall[] = [];
  let ids = 0;
  const take = async (call: EndpointAsyncCall): Promise<EndpointTicket> => {
    const { answer, failure } = ticketOf(calls.length);
    calls.push(call);
    return {
      inferenceId: call.inferenceId ?? '',
      outputUri: `s3://${bucket}/${answer}`,
      failureUri: `s3://${bucket}/${failure}`,
    };
  };
  const world: QueueWorld = {
    ...context,
    ...{ calls, artifactBucket: bucket },
    newId: () => `id-${++ids}`,
    endpoints: { enqueue: enqueue ?? take },
    answer: async (index, body, contentType = 'application/json') => {
      await context.artifacts.put(ticketOf(index).answer, body, { contentType });
    },
    fail: async (index, words) => {
      await context.artifacts.put(ticketOf(index).failure, words);
    },
    onPause: () => {},
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      context.clock.timeMs += ms;
      await world.onPause(ms);
    },
  };
  return world;
}

/** Every key in the bucket. */
export async function keysIn({ artifacts }: TestContext): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of artifacts.list('')) keys.push(key);
  return keys;
}
