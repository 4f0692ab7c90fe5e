/** Counters of a function as CloudWatch metrics, written as log lines by powertools. */
import { MetricUnit, Metrics as PowertoolsMetrics } from '@aws-lambda-powertools/metrics';

/** Counts since the last `publish`. */
export interface Counters {
  count(name: string, value?: number): void;
  publish(): void;
}

/** Counters in the namespace `Onramp`, or that of `POWERTOOLS_METRICS_NAMESPACE`, by function. */
export function createCounters(service: string): Counters {
  const namespace = process.env.POWERTOOLS_METRICS_NAMESPACE ?? 'Onramp';
  const metrics = new PowertoolsMetrics({ namespace, serviceName: `onramp-${service}` });
  return {
    count: (name, value = 1) => void metrics.addMetric(name, MetricUnit.Count, value),
    publish: () => metrics.publishStoredMetrics(),
  };
}
