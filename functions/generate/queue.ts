/** Asks models that cannot answer at once: waits for the answer of a queue, or makes a job of the request. */
import type { QueuedCalls } from '../../lib/generate/index.ts';
import { acceptBodyCall, acceptWaiting, askThroughQueue, jobViewOf } from '../../lib/jobs/index.ts';
import { jobAnswer, jobFields } from '../middleware/job-answer.ts';
import type { Platform } from '../middleware/platform.ts';
import { queueContext } from '../middleware/queue-context.ts';

/** The calls on a platform; `endpoints` are those that generate asks anyway. */
export function createQueuedCalls(
  platform: Pick<Platform, 'artifacts' | 'clock' | 'newId' | 'pause' | 'meter'>,
  open: Parameters<typeof queueContext>[1],
): QueuedCalls {
  return {
    invoke: async (model, call) => askThroughQueue(await queueContext(platform, open), model, call),
    accept: async (model, call, request) => {
      const idempotencyKey = request.header('idempotency-key');
      const { method, route } = request;
      const asked = { caller: request.access.caller, method, route };
      const record =
        model.kind === 'async'
          ? await acceptBodyCall(await queueContext(platform, open), { model, asked, idempotencyKey }, call)
          : await acceptWaiting(platform, { model, call, answer: 'text', asked, idempotencyKey });
      request.annotate(jobFields(record));
      const { status, headers = {}, body } = jobAnswer(await jobViewOf(platform, record), true);
      return { status, headers, text: JSON.stringify(body) };
    },
  };
}
