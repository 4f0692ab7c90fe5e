import { beforeEach, describe, expect, it } from 'vitest';
import type { ServeContext } from '../../lib/serve/index.ts';
import { ask, contextOf } from './ask.ts';
import { bucketOf, heart } from './models.ts';

const usual = { age: 61, sex: 'F', weight: 70, smoker: true };

/** What the data contract notices, one value each. */
const unusual = [
  ['missing_field', { weight: null }, 'weight'],
  ['unknown_category', { sex: 'X' }, 'sex'],
  ['out_of_range', { age: 85 }, 'age'],
  ['suspicious_unit', { weight: 70_000 }, 'weight'],
] as const;

describe('the data contract of POST /v1/models/{model}/predict', () => {
  let context: ServeContext;

  beforeEach(async () => {
    context = contextOf(await bucketOf({ 'heart/1': heart() }));
  });

  const predict = (body: unknown, query: Readonly<Record<string, string>> = {}) =>
    ask(context, 'POST /v1/models/{model}/predict', { path: { model: 'heart' }, query, body });

  it('answers rows like those of the training without a word', async () => {
    const { text } = await predict({ instances: [usual] }, { strict: 'true' });

    expect(JSON.parse(text!)).toMatchObject({ predictions: [{ id: 'request-0' }], warnings: [] });
  });

  it.each(unusual)('warns by %s, naming row and field, and answers all rows', async (code, change, field) => {
    const { text } = await predict({ instances: [usual, { ...usual, ...change }] });

    const { predictions, warnings } = JSON.parse(text!);
    expect(predictions).toHaveLength(2);
    expect(warnings).toEqual([{ row: 1, field, code, message: expect.any(String) }]);
  });

  it.each(unusual)('bad call: refuses %s under strict, naming the value', async (code, change, field) => {
    const row = { ...usual, ...change };
    const asked = [
      predict({ instances: [usual, row] }, { strict: 'true' }),
      predict(
        { columns: Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]])) },
        { strict: 'true' },
      ),
    ];

    const outcomes = await Promise.allSettled(asked);

    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toMatchObject([
      { kind: 'invalid_request', code, param: `instances[1].${field}` },
      { kind: 'invalid_request', code, param: `columns.${field}[0]` },
    ]);
  });

  it('bad call: a body that is no JSON, and one of another shape, are told apart', async () => {
    const codes = await Promise.all(
      ['{"instances":[', '{"instances":[{"age":1,}]}', '[]', '{"rows":[]}'].map((body) =>
        predict(body).catch(({ code }: { readonly code: string }) => code),
      ),
    );

    expect(codes).toEqual(['invalid_json', 'invalid_json', 'wrong_shape', 'wrong_shape']);
  });
});
