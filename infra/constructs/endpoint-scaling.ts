/** How many instances an endpoint has, by its load. */
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type InstanceCapacity, rangeOf } from './endpoint-capacity.ts';

/** What to scale, and how. */
export interface EndpointScalingProps {
  readonly endpointName: string;
  readonly variantName: string;
  /** Where the model is hosted as an inference component: its copies are counted, and instances follow them. */
  readonly componentName: string | undefined;
  readonly capacity: InstanceCapacity;
}

/** Waiting requests that one instance of an asynchronous endpoint may have before another is added. */
const backlogPerInstance = 5;

/**
 * Follows the requests of a real-time endpoint, or the backlog of an asynchronous one. Where nothing is left when nobody
 * asks, there is nothing to measure a load by: an alarm of its own then wakes the first.
 */
export class EndpointScaling extends Construct {
  constructor(scope: Construct, id: string, props: EndpointScalingProps) {
    super(scope, id);
    const { min, max } = rangeOf(props.capacity)!;
    const { resourceId, scalableDimension } = scaledBy(props);
    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'sagemaker',
      scalableDimension,
      resourceId,
      minCapacity: min,
      maxCapacity: max,
    });
    new CfnScalingPolicy(this, 'Load', {
      policyName: 'load',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: targetOf(props),
    });
    if (min === 0) this.#wake(props, target);
  }

  /** https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html */
  #wake({ endpointName, componentName }: EndpointScalingProps, target: CfnScalableTarget): void {
    const policy = new CfnScalingPolicy(this, 'First', {
      policyName: 'first-instance',
      policyType: 'StepScaling',
      scalingTargetId: target.ref,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ChangeInCapacity',
        cooldown: componentName === undefined ? 300 : 60,
        metricAggregationType: componentName === undefined ? 'Average' : 'Maximum',
        stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
      },
    });
    const { metricName, dimension, statistic } =
      componentName === undefined
        ? {
            metricName: 'HasBacklogWithoutCapacity',
            dimension: { name: 'EndpointName', value: endpointName },
            statistic: 'Average',
          }
        : {
            metricName: 'NoCapacityInvocationFailures',
            dimension: { name: 'InferenceComponentName', value: componentName },
            statistic: 'Sum',
          };
    new CfnAlarm(this, 'Waiting', {
      alarmDescription: 'Requests wait and there is no instance: one is started.',
      namespace: 'AWS/SageMaker',
      metricName,
      dimensions: [dimension],
      statistic,
      period: 60,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'missing',
      alarmActions: [policy.ref],
    });
  }
}

function scaledBy({ endpointName, variantName, componentName }: EndpointScalingProps) {
  return componentName === undefined
    ? {
        resourceId: `endpoint/${endpointName}/variant/${variantName}`,
        scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      }
    : {
        resourceId: `inference-component/${componentName}`,
        scalableDimension: 'sagemaker:inference-component:DesiredCopyCount',
      };
}

/** Metrics that Application Auto Scaling knows by name. */
const loadMetrics = {
  variant: {
    concurrent: 'SageMakerVariantConcurrentRequestsPerModelHighResolution',
    invocations: 'SageMakerVariantInvocationsPerInstance',
  },
  component: {
    concurrent: 'SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution',
    invocations: 'SageMakerInferenceComponentInvocationsPerCopy',
  },
} as const;

function targetOf({
  endpointName,
  componentName,
  capacity,
}: EndpointScalingProps): CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty {
  if (capacity.kind === 'async') {
    return {
      targetValue: backlogPerInstance,
      customizedMetricSpecification: {
        namespace: 'AWS/SageMaker',
        metricName: 'ApproximateBacklogSizePerInstance',
        dimensions: [{ name: 'EndpointName', value: endpointName }],
        statistic: 'Average',
      },
    };
  }
  const { concurrentPerInstance: concurrent, invocationsPerInstanceAndMinute: invocations } =
    capacity.scaling ?? {};
  const metrics = loadMetrics[componentName === undefined ? 'variant' : 'component'];
  return {
    targetValue: concurrent ?? invocations ?? 1,
    predefinedMetricSpecification: {
      predefinedMetricType: concurrent === undefined ? metrics.invocations : metrics.concurrent,
    },
  };
}
