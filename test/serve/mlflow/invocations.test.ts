import { beforeAll, describe, expect, it } from 'vitest';
import { artifactKeys } from '../../../lib/contracts/keys.ts';
import { product } from '../../../lib/contracts/product.ts';
import type { ServeContext } from '../../../lib/serve/index.ts';
import { createMemoryObjectStore } from '../../../lib/storage/index.ts';
import { type Asked, ask, contextOf } from '../ask.ts';
import { bucketOf, echo, heart, sum } from '../models.ts';
import { refusalOf } from '../refusal.ts';

let context: ServeContext;

beforeAll(async () => {
  const artifacts = await bucketOf({
    'heart/1': heart(1 / 512),
    'heart/2': heart(1 / 256),
    'sum/1': sum(3),
    'one/1': sum(1),
    'matrix/1': echo({ x: ['float32', ['N', 3]] }),
    'columns/1': echo({
      n: ['int64', ['N']],
      s: ['string', ['N', 1]],
      b: ['bool', ['N']],
      f: ['float32', ['N']],
    }),
  });
  context = contextOf(artifacts);
});

const post = (model: string | null, body: unknown, { query, headers }: Asked = {}) =>
  ask(context, 'POST /invocations', {
    query: { ...(model !== null && { model }), ...query },
    headers: { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json', ...headers },
    body,
  });
const predictions = async (model: string, body: unknown, more?: Asked): Promise<unknown> =>
  JSON.parse((await post(model, body, more)).text!).predictions;
const refusal = (model: string | null, body: unknown, more?: Asked) => refusalOf(post(model, body, more));

const columns = ['age', 'sex', 'weight', 'smoker'];
const yes = [61, 'F', 96, true];
const no = [44, 'M', 64, false];
const split = { columns, data: [yes, no] };

describe('tables', () => {
  it('are answered alike in every form, in any order of the columns, with columns that the model ignores', async () => {
    const record = { smoker: true, weight: 96, sex: 'F', age: 61, id: 7 };
    const turned = { columns: ['weight', 'id', 'smoker', 'age', 'sex'], index: ['x', 'y'] };

    const found = await Promise.all([
      predictions('heart', { dataframe_split: { ...split, index: [5, 9] } }),
      predictions('heart', {
        dataframe_split: {
          ...turned,
          data: [
            [96, 1, true, 61, 'F'],
            [64, 2, false, 44, 'M'],
          ],
        },
      }),
      predictions('heart', { dataframe_records: [record, { ...record, weight: 64, smoker: false }] }),
      predictions('heart', 'age,sex,weight,smoker\n61,F,96,True\n44,M,64,False\n'),
      predictions('heart', '\uFEFFid,weight,smoker,"age",sex\r\n1,9.6e1,True,61,"F"\r\n"2",64,False,44,M'),
      predictions('heart', { instances: [yes, no] }),
      predictions('heart', {
        inputs: { age: [61, 44], sex: ['F', 'M'], weight: [96, 64], smoker: [true, false] },
      }),
      predictions('heart', { inputs: [yes, no] }),
    ]);

    expect(found).toEqual(found.map(() => ['yes', 'no']));
  });

  it('without names stand for the columns by their places, as those of a bare array do in pandas', async () => {
    const data = [
      [1, 2, 3],
      [4, 5, 6],
    ];

    const unnamed = await predictions('sum', { dataframe_split: { data } });
    const numbered = await predictions('sum', {
      dataframe_split: { columns: [0, 1, 2], index: [0, 1], data },
    });

    expect([unnamed, numbered]).toEqual([
      [6, 15],
      [6, 15],
    ]);
  });

  it('may lack values: empty cells, null and NaN, with a warning', async () => {
    const table = { ...split, data: [[61, 'F', null, true]] };

    const asJson = await post('heart', { dataframe_split: table });
    const asCsv = await post('heart', 'age,sex,weight,smoker\n61,F,,True\n');
    const asPython = await post('heart', JSON.stringify({ dataframe_split: table }).replace('null', 'NaN'), {
      headers: { 'content-type': 'application/json' },
    });

    expect(JSON.parse(asJson.text!)).toEqual({
      predictions: ['yes'],
      warnings: [{ row: 0, field: 'weight', code: 'missing_field', message: expect.any(String) }],
    });
    expect([asCsv.text, asPython.text]).toEqual([asJson.text, asJson.text]);
  });

  it.each([
    [
      'a text in a numeric column of CSV',
      'age,sex,weight,smoker\n61,F,96,True\n\nx1,F,1,True\n',
      'not_a_number',
      'line 4, age',
    ],
    ['a record of CSV that is too short', 'age,sex,weight,smoker\n61,F\n', 'invalid_csv', null],
    ['an open quote in CSV', 'age,sex,weight,smoker\n61,"F,1,True\n', 'invalid_csv', null],
    ['a column twice in CSV', 'age,age\n1,2\n', 'wrong_shape', 'The header of the CSV'],
    ['empty CSV', '', 'invalid_csv', null],
    ['CSV without rows', 'age,sex,weight,smoker\n', 'wrong_shape', 'the CSV'],
    ['a column that is left out', 'age,sex,weight\n1,F,2\n', 'missing_field', 'the CSV.smoker'],
    [
      'a column that the data never had',
      { dataframe_split: { columns: [...columns, 'x'], data: [[...yes, 1]] } },
      'unknown_field',
      'dataframe_split.x',
    ],
    [
      'a wrong value',
      { dataframe_split: { ...split, data: [yes, ['x', 'F', 1, true]] } },
      'not_a_number',
      'dataframe_split.data[1][0]',
    ],
    [
      'ragged rows',
      { dataframe_split: { ...split, data: [yes, [1]] } },
      'wrong_shape',
      'dataframe_split.data[1]',
    ],
    [
      'a row that is none',
      { dataframe_split: { ...split, data: [yes, 'row'] } },
      'wrong_shape',
      'dataframe_split.data[1]',
    ],
    ['no data', { dataframe_split: { columns } }, 'wrong_shape', 'dataframe_split.data'],
    ['an unknown part', { dataframe_split: { ...split, colums: [] } }, 'wrong_shape', 'dataframe_split'],
    [
      'a name that is none',
      { dataframe_split: { columns: [null], data: [] } },
      'wrong_shape',
      'dataframe_split.columns[0]',
    ],
    [
      'names that are no list',
      { dataframe_split: { columns: 'age', data: [] } },
      'wrong_shape',
      'dataframe_split.columns',
    ],
    ['a split that is no object', { dataframe_split: [yes] }, 'wrong_shape', 'dataframe_split'],
    [
      'too few columns without names',
      { dataframe_split: { data: [[1, 2]] } },
      'wrong_shape',
      'dataframe_split',
    ],
    ['records that are no list', { dataframe_records: { age: [1] } }, 'wrong_shape', 'dataframe_records'],
    ['a record that is none', { dataframe_records: [yes] }, 'wrong_shape', 'dataframe_records[0]'],
    [
      'records that differ',
      { dataframe_records: [{ age: 1 }, { age: 1, sex: 'F' }] },
      'wrong_shape',
      'dataframe_records[1]',
    ],
    [
      'a wrong value in a record',
      { dataframe_records: [{ age: [1], sex: 'F', weight: 1, smoker: true }] },
      'not_a_number',
      'dataframe_records[0].age',
    ],
    ['no record', { dataframe_records: [] }, 'wrong_shape', 'dataframe_records'],
  ])('bad call: %s', async (_what, body, code, param) => {
    const error = await refusal('heart', body);

    expect(error).toMatchObject({ kind: 'invalid_request', code, param });
    expect(error.message.length).toBeGreaterThan(20);
  });

  it('bad call: a line of CSV that is broken is told by its number', async () => {
    const error = await refusal('heart', 'age,sex\n"1\n2",F\n3\n');

    expect(error.message).toBe('The CSV, line 4: 1 values where the header names 2 columns.');
  });
});

describe('parameters', () => {
  const dataframe_split = { columns, data: [yes] };

  it('choose what a classifier answers', async () => {
    const probabilities = { no: 0.375, yes: 0.625 };

    const ofParams = await Promise.all(
      ['label', 'probabilities', 'all'].map((output) =>
        predictions('heart', { dataframe_split, params: { output } }),
      ),
    );
    const ofQuery = await predictions('heart', 'age,sex,weight,smoker\n61,F,96,True\n', {
      query: { output: 'probabilities' },
    });

    expect(ofParams).toEqual([['yes'], [probabilities], [{ label: 'yes', probabilities }]]);
    expect(ofQuery).toEqual([probabilities]);
  });

  it('turn warnings into errors, from the body or from the query', async () => {
    const body = { dataframe_split: { columns, data: [[61, 'X', 96, true]] } };

    const ofParams = await refusal('heart', { ...body, params: { strict: true } });
    const ofQuery = await refusal('heart', body, { query: { strict: 'true' } });
    const overruled = await predictions(
      'heart',
      { ...body, params: { strict: false } },
      { query: { strict: 'true' } },
    );

    expect([ofParams.code, ofQuery.code]).toEqual(['unknown_category', 'unknown_category']);
    expect(ofParams.param).toBe('dataframe_split.data[0][1]');
    expect(overruled).toEqual(['yes']);
  });

  it('say what is written for NaN', async () => {
    const body = { instances: [[1, null, 2]] };

    expect(await predictions('matrix', { ...body, params: { non_finite: 'string' } })).toEqual([
      [1, 'NaN', 2],
    ]);
    expect(await predictions('matrix', { ...body, params: null }, { query: { non_finite: 'null' } })).toEqual(
      [[1, null, 2]],
    );
    expect((await refusal('matrix', body)).code).toBe('non_finite_output');
  });

  it.each([
    ['an unknown output', 'heart', { output: 'logits' }, 'invalid_field', 'output'],
    ['an output of a regression', 'sum', { output: 'all' }, 'invalid_field', 'output'],
    ['an unknown parameter', 'heart', { ouput: 'all' }, 'unknown_field', 'params.ouput'],
    ['parameters that are no object', 'heart', ['all'], 'wrong_type', 'params'],
    ['strict that is no truth value', 'heart', { strict: 1 }, 'invalid_field', 'strict'],
  ])('bad call: %s', async (_what, model, params, code, param) => {
    const instances = model === 'sum' ? [[1, 2, 3]] : [yes];

    expect(await refusal(model, { instances, params })).toMatchObject({ code, param });
  });
});

describe('the body', () => {
  it.each([
    ['a bare list', [yes]],
    ['no form', { columns, data: [yes] }],
    ['nothing in it', {}],
    ['two forms', { dataframe_split: split, instances: [yes] }],
    ['a number', 1],
  ])('bad call: %s', async (_what, body) => {
    const error = await refusal('heart', body);

    expect(error).toMatchObject({ kind: 'invalid_request', code: 'wrong_shape' });
    for (const field of ['dataframe_split', 'dataframe_records', 'instances', 'inputs', 'params']) {
      expect(error.message).toContain(`"${field}"`);
    }
  });

  it('bad call: what asks a language model', async () => {
    const found = await Promise.all(
      ['messages', 'prompt', 'input'].map((field) => refusal('heart', { [field]: 'hello' })),
    );

    expect(found.map(({ code }) => code)).toEqual(Array(3).fill('unsupported_form'));
  });

  it('bad call: no JSON', async () => {
    const headers = { 'content-type': 'application/json' };

    expect((await refusal('heart', '{"instances":', { headers })).code).toBe('invalid_json');
  });

  it.each([
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON',
    'application/json;',
  ])('may be of the type %s', async (type) => {
    expect(await predictions('heart', { instances: [yes] }, { headers: { 'content-type': type } })).toEqual([
      'yes',
    ]);
  });

  it.each([
    ['another charset', 'application/json; charset=latin-1'],
    ['another charset of CSV', 'text/csv; charset=utf-16'],
    ['another parameter', 'application/json; format=pandas-split'],
    ['another type', 'application/x-www-form-urlencoded'],
    ['no type', ''],
  ])('bad call: %s is refused in plain text', async (_what, type) => {
    const { status, headers, text } = await post(
      'heart',
      { instances: [yes] },
      { headers: { 'content-type': type } },
    );

    expect(status).toBe(415);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-error-code': 'content_type',
    });
    expect(text).toMatch(/\.$/);
  });
});

