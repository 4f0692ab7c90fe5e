import { beforeAll, describe, expect, it } from 'vitest';
import { type Access, fullAccess } from '../../lib/access/index.ts';
import type { HttpFunction } from '../../lib/contracts/index.ts';
import type { TestRequest } from '../functions/api-gateway.ts';
import { createTenants, rows, type Tenants, uploadOf } from './tenants.ts';

/** Names that are not in the path: in the query, in the body, in a header, or nowhere. */
const ownKey: Access = { ...fullAccess('own key'), models: ['own'] };

let tenants: Tenants;
beforeAll(async () => {
  tenants = await createTenants();
});

const otherUpload = 'job-uploads/other/id-0/people.csv';

describe('a name of the other tenant', () => {
  it.each<[string, HttpFunction, TestRequest, string]>([
    [
      'as ?model= of a prediction',
      'predict',
      { method: 'POST', route: '/invocations', query: { model: 'other' }, body: rows },
      'model_not_allowed',
    ],
    [
      'for a prediction that is not waited for',
      'predict',
      {
        method: 'POST',
        route: '/v1/models/{model}/predict',
        path: { model: 'other' },
        headers: { Prefer: 'respond-async' },
        body: rows,
      },
      'model_not_allowed',
    ],
    [
      'as the model of a chat',
      'generate',
      {
        method: 'POST',
        route: '/v1/chat/completions',
        body: { model: 'other', messages: [{ role: 'user', content: 'Hello' }] },
      },
      'model_not_allowed',
    ],
    [
      'as the model of a text to be continued',
      'generate',
      { method: 'POST', route: '/v1/completions', body: { model: 'other', prompt: 'Hello' } },
      'model_not_allowed',
    ],
    [
      'as the model of a text to make a vector of',
      'predict',
      { method: 'POST', route: '/v1/embeddings', body: { model: 'other', input: 'Hello' } },
      'model_not_allowed',
    ],
    [
      'as ?model= of a list of jobs',
      'control',
      { method: 'GET', route: '/v1/jobs', query: { model: 'other' } },
      'model_not_allowed',
    ],
    [
      'as the data set that a model shall learn',
      'control',
      {
        method: 'PUT',
        route: '/v1/models/{model}',
        path: { model: 'own' },
        body: { dataset: 'other', target: 'disease' },
      },
      'dataset_not_allowed',
    ],
    ['as the data set of a job', 'control', jobOver({ key: uploadOf('other') }), 'dataset_not_allowed'],
    ['as the upload of a job', 'control', jobOver({ key: otherUpload }), 'model_not_allowed'],
    [
      'behind the own one in the key of an upload',
      'control',
      jobOver({ key: 'job-uploads/own/../other/id-0/people.csv' }),
      'input_not_allowed',
    ],
    [
      'in a key of no kind',
      'control',
      jobOver({ key: 'datasets/own/../other/uploads/other.csv' }),
      'input_not_allowed',
    ],
  ])('bad call: %s', async (_, functionName, request, code) => {
    tenants.takeTouched();

    const answer = await tenants.call(functionName, { ...request, access: ownKey });

    expect(answer).toMatchObject({ status: 403, code });
    expect(tenants.takeTouched().filter((key) => key.includes('other'))).toEqual([]);
  });

  it('bad call: a job over the rows of a data set by a key that may only predict', async () => {
    const request = jobOver({ key: uploadOf('own') });

    const answer = await tenants.call('control', { ...request, access: { ...ownKey, scopes: ['predict'] } });

    expect(answer).toMatchObject({ status: 403, code: 'scope_missing' });
  });

  it("bad call: the id of the other tenant's upload of a model, under one's own model", async () => {
    const uploads = {
      method: 'POST',
      route: '/v1/models/{model}/versions/uploads',
      path: { model: 'other' },
    };
    const ticket = await tenants.call('import', { ...uploads, body: { bytes: 5 } });
    const { upload } = JSON.parse(ticket.text);
    tenants.takeTouched();

    const answer = await tenants.call('import', {
      method: 'PUT',
      route: '/v1/models/{model}/versions',
      path: { model: 'own' },
      body: { upload: upload.replace('id-', '0b9a1c7e-5d52-4f2e-9a51-').padEnd(36, '0') },
      access: ownKey,
    });

    expect(answer).toMatchObject({ status: 404, code: 'upload_not_found' });
    expect(tenants.takeTouched().filter((key) => key.includes('other'))).toEqual([]);
  });
});

describe('no name at all', () => {
  const invocations: TestRequest = { method: 'POST', route: '/invocations', body: rows };

  it("means the only model the caller has, though there are others' too", async () => {
    const answer = await tenants.call('predict', { ...invocations, access: ownKey });

    expect(answer).toMatchObject({ status: 200 });
  });

  it("bad call: where it means the model of the service, which is not the caller's", async () => {
    const withDefault = await createTenants('other');

    const answer = await withDefault.call('predict', { ...invocations, access: ownKey });

    expect(answer).toMatchObject({ status: 403, code: 'model_not_allowed' });
  });

  it('bad call: where it could mean several, of which only the own are named', async () => {
    const access = { ...ownKey, models: ['own', 'o*'] };

    const all = await tenants.call('predict', { ...invocations, access });
    const none = await tenants.call('predict', {
      ...invocations,
      access: { ...ownKey, models: ['nothing'] },
    });

    expect(all).toMatchObject({ status: 400, code: 'model_not_named' });
    expect(none).toMatchObject({ status: 404 });
    expect(none.text).not.toContain('other');
  });
});

describe('lists', () => {
  it.each<[HttpFunction, TestRequest, number]>([
    ['control', { method: 'GET', route: '/v1/models' }, 1],
    ['control', { method: 'GET', route: '/v1/datasets' }, 1],
    ['control', { method: 'GET', route: '/v1/jobs' }, 1],
    ['predict', { method: 'GET', route: '/v2/models' }, 1],
    ['predict', { method: 'POST', route: '/v2/repository/index' }, 1],
  ])('%s %o hold what the caller has, whole if that is all', async (functionName, request, count) => {
    const mine = await tenants.call(functionName, { ...request, access: ownKey });
    const every = await tenants.call(functionName, request);

    const entriesOf = ({ text }: { readonly text: string }) => {
      const answer = JSON.parse(text);
      return answer.data ?? answer.models ?? answer;
    };
    expect(entriesOf(mine)).toHaveLength(count);
    expect(mine.text).not.toContain('other');
    expect(entriesOf(every)).toHaveLength(2 * count);
  });
});

function jobOver(input: object): TestRequest {
  return {
    method: 'POST',
    route: '/v1/models/{model}/jobs',
    path: { model: 'own' },
    body: { input },
  };
}
