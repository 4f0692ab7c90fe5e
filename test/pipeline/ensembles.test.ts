/** Ensembles from upload to answer: learners of different needs, over tables, texts and pictures, in one file. */
import { beforeAll, describe, expect, it, test } from 'vitest';
import { modelSpec } from '../../lib/contracts/model-spec.ts';
import { decodePictures } from '../../lib/images/index.ts';
import { findTrainedVersion } from '../../lib/registry/index.ts';
import { createModelCache, requireRows } from '../../lib/serve/index.ts';
import { stripes } from '../pictures.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, heartCsv, register, runsOf, upload, type World } from './support.ts';

const quick = { learner: 'forest', parameters: { trees: 10 } };

async function trained(more: object, csv = heartCsv(200)): Promise<World> {
  const world = createWorld();
  await register(world, modelSpec.parse({ dataset: 'heart', target: 'disease', ...more }));
  await upload(world, csv);
  return world;
}

const post = async (world: World, operation: string, body: object) => {
  const context = { ...world, cache: createModelCache(world) };
  const path = { model: 'heart' };
  const { status, text } = await ask(context, `POST /v1/models/{model}/${operation}`, {
    path,
    query: { version: '1' },
    body,
  });
  return { status, body: JSON.parse(text!) };
};

const instances = [{ age: 71, sex: 'M', weight: 70, disease: 'yes' }];

describe.each([
  ['average', { learners: ['linear', quick, 'naive_bayes'], weights: [2, 1, 1] }, {}, 'probability'],
  ['stacking', { learners: ['linear', quick] }, {}, 'probability'],
  ['average', { learners: ['ridge', quick] }, { target: 'age', task: 'regression' }, 'value'],
  ['stacking', { learners: ['ridge', quick] }, { target: 'age', task: 'regression' }, 'value'],
] as const)('%s with %o', (learner, parameters, more, units) => {
  it('is trained, answers, and its answers are explained', async () => {
    const world = await trained({ learner, parameters, ...more });

    const version = (await findTrainedVersion(world, 'heart', '1'))!;
    const [answer, explained] = [
      await post(world, 'predict', { instances }),
      await post(world, 'explain', { instances }),
    ];

    expect(version).toMatchObject({ learner, candidates: [{ learner }] });
    expect(version.importances!.some(({ value }) => value > 0)).toBe(true);
    expect(answer.status).toBe(200);
    expect(explained.body).toMatchObject({ method: 'kernel', units });
  });
});

test('transform tells what each kind of learner is given, by its name', async () => {
  const world = await trained({ learner: 'average', parameters: { learners: ['linear', quick, 'svm'] } });

  const { status, body } = await post(world, 'transform', { instances });

  expect(status).toBe(200);
  expect(body.features).toEqual([
    ...['age', 'weight', 'sex=F', 'sex=M'].map((name) => `linear+svm/${name}`),
    ...['age', 'weight', 'sex'].map((name) => `forest/${name}`),
  ]);
  expect(body.columns).toEqual(['age', 'weight', 'sex', 'sex', 'age', 'weight', 'sex']);
  expect(body.rows[0].slice(2)).toEqual([0, 1, 71, 70, 1]);
});

test('columns that no learner looks at are not asked for', async () => {
  const learners = [
    { learner: 'linear', columns: ['weight'] },
    { learner: 'forest', parameters: { trees: 5 }, columns: ['sex', 'weight'] },
  ];

  const world = await trained({ learner: 'average', parameters: { learners } });

  const { schema } = (await findTrainedVersion(world, 'heart', '1'))!;
  expect(schema.features.map(({ name, input, index }) => [name, input, index])).toEqual([
    ['sex', 'text', 0],
    ['weight', 'numeric', 0],
  ]);
  expect(schema.ignored).toContain('age');
  expect((await post(world, 'predict', { instances: [{ sex: 'M', weight: 70 }] })).status).toBe(200);
});

