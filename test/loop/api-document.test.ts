import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type Route, routes } from '../../lib/contracts/index.ts';
import { refusalStatuses } from '../../scripts/api/refusals.ts';
import { archiveOf, tinyFolder } from '../embedding-model.ts';
import { apiKey, type BodyOf, heartCsv, type Loop, linearSpec, startLoop, waitForRun } from './support.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** With the columns that the examples of the document speak of. */
const spec = { ...linearSpec, features: { exclude: ['weight'] } };

let loop: Loop;
const parts: Record<string, string> = { model: 'heart', dataset: 'heart', version: '1', label: 'live' };

beforeAll(async () => {
  loop = await startLoop();
  await loop.api('PUT', '/v1/models/heart', spec);
  await loop.upload('heart', 'heart.csv', heartCsv(300));
  parts.run = (await waitForRun(loop, 'heart', 'heart.csv')).run;
  const { body: ticket } = await loop.api<BodyOf<'create-job-upload'>>(
    'POST',
    '/v1/models/heart/jobs/uploads',
    { file: 'rows.csv' },
  );
  await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: 'age,sex\n61,F\n' });
  const job = await loop.api<BodyOf<'create-job'>>('POST', '/v1/models/heart/jobs', {
    input: { key: ticket.key },
  });
  parts.id = job.body.id;
  // The model of vectors that the example of its route asks.
  await fetch(`${loop.url}/v1/models/minilm/versions`, {
    method: 'PUT',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/x-tar' },
    body: archiveOf(tinyFolder),
  });
});
afterAll(() => loop.remove());

/** Sends the example of a route to the live service. */
async function ask(route: Route, values: Readonly<Record<string, string>>) {
  const { method, path, shownPath = path, example, request } = route;
  const filled = shownPath.replace(/\{([^}]+)\}/g, (_whole, name: string) => values[name] ?? `no-${name}`);
  // With several models one has to be named, where the path does not.
  const query = path === '/invocations' ? `?model=${values.model}` : '';
  const response = await fetch(`${loop.url}${filled}${query}`, {
    method,
    redirect: 'manual',
    headers: { 'x-api-key': apiKey, ...(request && { 'content-type': 'application/json' }) },
    ...(request && { body: JSON.stringify(example?.request) }),
  });
  const text = await response.text();
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!;
  return {
    status: response.status,
    type,
    body: type === 'application/json' && text !== '' ? JSON.parse(text) : text,
  };
}

/** Routes that change nothing; their examples can be sent in any order. */
const harmless = routes.filter(
  ({ id, method, function: name }) =>
    (method === 'GET' || name === 'predict') &&
    // They answer for models that forecast alone; their answers are held to their schemas where there is one.
    !['forecast', 'time-series-forecast'].includes(id),
);

test.each(harmless.map((route) => [route.id, route] as const))(
  '%s answers as the document says',
  async (_id, route) => {
    const { response, responseTypes = ['application/json'] } = route;

    const answer = await ask(route, parts);

    expect(answer).toMatchObject({ status: route.status });
    if (route.status === 302 || response instanceof z.ZodNull) expect(answer.body).toBe('');
    else {
      expect(responseTypes).toContain(answer.type);
      // Equal to what it was: nothing is answered that the document does not know.
      expect(response.safeParse(answer.body)).toEqual({ success: true, data: answer.body });
    }
  },
);

const ofModels = harmless.filter(({ path }) => path.includes('{model}'));

test.each(ofModels.map((route) => [route.id, route] as const))(
  'bad call: %s of a model that does not exist is refused as the document says',
  async (_id, route) => {
    const answer = await ask(route, { ...parts, model: 'nobody' });

    const shapes = {
      native: { error: { type: 'not_found', code: expect.stringMatching(/_not_found$/) } },
      oip: { error: expect.any(String) },
      tensorflow: { error: expect.any(String) },
      mlflow: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: expect.any(String) },
    };
    expect(answer).toMatchObject({ status: 404, type: 'application/json', body: shapes[route.dialect] });
    expect(refusalStatuses(route)).toContain(404);
  },
);

test('changes answer as the document says too', async () => {
  const order = [
    'put-model',
    'promote',
    'evaluate-model',
    'retrain',
    'create-upload',
    'create-import-upload',
  ];
  const last = ['cancel-run', 'cancel-job', 'delete-job', 'delete-model'];

  for (const id of [...order, ...last]) {
    const route = routes.find((one) => one.id === id)!;
    const example =
      id === 'put-model'
        ? { request: spec }
        : id === 'promote'
          ? { request: { version: '1' } }
          : route.example;
    const answer = await ask({ ...route, ...(example && { example }) }, parts);
    expect(answer, id).toMatchObject({ status: route.status });
    expect(route.response.safeParse(answer.body), id).toEqual({ success: true, data: answer.body });
  }
});

test('the service gives its document and its page to anybody', async () => {
  const document = await fetch(`${loop.url}/openapi.json`);
  const page = await fetch(`${loop.url}/docs`);

  const { paths } = (await document.json()) as { paths: object };
  expect(Object.keys(paths).length).toBeGreaterThan(20);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'sha256-");
  expect(await page.text()).toContain('<title>Onramp API</title>');
});
