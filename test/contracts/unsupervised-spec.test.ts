import { describe, expect, it } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { checkSpec } from '../../lib/registry/check-spec.ts';

const base = { dataset: 'd', task: 'clustering' };
const anomaly = { dataset: 'd', task: 'anomaly' };

describe('a spec without a target', () => {
  it.each([
    base,
    { ...base, learner: 'k_means', parameters: { clusters: 4 }, metric: 'explained' },
    anomaly,
    { ...anomaly, labels: 'fraud', positive: 'yes', gate: { metric: 'average_precision' } },
    { ...anomaly, learner: 'isolation_forest', parameters: { contamination: 0.02, trees: 50 } },
  ])('is taken: %o', (spec) => {
    const parsed = modelSpec.parse(spec);

    expect(() => checkSpec(parsed, null)).not.toThrow();
    expect(parsed).toEqual(spec);
  });

  it('knows learners by their other names', () => {
    const learners = [
      { ...base, learner: 'kmeans' },
      { ...anomaly, learner: 'iforest' },
    ].map((spec) => modelSpec.parse(spec).learner);

    expect(learners).toEqual(['k_means', 'isolation_forest']);
  });

  it.each([
    ['no target and no task', { dataset: 'd' }, 'target'],
    ['a target', { ...base, target: 'y' }, 'target'],
    ['series', { ...base, series: { time: 't', horizon: 3 } }, 'series'],
    ['a learner of tables', { ...base, learner: 'forest' }, 'learner'],
    ['the learner of the other task', { ...anomaly, learner: 'k_means' }, 'learner'],
    ['such a learner with a target', { dataset: 'd', target: 'y', learner: 'k_means' }, 'learner'],
    ['labels of groups', { ...base, labels: 'y' }, 'labels'],
    ['labels with a target', { dataset: 'd', target: 'y', labels: 'z' }, 'labels'],
    ['a positive class without labels', { ...anomaly, positive: 'yes' }, 'positive'],
    ['a stratified split', { ...base, split: { kind: 'stratified' } }, 'split'],
    ['one group', { ...base, learner: 'k_means', parameters: { clusters: 1 } }, 'parameters'],
  ])('bad call: %s is refused by name', (_what, spec, field) => {
    const { error } = modelSpec.safeParse(spec);

    expect(error?.issues.map(({ path }) => path[0])).toContain(field);
  });

  it.each([
    ['a metric of classes for groups', { ...base, metric: 'auc' }, 'metric'],
    ['a gate of distances', { ...base, gate: { metric: 'inertia' } }, 'gate.metric'],
    ['a metric that needs labels', { ...anomaly, metric: 'auc' }, 'metric'],
    [
      'labels to learn from',
      { ...anomaly, labels: 'y', features: { include: ['y'] } },
      'features.include[0]',
    ],
  ])('bad call: %s is refused before any training', (_what, spec, param) => {
    const parsed = modelSpec.parse(spec);

    expect(() => checkSpec(parsed, null)).toThrow(expect.objectContaining({ code: 'invalid_spec', param }));
  });
});
