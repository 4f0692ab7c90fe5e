/** How many instances a variant of a SageMaker endpoint has, by its load. */
import { CfnScalableTarget, CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { EndpointSettings } from './endpoint-settings.ts';

/** The capacities that have instances. */
type InstanceCapacity = Exclude<EndpointSettings['capacity'], { kind: 'serverless' }>;

/** Which variant to scale, and how. */
export interface VariantScalingProps {
  readonly endpointName: string;
  readonly variantName: string;
  readonly capacity: InstanceCapacity;
}

/** Waiting requests that one instance of an asynchronous endpoint may have before another is added. */
const backlogPerInstance = 5;

/**
 * Follows the requests a minute of a real-time variant, or the backlog of an asynchronous one. The latter goes down to no
 * instance; as there is no backlog per instance without an instance, the first one is woken by an alarm of its own.
 */
export class VariantScaling extends Construct {
  constructor(scope: Construct, id: string, { endpointName, variantName, capacity }: VariantScalingProps) {
    super(scope, id);
    const isAsync = capacity.kind === 'async';
    const target = new CfnScalableTarget(this, 'Target', {
      serviceNamespace: 'sagemaker',
      scalableDimension: 'sagemaker:variant:DesiredInstanceCount',
      resourceId: `endpoint/${endpointName}/variant/${variantName}`,
      minCapacity: isAsync ? 0 : capacity.count,
      maxCapacity: isAsync ? capacity.maxInstances : (capacity.scaling?.max ?? capacity.count),
    });
    new CfnScalingPolicy(this, 'Load', {
      policyName: 'load',
      policyType: 'TargetTrackingScaling',
      scalingTargetId: target.ref,
      targetTrackingScalingPolicyConfiguration: isAsync ? backlogTarget(endpointName) : loadTarget(capacity),
    });
    if (isAsync) this.#wake(endpointName, target);
  }

  #wake(endpointName: string, target: CfnScalableTarget): void {
    const policy = new CfnScalingPolicy(this, 'First', {
      policyName: 'first-instance',
      policyType: 'StepScaling',
      scalingTargetId: target.ref,
      stepScalingPolicyConfiguration: {
        adjustmentType: 'ChangeInCapacity',
        cooldown: 300,
        metricAggregationType: 'Average',
        stepAdjustments: [{ metricIntervalLowerBound: 0, scalingAdjustment: 1 }],
      },
    });
    new CfnAlarm(this, 'Waiting', {
      alarmDescription: 'Requests wait and there is no instance: one is started.',
      namespace: 'AWS/SageMaker',
      metricName: 'HasBacklogWithoutCapacity',
      dimensions: [{ name: 'EndpointName', value: endpointName }],
      statistic: 'Average',
      period: 60,
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: 'GreaterThanOrEqualToThreshold',
      treatMissingData: 'missing',
      alarmActions: [policy.ref],
    });
  }
}

const backlogTarget = (endpointName: string) => ({
  targetValue: backlogPerInstance,
  customizedMetricSpecification: {
    namespace: 'AWS/SageMaker',
    metricName: 'ApproximateBacklogSizePerInstance',
    dimensions: [{ name: 'EndpointName', value: endpointName }],
    statistic: 'Average',
  },
});

const loadTarget = ({ scaling }: Extract<InstanceCapacity, { kind: 'real-time' }>) => ({
  targetValue: scaling?.invocationsPerInstanceAndMinute ?? 1,
  predefinedMetricSpecification: { predefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
});
