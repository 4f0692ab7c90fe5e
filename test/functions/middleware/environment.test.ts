import { describe, expect, it } from 'vitest';
import { readEnvironment, readScheduleEnvironment } from '../../../functions/middleware/index.ts';

describe('readEnvironment', () => {
  it('reads the two buckets', () => {
    const environment = readEnvironment({
      ONRAMP_DATA_BUCKET: 'data-1',
      ONRAMP_ARTIFACT_BUCKET: 'artifacts-1',
      PATH: '',
    });

    expect(environment).toEqual({ dataBucket: 'data-1', artifactBucket: 'artifacts-1' });
  });

  it('reads the model that is asked where none is named', () => {
    const buckets = { ONRAMP_DATA_BUCKET: 'data-1', ONRAMP_ARTIFACT_BUCKET: 'artifacts-1' };

    expect(readEnvironment({ ...buckets, ONRAMP_MODEL: 'heart' }).defaultModel).toBe('heart');
    expect(() => readEnvironment({ ...buckets, ONRAMP_MODEL: 'Heart!' })).toThrow(
      /ONRAMP_MODEL is "Heart!", which is not the name of a model/,
    );
  });

  it('bad call: names every variable that is missing or malformed', () => {
    expect(() => readEnvironment({ ONRAMP_ARTIFACT_BUCKET: 'Not A Bucket' })).toThrow(
      /ONRAMP_DATA_BUCKET is not set.*ONRAMP_ARTIFACT_BUCKET is "Not A Bucket"/,
    );
  });

  it('bad call: one bucket for both, as outputs would trigger work again', () => {
    const variables = { ONRAMP_DATA_BUCKET: 'same', ONRAMP_ARTIFACT_BUCKET: 'same' };

    expect(() => readEnvironment(variables)).toThrow(/must differ/);
  });
});

describe('readScheduleEnvironment', () => {
  const variables = {
    ONRAMP_SCHEDULE_GROUP: 'onramp',
    ONRAMP_SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/service/schedules',
    ONRAMP_EVALUATE_QUEUE_ARN: 'arn:aws-cn:sqs:cn-north-1:123456789012:evaluate',
  };

  it('reads where schedules are kept and what they wake', () => {
    expect(readScheduleEnvironment(variables)).toEqual({
      group: 'onramp',
      roleArn: 'arn:aws:iam::123456789012:role/service/schedules',
      queueArn: 'arn:aws-cn:sqs:cn-north-1:123456789012:evaluate',
    });
  });

  it('bad call: names every variable that is missing or malformed', () => {
    expect(() => readScheduleEnvironment({ ONRAMP_SCHEDULE_ROLE_ARN: 'schedules' })).toThrow(
      /ONRAMP_SCHEDULE_GROUP is not set.*ONRAMP_SCHEDULE_ROLE_ARN is "schedules", which is not the ARN of a role.*ONRAMP_EVALUATE_QUEUE_ARN is not set/,
    );
  });
});
