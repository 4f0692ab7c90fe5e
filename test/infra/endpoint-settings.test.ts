import { describe, expect, it, test } from 'vitest';
import { type StageSettings, stageConfig } from '../../infra/config.ts';
import { presets, registryImage } from '../../infra/constructs/container-presets.ts';
import { imageOf, productionVariant } from '../../infra/constructs/endpoint-variant.ts';
import { endpointModelsText } from '../../infra/endpoint-models.ts';

const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/onramp:1';
const gpu = { kind: 'real-time', instance: 'ml.g5.xlarge' } as const;
const chat = { preset: 'vllm', modelId: 'Qwen/Qwen3-8B' } as const;

type Endpoint = NonNullable<StageSettings['endpoints']>[number];
const assistant: Endpoint = { model: 'assistant', variants: { only: chat }, capacity: gpu };

/** The settings of one endpoint in Frankfurt, filled in. */
const settle = (endpoint: Endpoint, others: StageSettings = {}) =>
  stageConfig({ dev: { region: 'eu-central-1', ...others, endpoints: [endpoint] } }, 'dev').endpoints[0]!;

describe('an endpoint', () => {
  it('is named for its model, and speaks what its preset speaks', () => {
    const { name, speaks } = settle({ ...assistant, model: 'qwen_3.8b' });

    expect({ name, speaks }).toEqual({ name: 'qwen-3-8b', speaks: 'openai' });
  });

  it('runs the image of its preset, or a newer one that is named beside it', () => {
    const newer = '763104351884.dkr.ecr.eu-central-1.amazonaws.com/vllm:server-sagemaker-cuda-v3.0';
    const first = settle(assistant).variants.only!;
    const second = settle({ ...assistant, variants: { only: { ...chat, image: newer } } }).variants.only!;

    expect(imageOf(first, 'us-east-1')).toBe(
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v2.6',
    );
    expect(imageOf(second, 'us-east-1')).toBe(newer);
  });

  it('has the drivers that are asked for, before those that its preset needs', () => {
    const machineImage = 'al2-ami-sagemaker-inference-gpu-3-1';
    const { capacity, variants } = settle({ ...assistant, capacity: { ...gpu, machineImage } });

    expect(productionVariant(capacity, variants.only!).inferenceAmiVersion).toBe(machineImage);
  });

  it.each(['ml.g4dn.xlarge', 'ml.g6e.12xlarge', 'ml.p5.48xlarge', 'ml.p6-b200.48xlarge'])(
    'of a language model takes the GPUs of %s',
    (instance) => {
      expect(settle({ ...assistant, capacity: { kind: 'real-time', instance } }).capacity).toMatchObject({
        instance,
      });
    },
  );

  it('leaves time-outs and drivers to SageMaker where nobody knows better', () => {
    const { capacity, variants } = settle({
      ...{ model: 'heart', speaks: 'onramp' },
      variants: { only: { image } },
      capacity: { kind: 'real-time', instance: 'ml.m5.large' },
    });

    expect(productionVariant(capacity, variants.only!)).toEqual({
      instanceType: 'ml.m5.large',
      initialInstanceCount: 1,
      routingConfig: { routingStrategy: 'LEAST_OUTSTANDING_REQUESTS' },
    });
  });
});

describe('AWS’s images', () => {
  it.each([
    ['eu-central-1', '763104351884.dkr.ecr.eu-central-1.amazonaws.com'],
    ['eu-central-2', '380420809688.dkr.ecr.eu-central-2.amazonaws.com'],
    ['ap-southeast-7', '590183813437.dkr.ecr.ap-southeast-7.amazonaws.com'],
    ['cn-north-1', '727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', '442386744353.dkr.ecr.us-gov-west-1.amazonaws.com'],
    ['us-gov-east-1', '446045086412.dkr.ecr.us-gov-east-1.amazonaws.com'],
  ])('of %s come from the registry of that region', (region, registry) => {
    expect(registryImage('vllm:1', region)).toBe(`${registry}/vllm:1`);
  });

  it('call a model by its name in the API, so that requests need no other', () => {
    const told = { model: 'assistant', modelId: 'Qwen/Qwen3-8B', maxModelTokens: 8192, gpus: 4 };

    expect(presets.vllm.environment(told)).toMatchObject({
      SM_VLLM_MODEL: 'Qwen/Qwen3-8B',
      SM_VLLM_SERVED_MODEL_NAME: 'assistant',
      SM_VLLM_MAX_MODEL_LEN: '8192',
      SM_VLLM_TENSOR_PARALLEL_SIZE: '4',
    });
    expect(presets.lmi.environment(told)).toMatchObject({
      HF_MODEL_ID: 'Qwen/Qwen3-8B',
      OPTION_SERVED_MODEL_NAME: 'assistant',
      OPTION_MAX_MODEL_LEN: '8192',
      OPTION_TENSOR_PARALLEL_DEGREE: '4',
    });
  });

  it('read a model that is not of the hub where SageMaker puts it', () => {
    const told = { model: 'assistant', gpus: 1 };

    expect(presets.vllm.environment(told).SM_VLLM_MODEL).toBe('/opt/ml/model');
    expect(presets.lmi.environment(told).HF_MODEL_ID).toBe('/opt/ml/model');
    expect(presets.huggingface.environment(told).HF_MODEL_ID).toBeUndefined();
  });
});