describe('models that were brought along', () => {
  it('take tensors and answer as they were asked', async () => {
    const row = { n: 1, s: ['x'], b: true, f: 0.5 };
    const whole = { n: [1], s: [['x']], b: [true], f: [0.5] };
    const named = (values: object) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`out:${name}`, value]));

    expect(await predictions('columns', { instances: [row] })).toEqual([named(row)]);
    expect(await predictions('columns', { inputs: whole })).toEqual(named(whole));
    expect(await predictions('matrix', { instances: [[1, 2, 3]] })).toEqual([[1, 2, 3]]);
  });

  it('take a table as one matrix', async () => {
    const data = [
      [1, 2, 3],
      [4, 5, 6.5],
    ];

    expect(await predictions('matrix', { dataframe_split: { columns: ['p', 'q', 'r'], data } })).toEqual(
      data,
    );
    expect(await predictions('matrix', 'p,q,r\n1,2,3\n4,5,6.5\n')).toEqual(data);
    expect(await predictions('matrix', { dataframe_records: [{ p: 1, q: 2, r: 3 }] })).toEqual([[1, 2, 3]]);
  });

  it('take each column as the input of its name, integers with all their digits', async () => {
    const big = '9223372036854775807';
    const record = '{"out:n":9223372036854775807,"out:s":["a"],"out:b":true,"out:f":1.5}';

    const csv = await post('columns', `s,b,f,n\na,TRUE,1.5,${big}\n`);
    const records = await post('columns', `{"dataframe_records":[{"n":${big},"s":"a","b":true,"f":1.5}]}`, {
      headers: { 'content-type': 'application/json' },
    });

    expect(csv.text).toBe(`{"predictions":[${record}]}`);
    expect(records.text).toBe(csv.text);
  });

  it.each([
    ['columns that are no inputs', 'columns', 'n,s\n1,a\n', 'wrong_shape', 'the CSV'],
    ['a text for a number', 'matrix', 'p,q,r\n1,2,3\n1,x,3\n', 'not_a_number', 'line 3, q'],
    ['a word that is no truth value', 'columns', 'n,s,b,f\n1,a,maybe,1\n', 'not_a_number', 'line 2, b'],
    ['a matrix that is too narrow', 'matrix', 'p,q\n1,2\n', 'input_shape', 'x'],
    ['no rows', 'matrix', 'p,q,r\n', 'wrong_shape', 'the CSV'],
    [
      'a wrong value',
      'columns',
      { dataframe_records: [{ n: 1, s: 5, b: true, f: 1 }] },
      'wrong_type',
      'dataframe_records.s[0][0]',
    ],
  ])('bad call: %s', async (_what, model, body, code, param) => {
    expect(await refusal(model, body)).toMatchObject({ kind: 'invalid_request', code, param });
  });
});

