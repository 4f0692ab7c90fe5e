/** A job waits for an endpoint: it is asked again, and its answer ends the job. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { createEndpoints } from '../../lib/endpoint/index.ts';
import { visitEndpoint } from '../../lib/jobs/index.ts';
import { createLogger, createPlatform, queueStack } from '../middleware/index.ts';
import { createJobMeter } from '../middleware/meter-job.ts';

const service = 'call';
const logger = createLogger(service);
const context = {
  ...createPlatform(),
  endpoints: createEndpoints(),
  logger,
  now: () => performance.now(),
  meter: createJobMeter(service),
};

export const handler = queueStack(
  async ({ id: owner, event }) => {
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (subject?.kind !== 'job-visit') return;
    await visitEndpoint(context, subject, owner);
  },
  { service, logger },
);
