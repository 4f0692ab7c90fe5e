import { describe, expect, it, test } from 'vitest';
import type { ExplanationBody } from '../../lib/contracts/explain.ts';
import { type LearnerName, modelSpec } from '../../lib/contracts/model-spec.ts';
import { explainRoutes } from '../../lib/contracts/routes/explain.ts';
import { createRandom } from '../../lib/core/index.ts';
import { getVersion, listReports } from '../../lib/registry/index.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, heartCsv, liveVersion, register, upload } from './support.ts';

const instances = [{ age: 71, sex: 'M', weight: 70, disease: 'yes' }];

/** Trains one learner on a small table; gives its version and what answers for it. */
async function publish(learner: LearnerName, more: object = {}) {
  const world = createWorld();
  await register(world, { dataset: 'heart', target: 'disease', learner, ...more });
  await upload(world, heartCsv(200));
  const version = await getVersion(world, 'heart', '1');
  if (!('metrics' in version)) throw new Error('The version was not trained here.');
  const context: ServeContext = { ...world, cache: createModelCache(world) };
  return { version, post: post(context) };
}

const post = (context: ServeContext) => async (operation: 'predict' | 'explain') => {
  const path = { model: 'heart' };
  const route = `POST /v1/models/{model}/${operation}`;
  const { status, text } = await ask(context, route, { path, query: { version: '1' }, body: { instances } });
  return { status, body: JSON.parse(text!) };
};

const numbers = { target: 'age', task: 'regression' } as const;

describe.each([
  ['svm', {}, 'linear', 'log_odds'],
  ['svm', numbers, 'linear', 'value'],
  ['kernel_svm', {}, 'kernel', 'probability'],
  ['kernel_svm', numbers, 'kernel', 'value'],
  ['nearest_neighbours', { parameters: { k: 9, weights: 'distance' } }, 'kernel', 'probability'],
  ['nearest_neighbours', numbers, 'kernel', 'value'],
  ['naive_bayes', {}, 'kernel', 'probability'],
  ['ridge', numbers, 'linear', 'value'],
  ['lasso', numbers, 'linear', 'value'],
  ['elastic_net', numbers, 'linear', 'value'],
] as const)('the learner %s with %o', (learner, more, method, units) => {
  it('is trained, answers, and its answers are explained', async () => {
    const { version, post } = await publish(learner, more);

    const answer = await post('predict');
    const explained = await post('explain');

    expect(version.learner).toBe(learner);
    expect(version.importances!.map(({ column }) => column).sort()).toHaveLength(
      version.schema.features.length,
    );
    expect(version.importances!.some(({ value }) => value > 0)).toBe(true);
    expect(answer.status).toBe(200);
    expect(explained.body).toMatchObject({ method, units });
    for (const one of explained.body.explanations as ExplanationBody[]) {
      const sum = Object.values(one.values).reduce((total, value) => total + value, one.base_value);
      expect(Math.abs(sum - one.prediction)).toBeLessThan(1e-5 * Math.max(1, Math.abs(one.prediction)));
    }
    expect(() => explainRoutes[0]!.response!.parse(explained.body)).not.toThrow();
  });
});

test.each(['svm', 'kernel_svm', 'nearest_neighbours', 'naive_bayes'] as const)(
  '%s finds what the table was made from',
  async (learner) => {
    const { version } = await publish(learner);

    const { value, baseline } = version.metrics.auc!;
    expect(value).toBeGreaterThan(baseline! + 0.2);
    expect(version.importances![0]!.column).toBe('age');
  },
);

describe('a spec', () => {
  it.each([
    ['svc', 'kernel_svm'],
    ['svr', 'kernel_svm'],
    ['linear_svm', 'svm'],
    ['knn', 'nearest_neighbours'],
    ['nearest_neighbors', 'nearest_neighbours'],
    ['gaussian_nb', 'naive_bayes'],
    ['elasticnet', 'elastic_net'],
    ['logistic', 'linear'],
  ])('may say %s for %s', (alias, learner) => {
    expect(modelSpec.parse({ dataset: 'heart', target: 'disease', learner: alias }).learner).toBe(learner);
  });

  it.each([
    ['a negative alpha', 'lasso', { alpha: -1 }, 'parameters.alpha'],
    ['no neighbour', 'nearest_neighbours', { k: 0 }, 'parameters.k'],
    ['a setting of another learner', 'ridge', { C: 1 }, 'parameters.C'],
    ['an unknown kernel', 'kernel_svm', { kernel: 'cosine' }, 'parameters.kernel'],
  ])('bad call: %s is refused, naming the setting', (_title, learner, parameters, param) => {
    const { error } = modelSpec.safeParse({ dataset: 'heart', target: 'disease', learner, parameters });

    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([param]);
  });
});

describe('boosting of quantiles', () => {
  const skewed = (seed: number): string => {
    const random = createRandom(seed);
    const rows = Array.from({ length: 400 }, () => {
      const size = random.normal();
      return `${size},${(size > 0 ? 4 : 0.5) * Math.exp(random.normal())}`;
    });
    return `size,delay\n${rows.join('\n')}\n`;
  };
  const spec = { dataset: 'heart', target: 'delay', learner: 'boosting' } as const;
  const quantile = { loss: 'quantile', quantile: 0.9, trees: 20 } as const;

  it('is judged by its own loss, and so are versions side by side', async () => {
    const world = createWorld();
    await register(world, { ...spec, parameters: quantile });

    await upload(world, skewed(1));
    const first = await liveVersion(world);
    await upload(world, skewed(2));

    const version = await getVersion(world, 'heart', '2');
    const reports = await listReports(world, 'heart', { limit: 10 });

    if (!('metrics' in version)) throw new Error('The version was not trained here.');
    const { pinball } = version.metrics;
    expect(version.metric).toBe('pinball');
    expect(pinball!.value).toBeLessThan(pinball!.baseline!);
    expect(first).toBe('1');
    expect(reports.items.map(({ decision }) => decision?.compared_with)).toContain('1');
  });
});
