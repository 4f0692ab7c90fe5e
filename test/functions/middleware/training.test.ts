import { expect, test } from 'vitest';
import { readTrainingJobs } from '../../../functions/middleware/training.ts';

const complete = {
  ONRAMP_DATA_BUCKET: 'data',
  ONRAMP_ARTIFACT_BUCKET: 'artifacts',
  ONRAMP_TRAINING_IMAGE: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/onramp:1',
  ONRAMP_TRAINING_ROLE_ARN: 'arn:aws:iam::111122223333:role/training',
  AWS_REGION: 'eu-west-1',
  AWS_SECRET_ACCESS_KEY: 'secret',
};

test('without an image there are no training jobs', () => {
  const { ONRAMP_TRAINING_IMAGE: _, ...rest } = complete;

  expect(readTrainingJobs(rest)).toBeUndefined();
});

test('a job is told the buckets and the region, and no secret', () => {
  const settings = readTrainingJobs(complete);

  expect(settings).toEqual({
    image: complete.ONRAMP_TRAINING_IMAGE,
    roleArn: complete.ONRAMP_TRAINING_ROLE_ARN,
    instance: 'ml.m5.xlarge',
    bucket: 'artifacts',
    environment: { ONRAMP_DATA_BUCKET: 'data', ONRAMP_ARTIFACT_BUCKET: 'artifacts', AWS_REGION: 'eu-west-1' },
  });
});

test('instance and key are taken where they are given', () => {
  const key = 'arn:aws:kms:eu-west-1:111122223333:key/1';

  const settings = readTrainingJobs({
    ...complete,
    ONRAMP_TRAINING_INSTANCE: 'ml.r5.4xlarge',
    ONRAMP_TRAINING_BUCKET_KEY_ARN: key,
  });

  expect(settings).toMatchObject({ instance: 'ml.r5.4xlarge', keyArn: key });
});

test('bad call: an image without a role, and an instance that is none, are named', () => {
  const wrong = { ...complete, ONRAMP_TRAINING_ROLE_ARN: '', ONRAMP_TRAINING_INSTANCE: 't3.large' };

  expect(() => readTrainingJobs(wrong)).toThrow(
    /ONRAMP_TRAINING_ROLE_ARN is "".*ONRAMP_TRAINING_INSTANCE is "t3.large"/,
  );
});
