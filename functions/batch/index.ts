/** A job is asked for: its rows are answered and the result is stored. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { createJobModels, runJob } from '../../lib/pipeline/index.ts';
import { createPipelineContext } from '../middleware/pipeline.ts';
import { queueStack } from '../middleware/queue-stack.ts';

const service = 'batch';
const pipeline = createPipelineContext(service);
const cache = createJobModels(pipeline);

export const handler = queueStack(
  async ({ id, deliveries, event }) => {
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (subject?.kind !== 'job') return;
    await cache.hold((models) =>
      runJob({ ...pipeline, models }, subject.id, { messageId: id, receiveCount: deliveries }),
    );
  },
  { service, logger: pipeline.logger },
);
