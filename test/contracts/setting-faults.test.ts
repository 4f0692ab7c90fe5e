import { describe, expect, it } from 'vitest';
import { modelSpec } from '../../lib/contracts/model-spec.ts';

const faultOf = (learner: string, parameters: object) => {
  const [issue] = modelSpec.safeParse({ dataset: 'd', target: 'y', learner, parameters }).error!.issues;
  return { param: issue!.path.join('.'), message: issue!.message };
};

describe('bad call: a setting of a learner', () => {
  it.each([
    ['forest', { depth: 5 }, 'parameters.depth', 'it has trees, max_depth,'],
    ['network', { schedule: { kind: 'cosine', speed: 2 } }, 'parameters.schedule.speed', 'no such field'],
    [
      'average',
      { learners: ['linear', { learner: 'ridge', parameters: { lambda: 1 } }] },
      'parameters.learners.1.parameters.lambda',
      '"ridge" has no setting of that name; it has alpha',
    ],
    ['forest', { max_features: 'log2' }, 'parameters.max_features', '"sqrt" or "all"'],
    ['kernel_svm', { gamma: 'auto' }, 'parameters.gamma', 'or "scale"'],
  ])('of %s such as %j is named, with what there is', (learner, parameters, param, words) => {
    const fault = faultOf(learner, parameters);

    expect(fault.param).toBe(param);
    expect(fault.message).toContain(words);
  });
});
