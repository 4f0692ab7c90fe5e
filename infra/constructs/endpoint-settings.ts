/** What is said of one SageMaker endpoint in an environment. */
import * as z from 'zod';
import { endpointInput } from '../../lib/contracts/endpoint-input.ts';
import { type EndpointProtocol, endpointProtocols } from '../../lib/contracts/endpoint-models.ts';
import { resourceName } from '../../lib/contracts/names.ts';
import { hubFields, type Preset, presetNames, presets } from './container-presets.ts';
import { type Capacity, capacity, hasGpu } from './endpoint-capacity.ts';
import { idOf } from './ids.ts';

/** An image of a registry of Amazon ECR, which is where SageMaker pulls from. */
export const ecrImage = z
  .string()
  .regex(
    /^\d{12}\.dkr\.ecr\.[\w-]+\.amazonaws\.com(\.cn)?\/[^:@]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/,
    'use an image of Amazon ECR with its tag or digest',
  );

const variantName = z
  .string()
  .regex(/^[a-zA-Z0-9](-?[a-zA-Z0-9]){0,40}$/, 'use up to 41 letters, digits and single "-"');

/** Lower case, as in the ARN of an endpoint, by which rights on it are given. */
const endpointName = z
  .string()
  .regex(/^[a-z0-9](-?[a-z0-9]){0,40}$/, 'use up to 41 lower-case letters, digits and single "-"');

/** One model behind an endpoint: an image of your own, or a preset that brings one along. */
const variantFields = z.strictObject({
  preset: z.enum(presetNames).optional(),
  /** What runs; beside a preset: in place of the image it would bring, a newer one for instance. */
  image: ecrImage.optional(),
  /** Name of the model on Hugging Face's hub, from where its container fetches it. */
  modelId: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'use a name of the hub such as "Qwen/Qwen3-8B"')
    .optional(),
  /** Branch, tag or commit of it. */
  revision: z.string().min(1).optional(),
  /** What a pipeline of Hugging Face is to do, such as `text-classification`. */
  task: z.string().min(1).optional(),
  /** Longest prompt and answer together, in tokens; what is not needed leaves memory for more requests at a time. */
  maxModelTokens: z.int().min(1).optional(),
  /** GPUs that one copy of the model is spread over. */
  gpus: z.int().min(1).max(16).default(1),
  /** `s3://bucket/key.tar.gz`, or `s3://bucket/prefix/` for files as they are. The container finds them in `/opt/ml/model`. */
  modelData: z
    .string()
    .regex(/^s3:\/\/[^/]+\/.+(\.tar\.gz|\/)$/, 'use s3://bucket/key.tar.gz or s3://bucket/prefix/')
    .optional(),
  /** Where Secrets Manager keeps the token for models of the hub that are not for everybody. */
  hubToken: z.strictObject({ secret: z.string().min(1), field: z.string().min(1).optional() }).optional(),
  environment: z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string()).default({}),
  /** Share of the requests, relative to the other variants. */
  weight: z.number().min(0).default(1),
});
export type VariantSettings = z.output<typeof variantFields>;

const variant = variantFields.superRefine((given, { addIssue }) => {
  for (const [field, message] of variantFaults(given)) {
    addIssue({ code: 'custom', path: field.split('.'), message });
  }
});

type Fault = readonly [field: string, message: string];

/** Names of variables that hold tokens: their values would be in the template. */
const secretVariable = /(^|_)(TOKEN|SECRET|PASSWORD|KEY)$/;

function* variantFaults(given: VariantSettings): Iterable<Fault> {
  const { preset: name, image, environment } = given;
  const preset = name === undefined ? undefined : presets[name];
  if (!preset && image === undefined) {
    yield ['preset', `name one (${presetNames.join(', ')}), or an image of your own in "image"`];
  }
  if (preset && preset.image === undefined && image === undefined) {
    yield ['image', `"${name}" needs the image of infra/container in the account's own registry`];
  }
  for (const field of hubFields) {
    if (given[field] !== undefined && !preset?.knows.includes(field)) {
      yield [
        field,
        name === undefined ? 'only presets know what to do with it' : `"${name}" does not know it`,
      ];
    }
  }
  if (
    preset?.knows.includes('modelId') &&
    (given.modelId === undefined) === (given.modelData === undefined)
  ) {
    yield ['modelId', 'give either this or "modelData", and not both'];
  }
  for (const variable of Object.keys(environment)) {
    if (secretVariable.test(variable)) {
      yield [`environment.${variable}`, 'whoever may read the template could read it; use "hubToken"'];
    }
  }
}

