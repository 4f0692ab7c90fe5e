/** A version is published, a schedule is due, or somebody asks: scored, compared, decided about. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { evaluateNoticed } from '../../lib/pipeline/index.ts';
import { createPipelineContext } from '../middleware/pipeline.ts';
import { queueStack } from '../middleware/queue-stack.ts';

const service = 'evaluate';
const context = createPipelineContext(service);

export const handler = queueStack(
  async ({ deliveries, event }) => {
    if (event.source === 'onramp.schedule') {
      await evaluateNoticed(context, { kind: 'schedule', model: event.model, id: `${event.time}-schedule` });
      return;
    }
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (subject?.kind === 'version') await evaluateNoticed(context, subject, deliveries);
    if (subject?.kind === 'evaluation-request') {
      const { model, id } = subject;
      await evaluateNoticed(context, { kind: 'request', model, id: `${event.time}-${id}` });
    }
  },
  { service, logger: context.logger },
);
