/** Data or spec are new: a model is trained and published. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { startsTraining, trainNoticed } from '../../lib/pipeline/index.ts';
import { createPipelineContext } from '../middleware/pipeline.ts';
import { queueStack } from '../middleware/queue-stack.ts';

const service = 'train';
const context = createPipelineContext(service);

export const handler = queueStack(
  async ({ id, deliveries, event }) => {
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (!subject || !startsTraining(subject)) return;
    await trainNoticed(context, subject, { messageId: id, receiveCount: deliveries });
  },
  { service, logger: context.logger },
);
