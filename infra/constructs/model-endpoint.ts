/** A SageMaker endpoint with its models: always on, asleep between requests, or with a queue before it. */
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEndpoint, CfnEndpointConfig, CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { EndpointSettings } from './endpoint-settings.ts';
import { idOf, nameIn } from './names.ts';
import { allow, type Right } from './rights.ts';
import { VariantScaling } from './variant-scaling.ts';

/** What an endpoint needs beside its settings. */
export interface ModelEndpointProps {
  readonly settings: EndpointSettings;
  /** `s3://bucket/prefix/` where the answers of an asynchronous endpoint go. */
  readonly answersUri: string;
  /** To read the models, write the answers, pull the images and write logs. */
  readonly rights: readonly Right[];
}

/**
 * An endpoint with one model for each of its variants. A real-time endpoint grows with its load where `scaling` says so;
 * an asynchronous one goes down to no instance at all when its queue is empty.
 *
 * @example
 * new ModelEndpoint(this, 'Heart', { settings, answersUri: 's3://bucket/endpoint-answers/heart/', rights });
 */
export class ModelEndpoint extends Construct {
  readonly endpoint: CfnEndpoint;

  constructor(scope: Construct, id: string, { settings, answersUri, rights }: ModelEndpointProps) {
    super(scope, id);
    const { name, variants, capacity } = settings;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });
    for (const right of rights) allow(role, right);
    const productionVariants = Object.entries(variants).map(([variantName, variant]) => {
      const { image, modelData: modelDataUrl, environment, weight } = variant;
      const model = new CfnModel(this, `Model${idOf(variantName)}`, {
        executionRoleArn: role.roleArn,
        primaryContainer: { image, environment, ...(modelDataUrl !== undefined && { modelDataUrl }) },
      });
      // A model is made only when its role may read what it is made of.
      model.node.addDependency(role);
      return {
        variantName,
        modelName: model.attrModelName,
        initialVariantWeight: weight,
        ...sizeOf(capacity),
      };
    });
    const config = new CfnEndpointConfig(this, 'Config', {
      productionVariants,
      ...(capacity.kind === 'async' && {
        asyncInferenceConfig: {
          outputConfig: { s3OutputPath: answersUri },
          clientConfig: { maxConcurrentInvocationsPerInstance: capacity.concurrentPerInstance },
        },
      }),
    });
    this.endpoint = new CfnEndpoint(this, 'Endpoint', {
      endpointName: nameIn(this, name),
      endpointConfigName: config.attrEndpointConfigName,
    });
    for (const variantName of Object.keys(variants)) this.#scale(variantName, capacity);
  }

  #scale(variantName: string, capacity: EndpointSettings['capacity']): void {
    if (capacity.kind === 'serverless' || (capacity.kind === 'real-time' && !capacity.scaling)) return;
    const scaling = new VariantScaling(this, `Scaling${idOf(variantName)}`, {
      endpointName: this.endpoint.attrEndpointName,
      variantName,
      capacity,
    });
    scaling.node.addDependency(this.endpoint);
  }
}

/** The size of a variant in its endpoint's configuration. */
function sizeOf(
  capacity: EndpointSettings['capacity'],
): Partial<CfnEndpointConfig.ProductionVariantProperty> {
  return capacity.kind === 'serverless'
    ? { serverlessConfig: { memorySizeInMb: capacity.memoryMb, maxConcurrency: capacity.maxConcurrency } }
    : { instanceType: capacity.instance, initialInstanceCount: capacity.count };
}
