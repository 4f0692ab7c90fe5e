/** Data or spec are new: a model is trained and published, here or in a training job whose end is told to us. */
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { lookAfterJobs, startsTraining, trainingJobEnded, trainNoticed } from '../../lib/pipeline/index.ts';
import { queueStack } from '../middleware/queue-stack.ts';
import { createTrainingContext } from '../middleware/training.ts';

const service = 'train';
const context = createTrainingContext(service);

export const handler = queueStack(
  async ({ id, deliveries, event }, { getRemainingTimeInMillis }) => {
    if (event.source === 'aws.sagemaker') {
      const { TrainingJobName, TrainingJobStatus, SecondaryStatus, FailureReason } = event.detail;
      await trainingJobEnded(context, {
        name: TrainingJobName,
        status: TrainingJobStatus,
        secondary: SecondaryStatus ?? '',
        reason: FailureReason ?? '',
      });
    }
    if (event.source === 'onramp.timer') await lookAfterJobs(context);
    if (event.source !== 'aws.s3') return;
    const subject = parseTriggerKey(event.detail.object.key);
    if (!subject || !startsTraining(subject)) return;
    const remainingMs = getRemainingTimeInMillis();
    await trainNoticed(context, subject, { messageId: id, receiveCount: deliveries, remainingMs });
  },
  { service, logger: context.logger },
);