describe('a network for pictures, trees for the table and weights of words, in one file', () => {
  let world: World;
  let lines: readonly string[];
  beforeAll(async () => {
    world = createWorld();
    const parameters = {
      learners: [
        {
          learner: 'convolution',
          columns: ['photo'],
          parameters: { layers: [{ kind: 'convolution', filters: 4 }], hidden: [8], epochs: 15, patience: 0 },
        },
        { learner: 'boosting', columns: ['weight'], parameters: { trees: 20 } },
        { learner: 'linear', columns: ['note'] },
      ],
    };
    await register(
      world,
      modelSpec.parse({
        dataset: 'heart',
        target: 'kind',
        task: 'regression',
        learner: 'stacking',
        parameters,
      }),
    );
    const pictures = await stripes(150);
    lines = pictures.map(({ label, png }, row) => {
      const [isGood, weight] = [row % 3 === 0, (row * 5) % 11];
      return JSON.stringify({
        photo: { b64: png.toString('base64') },
        note: `number ${row} of many ${isGood ? 'good' : 'bad'} things said ${row}`,
        weight,
        kind: (label === 'down' ? 3 : 0) + (isGood ? 2 : 0) + (weight > 5 ? 1.5 : 0) + (row % 7) / 100,
      });
    });
    await upload(world, lines.join('\n'), 'mixed.jsonl');
  }, 60_000);

  test('learns from all of them together', async () => {
    const { schema, metrics, importances } = (await findTrainedVersion(world, 'heart', '1'))!;

    expect(schema.features.map(({ name, input, index }) => [name, input, index])).toEqual([
      ['photo', 'image', 0],
      ['note', 'text', 0],
      ['weight', 'numeric', 0],
    ]);
    expect(metrics.r2!.value).toBeGreaterThan(0.9);
    expect(importances).toBeUndefined();
  });

  test('answers for rows as they are uploaded', async () => {
    const models = createModelCache({ ...world, decodePictures });
    const model = requireRows(await models.resolve('heart'));
    const rows = lines.slice(0, 20).map((line) => JSON.parse(line) as { photo: object; kind: number });

    const { feeds } = model.read(JSON.stringify({ instances: rows.map(({ kind: _kind, ...row }) => row) }));
    const { value } = await model.session.run(feeds);

    const apart = rows.map(({ kind }, row) => Math.abs(kind - Number(value!.data[row])));
    expect(apart.reduce((sum, one) => sum + one, 0) / rows.length).toBeLessThan(0.6);
  });
});

describe('bad call: a spec of an ensemble', () => {
  it.each([
    [
      'with a learner that does not exist',
      { learners: ['linear', 'magic'] },
      'parameters.learners.1.learner',
      'use one of linear',
    ],
    [
      'within another',
      { learners: ['average', 'linear'] },
      'parameters.learners.0.learner',
      'cannot be part of another',
    ],
    [
      'of series',
      { learners: ['autoregression', 'linear'] },
      'parameters.learners.0.learner',
      'no learner that',
    ],
    ['of one learner', { learners: ['linear'] }, 'parameters.learners', ''],
    [
      'with a wrong setting of a learner',
      { learners: ['linear', { learner: 'knn', parameters: { k: 0 } }] },
      'parameters.learners.1.parameters.k',
      '',
    ],
    [
      'with weights for others',
      { learners: ['linear', 'forest'], weights: [1] },
      'parameters.weights',
      '1 numbers for 2',
    ],
    [
      'with weights that are 0',
      { learners: ['linear', 'forest'], weights: [0, 0] },
      'parameters.weights',
      'all 0',
    ],
  ])('%s is refused, naming the place', (_title, parameters, param, words) => {
    const { error } = modelSpec.safeParse({
      dataset: 'heart',
      target: 'disease',
      learner: 'average',
      parameters,
    });

    expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([param]);
    expect(error!.issues[0]!.message).toContain(words);
  });

  it('may say of its learners what others call them', () => {
    const parameters = { learners: ['logistic', { learner: 'random_forest' }], final: 'logistic' };

    expect(() =>
      modelSpec.parse({ dataset: 'heart', target: 'disease', learner: 'stacking', parameters }),
    ).not.toThrow();
  });

  it('ends the run of one whose learner looks at a column that is not there', async () => {
    const learners = ['linear', { learner: 'forest', columns: ['height'] }];

    const world = await trained({ learner: 'average', parameters: { learners } });

    expect((await runsOf(world))[0]).toMatchObject({ state: 'failed', error: { code: 'unknown_column' } });
  });
});