describe('the price that functions are told of', () => {
  const priceIn = (region: string | undefined, capacity: Endpoint['capacity']): unknown => {
    const config = stageConfig(
      { dev: { ...(region && { region }), endpoints: [{ ...onOwnImage, capacity }] } },
      'dev',
    );
    const [settings] = config.endpoints;
    return JSON.parse(endpointModelsText(config, [{ settings: settings!, name: 'a', component: undefined }]))
      .assistant.usdPerHour;
  };
  const onOwnImage = { ...assistant, variants: { only: { image, preset: 'onramp' as const } } };

  it.each([
    ['that of the table', 'us-east-1', gpu, 1.408],
    ['that of the settings, where there is one', 'us-east-1', { ...gpu, usdPerHour: 0.9 }, 0.9],
    ['none where the table has none', 'eu-central-1', gpu, undefined],
    ['none where nobody says the region', undefined, gpu, undefined],
    ['none of what is paid by the request', 'us-east-1', { kind: 'serverless' } as const, undefined],
  ])('is %s', (_, region, capacity, usd) => {
    expect(priceIn(region, capacity)).toBe(usd);
  });
});

/** One endpoint, and the words by which it must be refused. */
const refused: readonly [string, Record<string, unknown>, RegExp][] = [
  ['a name that is no model', { model: 'Chat' }, /endpoints\.0\.model: use 1 to 63 lower-case/],
  ['neither preset nor image', { variants: { only: {} } }, /variants\.only\.preset: name one \(vllm, lmi/],
  ['an unknown preset', { variants: { only: { preset: 'tgi' } } }, /variants\.only\.preset: Invalid option/],
  [
    'an image of another registry',
    { variants: { only: { ...chat, image: 'vllm/vllm-openai:latest' } } },
    /variants\.only\.image: use an image of Amazon ECR/,
  ],
  [
    'our own container without its image',
    { variants: { only: { preset: 'onramp' } } },
    /image: "onramp" needs the image of infra\/container/,
  ],
  ['a preset without a model', { variants: { only: { preset: 'vllm' } } }, /modelId: give either this or/],
  [
    'a model from two places',
    { variants: { only: { ...chat, modelData: 's3://models/a/' } } },
    /modelId: give either this or "modelData", and not both/,
  ],
  [
    'a field that the preset does not know',
    { variants: { only: { ...chat, task: 'summarization' } } },
    /variants\.only\.task: "vllm" does not know it/,
  ],
  [
    'a field of presets beside an image',
    { speaks: 'raw', variants: { only: { image, modelId: 'a/b' } } },
    /variants\.only\.modelId: only presets know/,
  ],
  ['an image that speaks nothing', { variants: { only: { image } } }, /speaks: say what the container under/],
  [
    'variants of which one does not speak like the other',
    { variants: { a: chat, b: { preset: 'onramp', image } } },
    /speaks: say what/,
  ],
  [
    'a token in plain sight',
    { variants: { only: { ...chat, environment: { HF_TOKEN: 'hf_abc' } } } },
    /environment\.HF_TOKEN: whoever may read the template could read it; use "hubToken"/,
  ],
  [
    'a language model without a GPU',
    { capacity: { kind: 'real-time', instance: 'ml.m5.large' } },
    /preset: "vllm" needs an instance with a GPU/,
  ],
  [
    'a language model on a processor that is no GPU',
    { capacity: { kind: 'real-time', instance: 'ml.inf2.xlarge' } },
    /preset: "vllm" needs an instance with a GPU/,
  ],
  [
    'a language model on a serverless endpoint',
    { capacity: { kind: 'serverless' } },
    /preset: "vllm" needs an instance with a GPU/,
  ],
  [
    'a pipeline on a GPU without an image for it',
    { variants: { only: { preset: 'huggingface', modelId: 'a/b' } } },
    /image: "huggingface" brings an image for instances without GPU/,
  ],
  [
    'files that a serverless endpoint cannot take',
    {
      variants: { only: { preset: 'onramp', image, modelData: 's3://a/b/' } },
      capacity: { kind: 'serverless' },
    },
    /modelData: a serverless endpoint takes a \.tar\.gz/,
  ],
  [
    'two variants of which no instance need be there',
    {
      variants: { a: chat, b: chat },
      capacity: { ...gpu, scaling: { min: 0, max: 2, concurrentPerInstance: 8 } },
    },
    /variants: name one/,
  ],
  [
    'two variants whose resources would have one name',
    { variants: { 'v-1': chat, v1: chat } },
    /variants: two names differ by capitals and hyphens only/,
  ],
  ['weights that leave nothing', { variants: { a: { ...chat, weight: 0 } } }, /at least one needs a weight/],
  [
    'capture of what may have no instance',
    {
      dataCapture: { percentage: 10 },
      capacity: { ...gpu, scaling: { min: 0, max: 2, concurrentPerInstance: 8 } },
    },
    /dataCapture: needs an endpoint with instances/,
  ],
  [
    'scaling by nothing',
    { capacity: { ...gpu, scaling: { max: 2 } } },
    /scaling\.concurrentPerInstance: give either this or/,
  ],
  [
    'fewer instances at the most than at the start',
    { capacity: { ...gpu, count: 3, scaling: { max: 2, concurrentPerInstance: 8 } } },
    /scaling\.max: is 2, below the instances/,
  ],
  [
    'a queue with fewer instances at the most than at the least',
    { capacity: { kind: 'async', instance: 'ml.g5.xlarge', minInstances: 2 } },
    /capacity\.maxInstances: is 1, below/,
  ],
  [
    'a name that is too long with that of the stage',
    { model: `a${'b'.repeat(60)}` },
    /is no name of an endpoint/,
  ],
  ['a name that ends by a hyphen', { model: 'a-' }, /"onramp-dev-a-" is no name of an endpoint/],
];

test.each(refused)('bad call: %s is named', (_, changes, words) => {
  expect(() => settle({ ...assistant, ...changes } as Endpoint)).toThrow(words);
});

test('bad call: a preset without a region is refused, as its image lies in one', () => {
  expect(() => stageConfig({ dev: { endpoints: [assistant] } }, 'dev')).toThrow(
    'Environment "dev": endpoints.0: variants: the images of presets lie in the registry of a region; set "region".',
  );
});

test('bad call: a preset in a region whose registry nobody knows asks for an image', () => {
  const elsewhere = { region: 'us-iso-east-1' };
  const named = settle({ ...assistant, variants: { only: { ...chat, image } } }, elsewhere);

  expect(() => settle(assistant, elsewhere)).toThrow(
    'Environment "dev": endpoints.0: variants.only.image: no registry of AWS is known for us-iso-east-1; ' +
      "name the preset's image in a registry of your own there.",
  );
  expect(imageOf(named.variants.only!, 'us-iso-east-1')).toBe(image);
});

test.each([
  ['models of one name', 'assistant', /model: there is another "assistant"/],
  ['models whose endpoints would have one name', 'assis.tant', /name: "assis-tant" is too like "assis-tant"/],
  ['names that differ by a hyphen before a digit', 'assis-tant2', /"assis-tant2" is too like "assis-tant-2"/],
])('bad call: two %s are refused', (_, other, words) => {
  const first = {
    ...assistant,
    model: { assistant: 'assistant', 'assis-tant2': 'assis-tant-2' }[other] ?? 'assis-tant',
  };
  const endpoints = [first, { ...assistant, model: other }];

  expect(() => stageConfig({ dev: { region: 'eu-central-1', endpoints } }, 'dev')).toThrow(words);
});

test('bad call: an endpoint and a variant that together read like another two are refused, as their alarms would', () => {
  const endpoints = [
    { ...assistant, model: 'a', variants: { 'b-c': chat } },
    { ...assistant, model: 'a-b', variants: { c: chat } },
  ];

  expect(() => stageConfig({ dev: { region: 'eu-central-1', endpoints } }, 'dev')).toThrow(
    'endpoints.1: name: "a-b" is too like "a"',
  );
});
