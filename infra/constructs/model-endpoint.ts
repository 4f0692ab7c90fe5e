/** A SageMaker endpoint with its models: always on, asleep between requests, or with a queue before it. */
import { RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnEndpoint, CfnEndpointConfig, CfnInferenceComponent, CfnModel } from 'aws-cdk-lib/aws-sagemaker';
import { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';
import { presets } from './container-presets.ts';
import { hasGpu, rangeOf } from './endpoint-capacity.ts';
import { EndpointScaling } from './endpoint-scaling.ts';
import type { EndpointSettings, VariantSettings } from './endpoint-settings.ts';
import { imageOf, productionVariant, startupOf } from './endpoint-variant.ts';
import { idOf, nameIn } from './names.ts';
import { allow, type Right } from './rights.ts';

/** What an endpoint needs beside its settings. */
export interface ModelEndpointProps {
  readonly settings: EndpointSettings;
  readonly config: StageConfig;
  /** `s3://bucket/prefix/` where the answers of an asynchronous endpoint go. */
  readonly answersUri: string;
  /** `s3://bucket/prefix/` where captured requests and answers go. */
  readonly capturesUri: string;
  /** Encrypts both; absent: the key of the bucket's own choice. */
  readonly keyArn?: string | undefined;
  /** To read the models, write the answers, pull the images. */
  readonly rights: readonly Right[];
}

/**
 * An endpoint with one model for each of its variants. Where no instance is to be left when nobody asks, the model is
 * hosted as an inference component, which SageMaker asks for: requests then have to name it.
 *
 * @example
 * new ModelEndpoint(this, 'Heart', { settings, config, answersUri, capturesUri, rights });
 */
export class ModelEndpoint extends Construct {
  readonly settings: EndpointSettings;
  /** Name of the endpoint. */
  readonly name: string;
  /** Name of the inference component, if the model is hosted as one. */
  readonly component: string | undefined;
  readonly #props: ModelEndpointProps;
  readonly #role: Role;

  constructor(scope: Construct, id: string, props: ModelEndpointProps) {
    super(scope, id);
    const { settings, rights } = props;
    const { name, variants, capacity } = settings;
    this.#props = props;
    this.settings = settings;
    this.name = nameIn(this, name);
    this.component = rangeOf(capacity)?.min === 0 && capacity.kind === 'real-time' ? this.name : undefined;
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sagemaker.amazonaws.com') });
    for (const right of [...rights, ...this.#logs()]) allow(this.#role, right);
    const models = Object.entries(variants).map(
      ([variantName, variant]) => [variantName, this.#model(variantName, variant)] as const,
    );
    const endpoint = this.#endpoint(models);
    for (const [variantName, model] of models) {
      const hosted = this.component === undefined ? endpoint : this.#component(variantName, model, endpoint);
      if (!scales(capacity)) continue;
      const scaling = new EndpointScaling(this, `Scaling${idOf(variantName)}`, {
        ...{ endpointName: this.name, variantName, componentName: this.component },
        capacity,
      });
      scaling.node.addDependency(hosted);
    }
  }

  /** SageMaker would make the groups of its logs itself, and keep their lines for ever. */
  #logs(): Right[] {
    const { logs } = this.#props.config;
    const names = [
      `/aws/sagemaker/Endpoints/${this.name}`,
      ...(this.component === undefined ? [] : [`/aws/sagemaker/InferenceComponents/${this.component}`]),
    ];
    return names.map((logGroupName, index) => {
      const group = new LogGroup(this, index === 0 ? 'Log' : 'ComponentLog', {
        logGroupName,
        retention: logs.retentionDays as RetentionDays,
        // What is left of one would be in the way of the next endpoint of this name.
        removalPolicy: RemovalPolicy.DESTROY,
      });
      return {
        // The group is there, but SageMaker asks for it before it looks.
        actions: [
          'logs:CreateLogGroup',
          'logs:CreateLogStream',
          'logs:DescribeLogStreams',
          'logs:PutLogEvents',
        ],
        resources: [group.logGroupArn],
      };
    });
  }

  #model(variantName: string, variant: VariantSettings): CfnModel {
    const { settings } = this.#props;
    const preset = variant.preset && presets[variant.preset];
    const { modelData } = variant;
    const model = new CfnModel(this, `Model${idOf(variantName)}`, {
      executionRoleArn: this.#role.roleArn,
      primaryContainer: {
        image: imageOf(variant, Stack.of(this).region),
        environment: {
          ...given(preset?.environment({ ...variant, model: settings.model }) ?? {}),
          ...(variant.hubToken &&
            preset?.tokenVariable && { [preset.tokenVariable]: tokenOf(variant.hubToken) }),
          ...variant.environment,
        },
        ...(modelData?.endsWith('.tar.gz') && { modelDataUrl: modelData }),
        ...(modelData?.endsWith('/') && {
          modelDataSource: {
            s3DataSource: { s3Uri: modelData, s3DataType: 'S3Prefix', compressionType: 'None' },
          },
        }),
      },
    });
    // A model is made only when its role may read what it is made of.
    model.node.addDependency(this.#role);
    return model;
  }

  #endpoint(models: readonly (readonly [string, CfnModel])[]): CfnEndpoint {
    const { settings, answersUri, capturesUri, keyArn } = this.#props;
    const { capacity, dataCapture, variants } = settings;
    const kmsKeyId = keyArn !== undefined && { kmsKeyId: keyArn };
    const config = new CfnEndpointConfig(this, 'Config', {
      ...(this.component !== undefined && { executionRoleArn: this.#role.roleArn }),
      productionVariants: models.map(([variantName, model]) => ({
        variantName,
        ...(this.component === undefined && {
          modelName: model.attrModelName,
          initialVariantWeight: variants[variantName]!.weight,
        }),
        ...productionVariant(capacity, variants[variantName]!),
      })),
      ...(capacity.kind === 'async' && {
        asyncInferenceConfig: {
          outputConfig: {
            s3OutputPath: answersUri,
            // Without it, nobody would be told what went wrong.
            s3FailurePath: `${answersUri}failures/`,
            ...kmsKeyId,
          },
          clientConfig: { maxConcurrentInvocationsPerInstance: capacity.concurrentPerInstance },
        },
      }),
      ...(dataCapture && {
        dataCaptureConfig: {
          ...{ enableCapture: true, initialSamplingPercentage: dataCapture.percentage },
          ...{ destinationS3Uri: capturesUri, ...kmsKeyId },
          captureOptions: [{ captureMode: 'Input' }, { captureMode: 'Output' }],
          captureContentTypeHeader: {
            csvContentTypes: ['text/csv'],
            jsonContentTypes: ['application/json'],
          },
        },
      }),
    });
    return new CfnEndpoint(this, 'Endpoint', {
      endpointName: this.name,
      endpointConfigName: config.attrEndpointConfigName,
      // A new configuration must not send away the instances that the load has brought.
      ...(scales(capacity) &&
        this.component === undefined && {
          retainAllVariantProperties: true,
          excludeRetainedVariantProperties: [
            { variantPropertyType: 'DesiredWeight' },
            { variantPropertyType: 'DataCaptureConfig' },
          ],
        }),
    });
  }

  #component(variantName: string, model: CfnModel, endpoint: CfnEndpoint): CfnInferenceComponent {
    const { capacity, variants } = this.settings;
    if (capacity.kind !== 'real-time') throw new Error('Only real-time endpoints host inference components.');
    const variant = variants[variantName]!;
    return new CfnInferenceComponent(this, 'Component', {
      inferenceComponentName: this.name,
      endpointName: endpoint.attrEndpointName,
      variantName,
      specification: {
        modelName: model.attrModelName,
        startupParameters: startupOf(capacity, variant),
        computeResourceRequirements: {
          minMemoryRequiredInMb: capacity.scaling?.copyMemoryMb ?? 1024,
          ...(hasGpu(capacity)
            ? { numberOfAcceleratorDevicesRequired: variant.gpus }
            : { numberOfCpuCoresRequired: 1 }),
        },
      },
      runtimeConfig: { copyCount: capacity.count },
    });
  }
}

/** True if the number of instances is not always the same. */
function scales(
  capacity: EndpointSettings['capacity'],
): capacity is Exclude<EndpointSettings['capacity'], { kind: 'serverless' }> {
  const range = rangeOf(capacity);
  return range !== null && range.min < range.max;
}

/** A reference, which CloudFormation replaces by the token when it makes the model: the template never holds it. */
const tokenOf = ({ secret, field }: NonNullable<VariantSettings['hubToken']>): string =>
  SecretValue.secretsManager(secret, field === undefined ? {} : { jsonField: field }).unsafeUnwrap();

const given = (variables: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
