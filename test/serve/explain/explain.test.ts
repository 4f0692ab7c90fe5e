import { beforeAll, describe, expect, it } from 'vitest';
import type { ExplanationBody } from '../../../lib/contracts/explain.ts';
import type { LearnerName } from '../../../lib/contracts/model-spec.ts';
import { explainRoutes } from '../../../lib/contracts/routes/explain.ts';
import { deleteModel, getModel, readModelCard } from '../../../lib/registry/index.ts';
import { createModelCache, type ServeContext } from '../../../lib/serve/index.ts';
import { createWorld, heartCsv, linearSpec, register, upload, type World } from '../../pipeline/support.ts';
import { type Asked, ask } from '../ask.ts';

const explainRoute = 'POST /v1/models/{model}/explain';
const predictRoute = 'POST /v1/models/{model}/predict';
const transformRoute = 'POST /v1/models/{model}/transform';
const instances = [
  { age: 71, sex: 'M', weight: 70 },
  { age: null, sex: 'F', weight: 50 },
];

/** Three classes that follow from two columns. */
function colourCsv(): string {
  const lines = ['size,shape,colour'];
  for (let row = 0; row < 150; row += 1) {
    const size = (row * 37) % 100;
    lines.push(`${size},${row % 2 ? 'round' : 'flat'},${size < 30 ? 'red' : row % 2 ? 'green' : 'blue'}`);
  }
  return `${lines.join('\n')}\n`;
}

const contexts = new Map<string, ServeContext>();
const worlds = new Map<string, World>();

beforeAll(async () => {
  for (const learner of ['linear', 'boosting', 'forest'] satisfies LearnerName[]) {
    const world = createWorld();
    await register(world, { ...linearSpec, learner });
    await upload(world, heartCsv(300));
    worlds.set(learner, world);
  }
  const colours = createWorld();
  await register(colours, { dataset: 'heart', target: 'colour', learner: 'boosting' });
  await upload(colours, colourCsv());
  worlds.set('colours', colours);
  for (const [name, world] of worlds) {
    contexts.set(name, { ...world, cache: createModelCache(world) });
  }
});

async function asked(name: string, route: string, request: Asked) {
  const answer = await ask(contexts.get(name)!, route, {
    ...request,
    path: { model: 'heart' },
    query: { version: '1', ...request.query },
  });
  return { ...answer, json: () => JSON.parse(answer.text!) };
}

const total = ({ base_value, values }: ExplanationBody): number =>
  Object.values(values).reduce((sum, value) => sum + value, base_value);

