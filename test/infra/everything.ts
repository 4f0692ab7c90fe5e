/** Settings with everything switched on that can be. */
import type { StageSettings } from '../../infra/config.ts';
import { environments } from '../../infra/environments.ts';

const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1.0';

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
  training: { image },
  endpoints: [
    {
      model: 'large',
      variants: {
        first: { preset: 'onramp', image, modelData: 's3://models/a.tar.gz' },
        second: { preset: 'onramp', image: `${image}.1`, weight: 0.1 },
      },
      capacity: {
        kind: 'real-time',
        instance: 'ml.m5.large',
        scaling: { max: 3, invocationsPerInstanceAndMinute: 600 },
      },
      dataCapture: { percentage: 10 },
    },
    {
      model: 'sentiment',
      variants: {
        only: { preset: 'huggingface', modelId: 'distilbert/distilbert-base', task: 'text-classification' },
      },
      capacity: { kind: 'serverless' },
    },
    {
      model: 'pictures',
      name: 'slow',
      speaks: 'raw',
      variants: { only: { image } },
      capacity: { kind: 'async', instance: 'ml.g5.xlarge', maxInstances: 2, usdPerHour: 1.76 },
    },
    {
      model: 'assistant',
      variants: {
        only: {
          preset: 'vllm',
          modelId: 'Qwen/Qwen3-8B',
          maxModelTokens: 16_384,
          gpus: 4,
          hubToken: { secret: 'hub', field: 'token' },
        },
      },
      capacity: {
        kind: 'real-time',
        instance: 'ml.g5.12xlarge',
        scaling: { min: 0, max: 2, concurrentPerInstance: 8 },
      },
    },
    {
      model: 'writer-2.0',
      variants: {
        only: { preset: 'lmi', modelData: 's3://models/writer/', environment: { OPTION_DTYPE: 'bf16' } },
      },
      capacity: { kind: 'real-time', instance: 'ml.g6.2xlarge', count: 2, diskGb: 200, startSeconds: 3600 },
    },
  ],
  alarmEmail: 'ops@example.com',
  budget: { usdPerMonth: 20, email: 'ops@example.com' },
};
