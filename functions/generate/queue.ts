/** Asks models whose endpoints work off a queue: waits for the answer, or makes a job of the request. */
import type { QueuedCalls } from '../../lib/generate/index.ts';
import { acceptBodyCall, askThroughQueue, jobViewOf } from '../../lib/jobs/index.ts';
import type { Platform } from '../middleware/platform.ts';
import { queueContext } from '../middleware/queue-context.ts';

/** The calls on a platform; `endpoints` are those that generate asks anyway. */
export function createQueuedCalls(
  platform: Pick<Platform, 'artifacts' | 'clock' | 'newId' | 'pause'>,
  open: Parameters<typeof queueContext>[1],
): QueuedCalls {
  return {
    invoke: async (model, call) => askThroughQueue(await queueContext(platform, open), model, call),
    accept: async (model, call, request) => {
      const context = await queueContext(platform, open);
      const idempotencyKey = request.header('idempotency-key');
      const record = await acceptBodyCall(context, { model, idempotencyKey }, call);
      request.annotate({ job: record.id, model: model.model });
      return {
        status: 202,
        headers: {
          'content-type': 'application/json',
          location: `/v1/jobs/${record.id}`,
          'preference-applied': 'respond-async',
        },
        text: JSON.stringify(await jobViewOf(context, record)),
      };
    },
  };
}
