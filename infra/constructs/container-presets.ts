/** The images that a variant can name by a word: what each is configured by, what it understands, what it needs. */
import type { EndpointProtocol } from '../../lib/contracts/endpoint-models.ts';

/** vLLM and DJL's LMI for language models, Hugging Face's pipelines, and Onramp's own image. */
export const presetNames = ['vllm', 'lmi', 'huggingface', 'onramp'] as const;
export type PresetName = (typeof presetNames)[number];

/** What of a variant only some presets know. */
export const hubFields = ['modelId', 'revision', 'task', 'maxModelTokens', 'hubToken'] as const;
export type HubField = (typeof hubFields)[number];

/** What a container is told of its model. */
export interface ContainerModel {
  /** Name in the API, by which requests ask for it. */
  readonly model: string;
  readonly modelId?: string | undefined;
  readonly revision?: string | undefined;
  readonly task?: string | undefined;
  readonly maxModelTokens?: number | undefined;
  readonly gpus: number;
}

/** One image and how to use it. */
export interface Preset {
  /**
   * `<repository>:<tag>` among AWS's Deep Learning Containers, November 2026; absent where there is none to start from.
   * https://aws.github.io/deep-learning-containers/reference/available_images/
   */
  readonly image?: string;
  readonly speaks: EndpointProtocol;
  /** The fields it knows. */
  readonly knows: readonly HubField[];
  /** Its image works on a GPU, or only without one. */
  readonly runsOn: 'gpu' | 'cpu' | 'any';
  /** The machine image with the driver that its CUDA needs; SageMaker's own choice has an older one. */
  readonly machineImage?: string;
  /** Seconds until the first good ping: weights are fetched and compiled for meanwhile. */
  readonly startSeconds?: number;
  /** The variable that its container reads Hugging Face's token from. */
  readonly tokenVariable?: string;
  readonly environment: (model: ContainerModel) => Readonly<Record<string, string | undefined>>;
}

/** Where SageMaker puts the model data. */
const modelFolder = '/opt/ml/model';

/** NVIDIA's driver 580, which CUDA 13.0 asks for. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html */
const cuda13 = 'al2023-ami-sagemaker-inference-gpu-4-1';

const text = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

export const presets: Readonly<Record<PresetName, Preset>> = {
  /** `SM_VLLM_X_Y` is the flag `--x-y`. https://aws.github.io/deep-learning-containers/vllm/configuration/ */
  vllm: {
    image: 'vllm:server-sagemaker-cuda-v2.6',
    speaks: 'openai',
    knows: ['modelId', 'revision', 'maxModelTokens', 'hubToken'],
    runsOn: 'gpu',
    machineImage: cuda13,
    startSeconds: 1800,
    tokenVariable: 'HF_TOKEN',
    environment: ({ model, modelId = modelFolder, revision, maxModelTokens, gpus }) => ({
      SM_VLLM_HOST: '0.0.0.0',
      SM_VLLM_MODEL: modelId,
      SM_VLLM_REVISION: revision,
      SM_VLLM_SERVED_MODEL_NAME: model,
      SM_VLLM_MAX_MODEL_LEN: text(maxModelTokens),
      SM_VLLM_TENSOR_PARALLEL_SIZE: String(gpus),
    }),
  },
  /** https://docs.djl.ai/master/docs/serving/serving/docs/lmi/user_guides/vllm_user_guide.html */
  lmi: {
    image: 'djl-inference:0.38.0-lmi29.0.0-cu130',
    speaks: 'openai',
    knows: ['modelId', 'revision', 'maxModelTokens', 'hubToken'],
    runsOn: 'gpu',
    machineImage: cuda13,
    startSeconds: 1800,
    tokenVariable: 'HF_TOKEN',
    environment: ({ model, modelId = modelFolder, revision, maxModelTokens, gpus }) => ({
      HF_MODEL_ID: modelId,
      HF_REVISION: revision,
      OPTION_ENTRYPOINT: 'djl_python.lmi_vllm.vllm_async_service',
      OPTION_ASYNC_MODE: 'true',
      OPTION_ROLLING_BATCH: 'disable',
      OPTION_SERVED_MODEL_NAME: model,
      OPTION_MAX_MODEL_LEN: text(maxModelTokens),
      OPTION_TENSOR_PARALLEL_DEGREE: String(gpus),
      // A model that cannot be loaded ends the container, whose log then says why, rather than its time.
      SERVING_FAIL_FAST: 'true',
    }),
  },
  /** https://github.com/aws/sagemaker-huggingface-inference-toolkit */
  huggingface: {
    image: 'huggingface-pytorch-inference:2.6.0-transformers5.5.3-cpu-py312-ubuntu22.04',
    speaks: 'huggingface',
    knows: ['modelId', 'revision', 'task', 'hubToken'],
    // AWS lists one for GPUs too. It was seen not to start in 2026: its NCCL is older than its PyTorch asks for.
    runsOn: 'cpu',
    tokenVariable: 'HF_API_TOKEN',
    environment: ({ modelId, revision, task }) => ({
      HF_MODEL_ID: modelId,
      HF_MODEL_REVISION: revision,
      HF_TASK: task,
    }),
  },
  onramp: { speaks: 'onramp', knows: [], runsOn: 'any', environment: () => ({}) },
};

/** The regions whose images lie in one account. */
const usualAccount = '763104351884';
const usualRegions = [
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];

/**
 * The accounts of AWS whose registries hold its images, by region; those of GovCloud as SageMaker's SDK knows them.
 * https://aws.github.io/deep-learning-containers/reference/region_availability/
 */
const registryAccounts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(usualRegions.map((region) => [region, usualAccount])),
  'af-south-1': '626614931356',
  'ap-east-1': '871362719292',
  'ap-east-2': '975050140332',
  'ap-northeast-3': '364406365360',
  'ap-south-2': '772153158452',
  'ap-southeast-3': '907027046896',
  'ap-southeast-4': '457447274322',
  'ap-southeast-5': '550225433462',
  'ap-southeast-6': '633930458069',
  'ap-southeast-7': '590183813437',
  'ca-west-1': '204538143572',
  'cn-north-1': '727897471807',
  'cn-northwest-1': '727897471807',
  'eu-central-2': '380420809688',
  'eu-south-1': '692866216735',
  'eu-south-2': '503227376785',
  'il-central-1': '780543022126',
  'me-central-1': '914824155844',
  'me-south-1': '217643126080',
  'me-west-1': '124382933778',
  'mx-central-1': '637423239942',
  'us-gov-east-1': '446045086412',
  'us-gov-west-1': '442386744353',
};

/** The address of one of AWS's images in a region; `null` where nobody knows the registry. */
export function registryImage(image: string, region: string): string | null {
  const account = registryAccounts[region];
  if (account === undefined) return null;
  const suffix = region.startsWith('cn-') ? '.cn' : '';
  return `${account}.dkr.ecr.${region}.amazonaws.com${suffix}/${image}`;
}
