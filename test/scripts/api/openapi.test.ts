import { expect, test } from 'vitest';
import * as z from 'zod';
import { refusalBody, routes } from '../../../lib/contracts/index.ts';
import { currentOpenApi } from '../../../scripts/api/current.ts';
import type { Operation } from '../../../scripts/api/document.ts';
import { exampleAnswers } from '../../../scripts/api/example-answers.ts';
import { exampleAnswer, tagOf } from '../../../scripts/api/openapi.ts';

const document = await currentOpenApi();
const operations = new Map<string, Operation>(
  Object.values(document.paths).flatMap((item) =>
    Object.values(item).map((operation) => [operation.operationId, operation] as const),
  ),
);

/** Every place of a JSON document at which a key stands. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap((one) => valuesOf(one, key));
  return key in value ? [(value as Record<string, unknown>)[key], ...inner] : inner;
}

test('every route is one operation under the path that clients write', () => {
  const listed = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(
      ([method, { operationId }]) => `${operationId}: ${method.toUpperCase()} ${path}`,
    ),
  );

  expect(listed.sort()).toEqual(
    routes.map(({ id, method, path, shownPath = path }) => `${id}: ${method} ${shownPath}`).sort(),
  );
});

test('every reference leads somewhere, and nothing is named for nobody', () => {
  const references = new Set(valuesOf(document, '$ref') as string[]);

  const named = Object.entries(document.components).flatMap(([kind, parts]) =>
    kind === 'securitySchemes' ? [] : Object.keys(parts).map((name) => `#/components/${kind}/${name}`),
  );

  expect([...references].filter((reference) => !named.includes(reference))).toEqual([]);
  expect(named.filter((name) => !references.has(name))).toEqual([]);
});

test('a schema with a name is written once and referred to', () => {
  const card = document.components.schemas.ModelCard!;

  const list = operations.get('list-models')!.responses['200']!.content!['application/json']!.schema!;

  expect(card.properties).toHaveProperty('model_version_status');
  expect(operations.get('get-model')!.responses['200']!.content!['application/json']!.schema).toEqual({
    $ref: '#/components/schemas/ModelCard',
  });
  expect(list.properties!.data!.items).toEqual({ $ref: '#/components/schemas/ModelCard' });
});

test.each(routes.map((route) => [route.id, route] as const))(
  '%s has examples that its schemas accept',
  (_id, route) => {
    const { request, response, example, status, requestTypes = ['application/json'] } = route;

    const answer = exampleAnswer(route);

    if (request && requestTypes.includes('application/json')) {
      expect(request.safeParse(example?.request)).toMatchObject({ success: true });
    }
    if (status !== 302 && !(response instanceof z.ZodNull)) {
      // Equal to what it was: the example has no field that the schema does not know.
      expect(response.safeParse(answer)).toEqual({ success: true, data: answer });
    }
  },
);

test('no example is left over from a route that is gone', () => {
  const ids = routes.map(({ id }) => id);

  expect(Object.keys(exampleAnswers).filter((id) => !ids.includes(id))).toEqual([]);
});

test('what is answered is described as it is sent, not as it would be taken', () => {
  const written = (schema: z.ZodType, io: 'input' | 'output') =>
    JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any' })).replaceAll(
      ',"additionalProperties":false',
      '',
    );

  const different = routes.filter(
    ({ response }) => written(response, 'input') !== written(response, 'output'),
  );

  expect(different.map(({ id }) => id)).toEqual([]);
});

test('a prediction that is not waited for is answered by a job, as two headers of the request ask', () => {
  const { parameters, responses } = operations.get('predict')!;

  expect(parameters!.filter((one) => one.in === 'header')).toMatchObject([
    { name: 'prefer', required: false },
    { name: 'idempotency-key', required: false },
  ]);
  expect(Object.keys(responses).slice(0, 2)).toEqual(['200', '202']);
  expect(responses['202']!.content!['application/json']).toMatchObject({
    schema: { $ref: '#/components/schemas/JobView' },
    example: { status: 'queued' },
  });
});

test('each dialect refuses in its own shape', () => {
  const shapes = Object.entries(document.components.responses!).map(([name, response]) => {
    const { example, schema } = (
      response as { content: Record<string, { example: object; schema: { $ref: string } }> }
    ).content['application/json']!;
    return [name.split('-')[0], schema.$ref.split('/').at(-1), Object.keys(example).join()];
  });

  const expected = { native: 'error', oip: 'error', tensorflow: 'error', mlflow: 'error_code,message' };
  for (const [dialect, , keys] of shapes) expect(keys).toBe(expected[dialect as keyof typeof expected]);
  expect(new Set(shapes.map(([dialect, schema]) => `${dialect} ${schema}`))).toEqual(
    new Set(['native ErrorBody', 'oip OipError', 'tensorflow TensorflowError', 'mlflow MlflowError']),
  );
  expect(refusalBody('oip', { type: '', message: 'm', param: null, code: null, request_id: '' })).toEqual({
    error: 'm',
  });
});

test('a request needs the key its route asks for, and an open one needs none', () => {
  for (const { id, scope } of routes) {
    const wanted = scope === 'none' ? [] : [{ apiKey: [scope] }, { bearer: [scope] }];
    expect(operations.get(id)!.security, id).toEqual(wanted);
    expect('401' in operations.get(id)!.responses, id).toBe(scope !== 'none');
    expect('403' in operations.get(id)!.responses, id).toBe(scope !== 'none');
  }
});

test('the comments of the contracts describe the fields, also where another schema took them over', () => {
  const { JobView, FeatureSchema, ModelCard } = document.components.schemas;

  expect(FeatureSchema!.properties!.missing!.description).toBe(
    'Share of training rows in which it was missing.',
  );
  expect(JobView!.properties!.expires!.description).toBe('Kept at least until then.');
  expect(JobView!.properties!.created!.description).toBe(undefined);
  expect(ModelCard!.properties!.held_out!.description).toBe(undefined);
});

test('every group that is used is described, in one order', () => {
  const used = new Set(routes.map(tagOf));

  expect(document.tags.map(({ name }) => name).filter((name) => !used.has(name as never))).toEqual([]);
  expect(document.tags.length).toBe(used.size);
});
