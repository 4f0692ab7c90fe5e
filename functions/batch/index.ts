/** A job is asked for: its rows are answered and the result is stored, or its input is prepared for an endpoint. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { createJobModels, runJob } from '../../lib/pipeline/index.ts';
import { readEnvironment } from '../middleware/environment.ts';
import { createJobMeter } from '../middleware/meter-job.ts';
import { createPipelineContext } from '../middleware/pipeline.ts';
import { openEndpoints } from '../middleware/queue-context.ts';
import { queueStack } from '../middleware/queue-stack.ts';

const service = 'batch';
const pipeline = createPipelineContext(service);
const cache = createJobModels(pipeline);
const { artifactBucket } = readEnvironment();
const openQueue = async () => ({ artifactBucket, endpoints: await openEndpoints() });
const context = { ...pipeline, openQueue, meter: createJobMeter(service) };

export const handler = queueStack(
  async ({ id, deliveries, event }) => {
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (subject?.kind !== 'job') return;
    await cache.hold((models) =>
      runJob({ ...context, models }, subject.id, { messageId: id, receiveCount: deliveries }),
    );
  },
  { service, logger: pipeline.logger },
);
