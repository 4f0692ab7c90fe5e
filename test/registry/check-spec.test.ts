import { expect, it } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { type MetricName, metrics } from '../../lib/evaluate/index.ts';
import { checkSpec } from '../../lib/registry/check-spec.ts';

const target = { dataset: 'd', target: 'y' };
const names = Object.keys(metrics) as MetricName[];
const [ofTargets, ofOthers] = [true, false].map((wanted) =>
  names.filter((name) => ['classification', 'regression'].includes(metrics[name].task) === wanted),
) as [MetricName[], MetricName[]];

it.each(ofTargets)('a spec with a target may be measured by %s', (metric) => {
  const spec = modelSpec.parse({ ...target, metric, gate: { metric } });

  expect(() => checkSpec(spec, null)).not.toThrow();
});

it.each(ofOthers)('bad call: %s, with a target, is refused before any training', (metric) => {
  const [asMetric, asGate] = [{ metric }, { gate: { metric } }].map((more) =>
    modelSpec.parse({ ...target, ...more }),
  );

  const refusal = (param: string) => expect.objectContaining({ code: 'invalid_spec', param });
  expect(() => checkSpec(asMetric!, null)).toThrow(refusal('metric'));
  expect(() => checkSpec(asGate!, null)).toThrow(refusal('gate.metric'));
});
