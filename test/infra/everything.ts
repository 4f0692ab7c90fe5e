/** Settings with everything switched on that can be. */
import type { StageSettings } from '../../infra/config.ts';
import { environments } from '../../infra/environments.ts';

export const everything: StageSettings = {
  ...environments.prod!,
  account: '111122223333',
  region: 'eu-central-1',
  tags: { team: 'heart' },
  defaultModel: 'heart',
  access: {
    kind: 'keys',
    plans: {
      small: { requestsPerSecond: 1, burst: 2, requestsPerMonth: 1000 },
      large: { requestsPerSecond: 50, burst: 100, requestsPerMonth: 5_000_000 },
    },
    keys: {
      admin: { plan: 'large', scopes: ['read', 'manage', 'predict'], models: ['*'] },
      'team-a': { plan: 'small', scopes: ['predict'], models: ['team-a-*', 'heart'] },
    },
  },
  api: {
    firewall: true,
    binaryBodies: 'all',
    domain: {
      name: 'predict.example.com',
      certificateArn:
        'arn:aws:acm:eu-central-1:111122223333:certificate/0b9a1c7e-5d52-4f2e-9a51-6f3f0c1d2e3f',
    },
  },
  functions: { train: { memoryMb: 10_240, reservedConcurrency: 3 } },
  training: { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.0' },
  endpoints: [
    {
      name: 'large',
      variants: {
        first: {
          image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.0',
          modelData: 's3://models/a.tar.gz',
        },
        second: { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.1', weight: 0.1 },
      },
      capacity: { kind: 'real-time', instance: 'ml.m5.large', scaling: { max: 3 } },
    },
    {
      name: 'rare',
      variants: { only: { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.0' } },
      capacity: { kind: 'serverless' },
    },
    {
      name: 'slow',
      variants: { only: { image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.0' } },
      capacity: { kind: 'async', instance: 'ml.g5.xlarge' },
    },
  ],
  alarmEmail: 'ops@example.com',
  budget: { usdPerMonth: 20, email: 'ops@example.com' },
};