const endpointFields = z.strictObject({
  /** Name of the model in the API. */
  model: resourceName,
  /** Name of the endpoint, to which the name of the environment is put; default: that of the model. */
  name: endpointName.optional(),
  /** What the container understands; presets know it. */
  speaks: z.enum(endpointProtocols).optional(),
  /** What the container calls the model, if not by its name in the API; presets teach it that. */
  servedName: z.string().min(1).optional(),
  /** What is done with rows or texts before the container gets them. */
  input: endpointInput.optional(),
  variants: z.record(variantName, variant),
  capacity,
  /** Keeps part of the requests and answers, with whatever people wrote in them, for 30 days. */
  dataCapture: z.strictObject({ percentage: z.int().min(1).max(100) }).optional(),
  /** Seconds from which on answers count as slow: an alarm, if a tenth of five minutes' answers took longer. */
  slowSeconds: z.number().positive().default(30),
});
type EndpointFields = z.output<typeof endpointFields>;

/** One endpoint; its variants share the requests by their weights. */
export const endpointSettings = endpointFields
  .superRefine((given, { addIssue }) => {
    for (const [field, message] of endpointFaults(given)) {
      addIssue({ code: 'custom', path: field.split('.'), message });
    }
  })
  .transform((settings) => ({
    ...settings,
    name: settings.name ?? settings.model.replace(/[._]+/g, '-'),
    // Without a word of it all presets agree, as was checked.
    speaks: settings.speaks ?? spokenBy(settings)[0]!,
  }));
export type EndpointSettings = z.output<typeof endpointSettings>;

/** What the presets of the variants understand, each once. */
const spokenBy = ({ variants }: EndpointFields): EndpointProtocol[] => [
  ...new Set(Object.values(variants).flatMap(({ preset }) => (preset ? [presets[preset].speaks] : []))),
];

function* endpointFaults(given: EndpointFields): Iterable<Fault> {
  const { variants, capacity: size, dataCapture } = given;
  const entries = Object.entries(variants);
  const sleeps = size.kind === 'real-time' && size.scaling?.min === 0;
  const isAlone = sleeps || size.kind !== 'real-time';
  if (entries.length === 0 || (isAlone && entries.length > 1)) {
    yield ['variants', 'name one; only endpoints with instances that are always there can have more'];
  }
  if (new Set(Object.keys(variants).map(idOf)).size < entries.length) {
    yield ['variants', 'two names differ by capitals and hyphens only; give one of them another'];
  }
  if (entries.length > 0 && entries.every(([, { weight }]) => weight === 0)) {
    yield ['variants', 'at least one needs a weight above 0'];
  }
  if (given.speaks === undefined && spokenBy(given).length !== 1) {
    yield ['speaks', `say what the container understands: ${endpointProtocols.join(', ')}`];
  }
  if (dataCapture && (size.kind === 'serverless' || sleeps)) {
    yield ['dataCapture', 'needs an endpoint with instances that are always there, or a queue'];
  }
  for (const [name, one] of entries) {
    for (const [field, message] of placeFaults(one, size)) yield [`variants.${name}.${field}`, message];
  }
}

/** What a variant asks of the machines it is to run on. */
function* placeFaults({ preset: name, image, modelData }: VariantSettings, size: Capacity): Iterable<Fault> {
  const preset: Preset | undefined = name === undefined ? undefined : presets[name];
  const isGpu = size.kind !== 'serverless' && hasGpu(size);
  if (preset?.runsOn === 'gpu' && !isGpu) {
    yield ['preset', `"${name}" needs an instance with a GPU, such as "ml.g5.xlarge"`];
  }
  if (preset?.runsOn === 'cpu' && isGpu && image === undefined) {
    yield ['image', `"${name}" brings an image for instances without GPU; name one that was built for them`];
  }
  if (size.kind === 'serverless' && modelData?.endsWith('/')) {
    yield ['modelData', 'a serverless endpoint takes a .tar.gz file only'];
  }
}
