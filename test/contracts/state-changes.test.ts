import { expect, test } from 'vitest';
import { stateChangeMatches, stateChanges, trainingJobEvent } from '../../lib/contracts/events.ts';

/** The event as the guide of SageMaker shows it, shortened where nothing is read. */
const documented = {
  version: '0',
  id: '844e2571-85d4-695f-b930-0153b71dcb42',
  'detail-type': 'SageMaker Training Job State Change',
  source: 'aws.sagemaker',
  account: '123456789012',
  time: '2018-10-06T12:26:13Z',
  region: 'us-east-1',
  resources: ['arn:aws:sagemaker:us-east-1:123456789012:training-job/kmeans-1'],
  detail: {
    TrainingJobName: 'onramp-heart-0123456789abcdef',
    TrainingJobArn: 'arn:aws:sagemaker:us-east-1:123456789012:training-job/kmeans-1',
    TrainingJobStatus: 'Completed',
    SecondaryStatus: 'Completed',
    HyperParameters: { Hyper: 'Parameters' },
    CreationTime: '1583831889050',
    SecondaryStatusTransitions: [],
    Tags: {},
  },
};
const [line] = stateChanges;
const changed = (detail: object) => ({ ...documented, detail: { ...documented.detail, ...detail } });

test('the end of a training job of ours is told to train', () => {
  expect(line!.function).toBe('train');
  expect(stateChangeMatches(line!, documented)).toBe(true);
  expect(trainingJobEvent.parse(documented).detail).toEqual({
    TrainingJobName: 'onramp-heart-0123456789abcdef',
    TrainingJobStatus: 'Completed',
    SecondaryStatus: 'Completed',
  });
});

test.each([
  ['a job that goes on', changed({ TrainingJobStatus: 'InProgress' })],
  ['a job of somebody else', changed({ TrainingJobName: 'kmeans-1' })],
  ['another service', { ...documented, source: 'aws.batch' }],
  ['another event of SageMaker', { ...documented, 'detail-type': 'SageMaker Endpoint State Change' }],
  ['an event without a name', changed({ TrainingJobName: undefined })],
])('%s is told to nobody', (_, event) => {
  expect(stateChangeMatches(line!, event)).toBe(false);
});