describe.each([
  ['linear', 'linear', 'log_odds'],
  ['boosting', 'tree', 'log_odds'],
  ['forest', 'tree', 'probability'],
])('explaining a %s model', (learner, method, units) => {
  it('gives exact values by raw column that add up to what is predicted', async () => {
    const answer = (await asked(learner, explainRoute, { body: { instances } })).json();
    const { predictions } = (await asked(learner, predictRoute, { body: { instances } })).json();

    expect(answer).toMatchObject({ model: 'heart', version: '1', method, units });
    expect(answer.warnings).toMatchObject([{ row: 1, field: 'age', code: 'missing_field' }]);
    for (const [row, one] of (answer.explanations as ExplanationBody[]).entries()) {
      expect(one).toMatchObject({ id: `request-${row}`, row, class: 'yes' });
      expect(Object.keys(one.values)).toEqual(['age', 'sex', 'weight']);
      expect(total(one)).toBeCloseTo(one.prediction, 9);
      const served = units === 'probability' ? one.prediction : 1 / (1 + Math.exp(-one.prediction));
      expect(served).toBeCloseTo(predictions[row].probabilities.yes, 5);
      expect(one.summary).toContain('the probability of "yes"');
    }
  });

  it('explains the other class by the opposite', async () => {
    const yes = (await asked(learner, explainRoute, { body: { instances } })).json().explanations;
    const no = (await asked(learner, explainRoute, { body: { instances }, query: { class: 'no' } })).json();

    for (const [row, one] of (no.explanations as ExplanationBody[]).entries()) {
      expect(one.class).toBe('no');
      expect(one.values.age).toBeCloseTo(-yes[row].values.age, 10);
      expect(total(one)).toBeCloseTo(one.prediction, 9);
    }
  });

  it('adds the same explanation to every prediction when it is asked for', async () => {
    const plain = (await asked(learner, predictRoute, { body: { instances } })).json();
    const { explanations } = (await asked(learner, explainRoute, { body: { instances } })).json();

    const answer = (
      await asked(learner, predictRoute, { body: { instances }, query: { explain: 'true' } })
    ).json();

    for (const [row, { explanation, ...prediction }] of answer.predictions.entries()) {
      const { id: _id, row: _row, ...expected } = explanations[row];
      expect(prediction).toEqual(plain.predictions[row]);
      expect(explanation).toEqual({ method, units, ...expected });
    }
  });

  it('estimates in probabilities, the same for the same request', async () => {
    const request = { body: { instances }, query: { method: 'kernel' } };

    const first = (await asked(learner, explainRoute, request)).json();

    expect((await asked(learner, explainRoute, request)).json()).toEqual(first);
    expect(first).toMatchObject({ method: 'kernel', units: 'probability', evaluations: 800 });
    expect(Object.keys(first.explanations[0].standard_errors)).toEqual(['age', 'sex', 'weight']);
    expect(total(first.explanations[0])).toBeCloseTo(first.explanations[0].prediction, 9);
  });

  it('fits LIME and says how well', async () => {
    const request = { body: { instances }, query: { method: 'lime', budget: '500' } };

    const answer = (await asked(learner, explainRoute, request)).json();

    expect(answer).toMatchObject({ method: 'lime', units: 'probability', evaluations: 500 });
    expect(answer.explanations[0].r2).toBeGreaterThan(0);
    expect(answer.explanations[0].r2).toBeLessThan(1);
  });

  it('gives answers of the documented shape', async () => {
    const [explain, transform] = explainRoutes;

    const explained = (await asked(learner, explainRoute, { body: { instances } })).json();
    const transformed = (await asked(learner, transformRoute, { body: { instances } })).json();

    expect(explain!.response.safeParse(explained).error).toBeUndefined();
    expect(transform!.response.safeParse(transformed).error).toBeUndefined();
  });
});

it('the kernel estimate of a forest equals its exact values when every coalition is evaluated', async () => {
  const exact = (await asked('forest', explainRoute, { body: { instances } })).json().explanations;
  const kernel = (
    await asked('forest', explainRoute, { body: { instances }, query: { method: 'kernel' } })
  ).json();

  for (const [row, one] of (kernel.explanations as ExplanationBody[]).entries()) {
    for (const [name, value] of Object.entries(one.values))
      expect(value).toBeCloseTo(exact[row].values[name], 6);
  }
});

it('path-dependent values add up to the same prediction from another base', async () => {
  const query = { method: 'tree_path_dependent' };
  const [exact] = (await asked('boosting', explainRoute, { body: { instances } })).json().explanations;
  const [one] = (await asked('boosting', explainRoute, { body: { instances }, query })).json().explanations;

  expect(one.prediction).toBe(exact.prediction);
  expect(one.base_value).not.toBe(exact.base_value);
  expect(total(one)).toBeCloseTo(one.prediction, 9);
});

describe('a model of three classes', () => {
  const body = { instances: [{ size: 10, shape: 'flat' }] };

  it('explains every class unless one is asked for', async () => {
    const all = (await asked('colours', explainRoute, { body })).json();
    const one = (await asked('colours', explainRoute, { body, query: { class: 'red' } })).json();

    expect(all.units).toBe('logit');
    expect(all.explanations.map((each: ExplanationBody) => each.class)).toEqual(['blue', 'green', 'red']);
    expect(one.explanations).toEqual([all.explanations[2]]);
  });

  it('explains the class that is predicted when a prediction is explained', async () => {
    const { predictions } = (
      await asked('colours', predictRoute, { body, query: { explain: 'true' } })
    ).json();

    expect(predictions[0]).toMatchObject({ label: 'red', explanation: { class: 'red' } });
  });
});

