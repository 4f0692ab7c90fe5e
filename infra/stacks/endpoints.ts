/** The SageMaker endpoints of an environment, as its settings list them. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import type { EndpointSettings } from '../constructs/endpoint-settings.ts';
import { ModelEndpoint } from '../constructs/model-endpoint.ts';
import { idOf, nameIn } from '../constructs/names.ts';
import { logRight, type Right } from '../constructs/rights.ts';
import type { Storage } from './storage.ts';
import { imageRights } from './training.ts';

/** Below here in the bucket of artifacts lie the answers of asynchronous endpoints. */
const answersPrefix = 'endpoint-answers/';

/** One endpoint for each entry of the list; none by default. */
export class Endpoints extends Construct {
  constructor(
    scope: Construct,
    id: string,
    props: { readonly config: StageConfig; readonly storage: Storage },
  ) {
    super(scope, id);
    const { config, storage } = props;
    for (const settings of config.endpoints) {
      const prefix = `${answersPrefix}${settings.name}/`;
      const { endpoint } = new ModelEndpoint(this, idOf(settings.name), {
        settings,
        answersUri: `s3://${storage.artifacts.bucket.bucketName}/${prefix}`,
        rights: rightsOf(this, settings, { storage, prefix }),
      });
      new CfnOutput(this, `Name${idOf(settings.name)}`, { value: endpoint.attrEndpointName });
    }
  }
}

function rightsOf(
  scope: Construct,
  { name, variants, capacity }: EndpointSettings,
  { storage, prefix }: { readonly storage: Storage; readonly prefix: string },
): Right[] {
  const { partition } = Stack.of(scope);
  const images = [...new Set(Object.values(variants).map(({ image }) => image))];
  const files = Object.values(variants).flatMap(({ modelData }) =>
    modelData === undefined ? [] : [`arn:${partition}:s3:::${modelData.slice('s3://'.length)}`],
  );
  const pulls = new Map(
    images.flatMap((image) => imageRights(scope, image)).map((right) => [right.resources.join(), right]),
  );
  return [
    ...(files.length > 0 ? [{ actions: ['s3:GetObject'], resources: files }] : []),
    ...(capacity.kind === 'async' ? storage.artifacts.rights({ write: [`${prefix}*`] }) : []),
    ...pulls.values(),
    logRight(
      scope,
      `/aws/sagemaker/Endpoints/${nameIn(scope, name)}*`,
      'SageMaker names the log streams of an endpoint itself.',
    ),
  ];
}
