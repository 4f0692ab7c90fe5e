/** The SageMaker endpoints of an environment, as its settings list them, and the functions that ask them. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { StageConfig } from '../config.ts';
import { imageRights } from '../constructs/ecr-image.ts';
import type { EndpointSettings } from '../constructs/endpoint-settings.ts';
import { imageOf } from '../constructs/endpoint-variant.ts';
import { ModelEndpoint } from '../constructs/model-endpoint.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import type { Right } from '../constructs/rights.ts';
import { endpointModelsText } from '../endpoint-models.ts';
import { callRights, type FunctionRights, queueRights } from '../function-rights.ts';
import type { FunctionName } from '../function-settings.ts';
import { type FunctionTable, letAsk } from './functions.ts';
import type { Storage } from './storage.ts';

/** What the endpoints are made of, and who asks them. */
export interface EndpointsProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly functions: FunctionTable;
}

type Reader = Exclude<FunctionName, 'authorize'>;

/** Functions that are told of the models behind endpoints, and in which ways they ask them. */
const readers: Readonly<Partial<Record<Reader, readonly ('at once' | 'by queue')[]>>> = {
  predict: ['at once', 'by queue'],
  generate: ['at once', 'by queue'],
  control: ['by queue'],
  call: ['at once'],
  batch: ['by queue'],
  import: [],
  meter: [],
};

/** One endpoint for each entry of the list; none by default. */
export class Endpoints extends Construct {
  readonly endpoints: readonly ModelEndpoint[];

  constructor(scope: Construct, id: string, { config, storage, functions }: EndpointsProps) {
    super(scope, id);
    const { bucketName } = storage.artifacts.bucket;
    this.endpoints = config.endpoints.map((settings) => {
      const name = nameIn(this, settings.name);
      const places = {
        storage,
        inputs: artifactKeys.endpointInput(name, ''),
        answers: `${artifactKeys.endpointAnswers()}${name}/`,
        captures: `${artifactKeys.endpointCaptures()}${name}/`,
      };
      const made = new ModelEndpoint(this, idOf(settings.name), {
        ...{ settings, config },
        answersUri: `s3://${bucketName}/${places.answers}`,
        capturesUri: `s3://${bucketName}/${places.captures}`,
        keyArn: storage.key?.keyArn,
        rights: hostRights(this, settings, places),
      });
      new CfnOutput(this, `Name${idOf(settings.name)}`, { value: made.name });
      return made;
    });
    if (this.endpoints.length === 0) return;
    const variables = { [environmentNames.endpoints]: endpointModelsText(config, this.endpoints) };
    for (const [name, ways] of Object.entries(readers)) {
      const rights = this.endpoints.flatMap((one) => callerRights(this, one, ways));
      functions[name as Reader]?.bind(variables, rights);
    }
    const letStore = (table: Readonly<Partial<Record<Reader, FunctionRights>>>): void => {
      for (const [name, rights] of Object.entries(table)) {
        for (const right of storage.rights(rights)) functions[name as Reader]?.allow(right);
      }
    };
    if (!this.endpoints.every(hasQueue)) letStore(callRights);
    if (!this.endpoints.some(hasQueue)) return;
    // What is uploaded for jobs may have to be prepared.
    letAsk(functions.control, functions.prepare);
    letStore(queueRights);
  }
}

const hasQueue = ({ settings }: ModelEndpoint): boolean => settings.capacity.kind === 'async';

/** The right to ask one endpoint, if it can be asked in one of these ways. */
function callerRights(
  scope: Construct,
  endpoint: ModelEndpoint,
  ways: readonly ('at once' | 'by queue')[],
): Right[] {
  const { name, component } = endpoint;
  const arn = (resource: string): string =>
    Stack.of(scope).formatArn({ service: 'sagemaker', resource, resourceName: name });
  const resources = [arn('endpoint'), ...(component === undefined ? [] : [arn('inference-component')])];
  if (!ways.includes(hasQueue(endpoint) ? 'by queue' : 'at once')) return [];
  return hasQueue(endpoint)
    ? [{ actions: ['sagemaker:InvokeEndpointAsync'], resources }]
    : [{ actions: ['sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'], resources }];
}

interface Places {
  readonly storage: Storage;
  /** Prefixes in the bucket of artifacts. */
  readonly inputs: string;
  readonly answers: string;
  readonly captures: string;
}

/** What the role of an endpoint may do. */
function hostRights(
  scope: Construct,
  { variants, capacity, dataCapture }: EndpointSettings,
  { storage, inputs, answers, captures }: Places,
): Right[] {
  const { region } = Stack.of(scope);
  const all = Object.values(variants);
  const pulls = new Map(
    all
      .flatMap((variant) => imageRights(scope, imageOf(variant, region)))
      .map((right) => [right.resources.join(), right]),
  );
  return [
    ...all.flatMap(({ modelData }) =>
      modelData === undefined ? [] : modelRights(scope, modelData, storage),
    ),
    ...(capacity.kind === 'async'
      ? storage.artifacts.rights({ read: [`${inputs}*`], write: [`${answers}*`] })
      : []),
    ...(dataCapture ? storage.artifacts.rights({ write: [`${captures}*`] }) : []),
    ...pulls.values(),
    {
      actions: ['cloudwatch:PutMetricData'],
      resources: ['*'],
      conditions: { StringLike: { 'cloudwatch:namespace': '/aws/sagemaker/*' } },
      reason: 'Metrics have no ARN; the condition names the namespaces of SageMaker.',
    },
  ];
}

/** The right to read what a model is made of: one file, or all below a prefix. */
function modelRights(scope: Construct, modelData: string, { key }: Storage): Right[] {
  const { partition } = Stack.of(scope);
  const arn = `arn:${partition}:s3:::${modelData.slice('s3://'.length)}`;
  // Model data may lie in a bucket of this environment, which has its own key.
  const decrypt: Right[] = key ? [{ actions: ['kms:Decrypt'], resources: [key.keyArn] }] : [];
  if (!arn.endsWith('/')) return [{ actions: ['s3:GetObject'], resources: [arn] }, ...decrypt];
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(modelData) ?? [];
  return [
    {
      actions: ['s3:GetObject'],
      resources: [`${arn}*`],
      reason: 'The files of a model that is not packed have names that their makers chose.',
    },
    {
      actions: ['s3:ListBucket'],
      resources: [`arn:${partition}:s3:::${bucket}`],
      conditions: { StringLike: { 's3:prefix': `${prefix}*` } },
    },
    ...decrypt,
  ];
}