describe('the model that is asked', () => {
  const body = { instances: [[1]] };

  it('is the named one, in the named version', async () => {
    const weights = async (query: Record<string, string>) =>
      predictions('heart', { instances: [no], params: { output: 'probabilities' } }, { query });

    expect(await weights({})).toEqual([{ no: 0.75, yes: 0.25 }]);
    expect(await weights({ version: '1' })).toEqual([{ no: 0.875, yes: 0.125 }]);
  });

  it('is the one that the service is set up for, or the only one there is', async () => {
    const alone = contextOf(await bucketOf({ 'only/1': sum(1) }));

    const ofSetting = await ask({ ...context, defaultModel: 'one' }, 'POST /invocations', { body });
    const ofOne = await ask(alone, 'POST /invocations', { body });

    expect([ofSetting.text, ofOne.text]).toEqual(['{"predictions":[1]}', '{"predictions":[1]}']);
  });

  it('bad call: is not told where there are several; ten names are shown', async () => {
    const artifacts = createMemoryObjectStore();
    for (let index = 0; index < 12; index += 1)
      await artifacts.put(artifactKeys.spec(`m${10 + index}`), '{}');
    const many = contextOf(artifacts);

    const few = await refusal(null, body);
    const error = await refusalOf(ask(many, 'POST /invocations', { body }));

    expect(few).toMatchObject({ kind: 'invalid_request', code: 'model_not_named', param: 'model' });
    expect(few.message).toContain('there are columns, heart, matrix, one, sum.');
    expect(error.message).toContain('there are m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, ....');
  });

  it('bad call: is not there', async () => {
    const empty = contextOf(createMemoryObjectStore());

    expect(await refusal('none', body)).toMatchObject({ kind: 'not_found', code: 'model_not_found' });
    expect(await refusal('a/b', body)).toMatchObject({ kind: 'invalid_request', param: 'model' });
    expect(await refusalOf(ask(empty, 'POST /invocations', { body }))).toMatchObject({
      code: 'model_not_found',
    });
  });
});

describe('health and version', () => {
  it('are answered without a model', async () => {
    const [ping, health, version] = await Promise.all(
      ['GET /ping', 'GET /health', 'GET /version'].map((route) => ask(context, route, {})),
    );

    expect([ping, health]).toEqual([
      { status: 200, text: '' },
      { status: 200, text: '' },
    ]);
    expect(version).toMatchObject({ status: 200, text: product.version });
  });
});
