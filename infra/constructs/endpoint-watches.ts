/** What must not be with endpoints: errors, slow answers, requests that wait for hours. */
import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ModelEndpoint } from './model-endpoint.ts';
import type { Watch } from './watch.ts';

const period = Duration.minutes(5);

/** SageMaker's metrics: of a variant, of a component that an endpoint hosts, or of a whole queue. */
const metricOf = (
  metricName: string,
  statistic: string,
  dimensionsMap: Readonly<Record<string, string>>,
): Metric => new Metric({ namespace: 'AWS/SageMaker', metricName, statistic, period, dimensionsMap });

/** The watches of one endpoint. https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html */
export function watchesOfEndpoint({ settings, name, component }: ModelEndpoint): Watch[] {
  const { model, capacity, variants, slowSeconds } = settings;
  return Object.keys(variants).flatMap((variant) => {
    const place =
      component === undefined
        ? { EndpointName: name, VariantName: variant }
        : { InferenceComponentName: component };
    const label = `${settings.name}-${variant}`;
    const isQueued = capacity.kind === 'async';
    return [
      {
        name: `${label}-errors`,
        says: `The container of ${model} failed five times in five minutes; the logs of its endpoint say why.`,
        metric: metricOf(isQueued ? 'InvocationFailures' : 'Invocation5XXErrors', 'Sum', place),
        from: 5,
      },
      isQueued
        ? {
            name: `${label}-waiting`,
            says: `A request to ${model} has waited for an hour: no instance is to be had, or too few.`,
            metric: metricOf('ApproximateAgeOfOldestRequest', 'Maximum', { EndpointName: name }),
            from: 3600,
            isExtra: true,
          }
        : {
            name: `${label}-slow`,
            says: `A tenth of the answers of ${model} took longer than ${slowSeconds} s; more instances, or shorter answers, help.`,
            // In microseconds.
            metric: metricOf('ModelLatency', 'p90', place),
            from: slowSeconds * 1e6,
            isExtra: true,
          },
    ];
  });
}