describe('a plot', () => {
  it.each([
    ['format=svg', { query: { format: 'svg' } }],
    ['Accept', { headers: { accept: 'image/svg+xml' } }],
  ])('is drawn for one row by %s', async (_how, request) => {
    const { text, headers } = await asked('linear', explainRoute, {
      ...request,
      body: { instances: [instances[0]] },
    });

    expect(headers).toEqual({ 'content-type': 'image/svg+xml; charset=utf-8' });
    expect(text).toMatch(/^<svg .*age 71.*<\/svg>$/s);
  });

  it('bad call: a plot of several rows', async () => {
    const request = { body: { instances }, query: { format: 'svg' } };

    await expect(asked('linear', explainRoute, request)).rejects.toMatchObject({ code: 'one_row_only' });
  });
});

describe('transforming', () => {
  it('shows what the learner sees, with names and the raw column of each feature', async () => {
    const linear = (await asked('linear', transformRoute, { body: { instances } })).json();
    const trees = (await asked('boosting', transformRoute, { body: { instances } })).json();

    expect(linear.features).toEqual(['age', 'weight', 'sex=F', 'sex=M']);
    expect(linear.columns).toEqual(['age', 'weight', 'sex', 'sex']);
    expect(linear.rows.map((row: number[]) => row.slice(2))).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(trees.rows[0].slice(0, 2)).toEqual([71, 70]);
    // Trees take a missing number as it is.
    expect(trees.rows[1][0]).toBeNull();
  });
});

describe('refusals', () => {
  const many = (rows: number) => ({ instances: Array.from({ length: rows }, () => instances[0]) });

  it.each([
    ['an unknown method', { query: { method: 'magic' } }, 'invalid_field'],
    ['a method for other models', { query: { method: 'tree' } }, 'method_mismatch'],
    [
      'path-dependent values of a linear model',
      { query: { method: 'tree_path_dependent' } },
      'method_mismatch',
    ],
    ['a budget that is no number', { query: { budget: '1e3', method: 'kernel' } }, 'invalid_field'],
    ['a budget for an exact method', { query: { budget: '100', method: 'linear' } }, 'invalid_field'],
    ['a budget too small', { query: { budget: '100', method: 'kernel' } }, 'budget_too_small'],
    ['an unknown class', { query: { class: 'maybe' } }, 'unknown_class'],
    ['an unknown format', { query: { format: 'png' } }, 'invalid_field'],
    ['a number where strict data are asked for', { query: { strict: 'true' } }, 'missing_field'],
    ['more than 1000 rows', { body: many(1001) }, 'too_many_rows'],
    ['more than 20 rows to estimate', { body: many(21), query: { method: 'kernel' } }, 'too_many_rows'],
  ])('bad call: %s', async (_what, request, code) => {
    const call = asked('linear', explainRoute, { body: { instances }, ...request });

    await expect(call).rejects.toMatchObject({ kind: 'invalid_request', code });
  });

  it('bad call: a prediction with explain neither true nor false', async () => {
    const call = asked('linear', predictRoute, { body: { instances }, query: { explain: 'yes' } });

    await expect(call).rejects.toMatchObject({ code: 'invalid_field', param: 'explain' });
  });
});

describe('what a version keeps for its explanations', () => {
  it('is a sample of training rows below its own prefix, gone with the model, and global importances', async () => {
    const world = createWorld();
    await register(world, { ...linearSpec, learner: 'boosting' });
    await upload(world, heartCsv(300));
    const { artifacts } = world;
    const manifest = JSON.parse(
      new TextDecoder().decode((await artifacts.get('models/heart/versions/1/manifest.json'))!.body),
    );

    const key = `models/heart/backgrounds/${manifest.background.sha256}.json`;
    const stored = JSON.parse(new TextDecoder().decode((await artifacts.get(key))!.body));
    expect(manifest.background.rows).toBe(100);
    expect(stored.features).toEqual(['age', 'sex', 'weight']);
    expect(stored.instances).toHaveLength(100);
    const names = manifest.importances.map(({ column }: { column: string }) => column);
    const values = manifest.importances.map(({ value }: { value: number }) => value);
    expect([...names].sort()).toEqual(['age', 'sex', 'weight']);
    expect(names[0]).toBe('age');
    expect(values).toEqual([...values].sort((left, right) => right - left));
    const card = await readModelCard(world, await getModel(world, 'heart'));
    expect(card.importances).toEqual(manifest.importances);
    await deleteModel(world, 'heart');
    expect(await artifacts.get(key)).toBeNull();
  });
});
