/** What can be known to be wrong with a spec of groups or anomalies before any training. */
import type { MetricName, UnsupervisedSpec } from '../contracts/index.ts';
import { invalidInput, type OnrampError } from '../core/index.ts';

const clusterMetrics: readonly MetricName[] = ['silhouette', 'inertia', 'explained'];
const labelledMetrics: readonly MetricName[] = ['auc', 'average_precision', 'precision', 'recall', 'f1'];

/**
 * Checks what the task decides.
 *
 * @throws invalid_request with `param` naming the field of the spec
 */
export function checkUnsupervisedSpec({ task, labels, metric, gate, features }: UnsupervisedSpec): void {
  if (task === 'clustering') {
    requireMetric('metric', metric, clusterMetrics);
    // Distances of two encodings are no measure for each other; silhouettes of the same rows in one encoding are.
    requireMetric('gate.metric', gate?.metric, ['silhouette']);
  } else if (labels === undefined) {
    for (const [param, one] of [
      ['metric', metric],
      ['gate.metric', gate?.metric],
    ] as const) {
      if (one === undefined || one === 'anomaly_share') continue;
      throw fault(
        param,
        `"${one}" needs to know which rows are anomalies; name the column that tells it in "labels".`,
      );
    }
  } else {
    requireMetric('metric', metric, labelledMetrics);
    requireMetric('gate.metric', gate?.metric, labelledMetrics);
  }
  const asFeature = labels === undefined ? -1 : (features?.include?.indexOf(labels) ?? -1);
  if (asFeature >= 0) {
    throw fault(
      `features.include[${asFeature}]`,
      `"${labels}" holds the labels, which nothing is learnt from; remove it.`,
    );
  }
}

function requireMetric(param: string, metric: MetricName | undefined, known: readonly MetricName[]): void {
  if (metric === undefined || known.includes(metric)) return;
  throw fault(param, `Here ${known.join(', ')} can be used, not "${metric}".`);
}

const fault = (param: string, message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_spec', param });
