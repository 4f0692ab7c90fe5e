/** Data set uploaded: checked, profiled and stored as columns. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { ingestUpload } from '../../lib/pipeline/index.ts';
import { createPipelineContext } from '../middleware/pipeline.ts';
import { queueStack } from '../middleware/queue-stack.ts';

const service = 'preprocess';
const context = createPipelineContext(service);

export const handler = queueStack(
  async ({ id, deliveries, event }) => {
    if (event.source !== 'aws.s3') return;
    const { key, sequencer } = event.detail.object;
    const subject = parseTriggerKey(key);
    if (subject?.kind !== 'upload') return;
    const { dataset, file } = subject;
    await ingestUpload(context, { dataset, file, sequencer }, { messageId: id, receiveCount: deliveries });
  },
  { service, logger: context.logger },
);
