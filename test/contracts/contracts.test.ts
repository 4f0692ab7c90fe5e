import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { modelSpec, resourceName, routes, uploadFileName, versionNumber } from '../../lib/contracts/index.ts';

describe('the route table', () => {
  it('names every route and every address once', () => {
    const ids = routes.map(({ id }) => id);
    const lines = routes.map(({ method, path }) => `${method} ${path}`);

    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('has examples that its own schemas accept', () => {
    const examples = routes.filter(({ example }) => example?.request !== undefined);

    expect(examples.length).toBeGreaterThan(3);
    for (const { id, request, example } of examples) {
      expect(request!.safeParse(example!.request), id).toMatchObject({ success: true });
    }
  });

  it('can be written down as JSON Schema, requests and answers', () => {
    for (const { request, response } of routes) {
      expect(z.toJSONSchema(response, { io: 'output' })).toBeTypeOf('object');
      if (request) expect(z.toJSONSchema(request, { io: 'input' })).toBeTypeOf('object');
    }
  });

  it('lets nobody change anything without the right to manage', () => {
    const open = routes.filter(({ method, scope }) => method !== 'GET' && scope !== 'manage');

    // Whoever may predict may also have it done later.
    const others = open.filter(
      ({ function: name, id }) => !/^(predict|generate)$/.test(name) && !/-job(-upload)?$/.test(id),
    );
    expect(others).toEqual([]);
    expect(open.map(({ scope }) => scope)).toEqual(open.map(() => 'predict'));
    const keyless = routes.filter(({ scope }) => scope === 'none');
    expect(keyless.map(({ method }) => method)).toEqual(keyless.map(() => 'GET'));
    expect(keyless.filter(({ path }) => path.includes('{'))).toEqual([]);
  });
});

describe('names', () => {
  it.each(['a', 'heart', 'heart-2.1_b', '0', 'x'.repeat(63)])('"%s" names a model', (name) => {
    expect(resourceName.safeParse(name).success).toBe(true);
  });

  it.each(['', 'Heart', 'a b', 'a/b', '..', '.a', '-a', 'é', 'a\n', 'x'.repeat(64)])(
    'bad call: "%s" as a model',
    (name) => {
      expect(resourceName.safeParse(name).success).toBe(false);
    },
  );

  it.each(['a.csv', 'my file (2).csv', 'Zoë.parquet', '.hidden', '...'])('"%s" names a file', (name) => {
    expect(uploadFileName.safeParse(name).success).toBe(true);
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', 'a\u0000', 'a\n', 'x'.repeat(201)])(
    'bad call: "%s" as a file',
    (name) => {
      expect(uploadFileName.safeParse(name).success).toBe(false);
    },
  );

  it('version numbers have no leading zero and are texts', () => {
    expect(['1', '10', '999999999'].every((text) => versionNumber.safeParse(text).success)).toBe(true);
    expect(
      ['0', '01', '-1', '1.0', '', '1234567890', 3].some((text) => versionNumber.safeParse(text).success),
    ).toBe(false);
  });
});

describe('the model spec', () => {
  it('takes the words users know for a learner', () => {
    const parse = (learner: string) => modelSpec.parse({ dataset: 'a', target: 'b', learner }).learner;

    expect(
      ['auto', 'random_forest', 'logistic_regression', 'gradient_boosting', 'boosting'].map(parse),
    ).toEqual(['auto', 'forest', 'linear', 'boosting', 'boosting']);
  });

  it('gives back what it was given, so that a stored spec is what the user said', () => {
    const spec = {
      dataset: 'heart',
      target: 'disease',
      task: 'classification',
      relabel: { None: 'no', '*': 'yes' },
      features: { exclude: ['id'], types: { zip: 'category' } },
      metric: 'auc',
      positive: 'yes',
      gate: { metric: 'f1', promote: 'manual', tolerance: 0.01 },
      schedule: 'cron(0 6 * * ? *)',
      seed: 7,
    };

    expect(modelSpec.parse(spec)).toEqual(spec);
  });
});
