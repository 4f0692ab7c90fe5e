import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { rawHttpStack } from '../../../functions/middleware/http-stack.ts';
import { createPredict, type PredictPlatform } from '../../../functions/predict/predict.ts';
import { localCredentials } from '../../../infra/local/config.ts';
import { readEndpoints, startHosting } from '../../../infra/local/sagemaker/hosting/index.ts';
import { fullAccess } from '../../../lib/access/index.ts';
import { customAttributesHeader, jsonLengthHeader } from '../../../lib/contracts/endpoint-call.ts';
import type { EndpointModel } from '../../../lib/contracts/endpoint-models.ts';
import { artifactKeys } from '../../../lib/contracts/keys.ts';
import { servingFiles } from '../../../lib/contracts/serving-archive.ts';
import { invalidInput, silentLogger } from '../../../lib/core/index.ts';
import { readContainerWords } from '../../../lib/endpoint/index.ts';
import type { Endpoints } from '../../../lib/endpoint/types.ts';
import { getVersion, loadArtifact } from '../../../lib/registry/index.ts';
import { createModelCache, type LargeModels, serveOperations } from '../../../lib/serve/index.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../../functions/api-gateway.ts';
import { until } from '../../loop/support.ts';
import { createWorld, heartCsv, register, upload, type World } from '../../pipeline/support.ts';
import {
  type Container,
  createMlFolder,
  entry,
  type MlFolder,
  startContainer,
  startServing,
} from './support.ts';

let world: World;
let ml: MlFolder;
let served: Container & { readonly url: string };

beforeAll(async () => {
  world = createWorld();
  await register(world);
  await upload(world, heartCsv(300));
  const version = await getVersion(world, 'heart', '1');
  ml = createMlFolder();
  for (const { path, body } of servingFiles(version, await loadArtifact(world, version))) {
    ml.write(`model/${path}`, body);
  }
  // As SageMaker mounts it.
  chmodSync(join(ml.path, 'model'), 0o555);
  served = await startServing(ml);
}, 60_000);

afterAll(() => {
  served.child.kill('SIGKILL');
  chmodSync(join(ml.path, 'model'), 0o755);
  ml.remove();
});

const invoke = (body: string, type = 'application/json', query = '') =>
  fetch(`${served.url}/invocations${query}`, { method: 'POST', headers: { 'content-type': type }, body });

/** What the predict function answers to the same request. */
async function expected(body: string): Promise<unknown> {
  const cache = createModelCache(world);
  const answer = await serveOperations['POST /invocations']!(
    { ...world, cache },
    {
      method: 'POST',
      route: '/invocations',
      path: {},
      query: {},
      requestId: 'r',
      access: fullAccess('test'),
      body: { text: () => body, bytes: () => new TextEncoder().encode(body) },
      header: (name) => (name === 'content-type' ? 'application/json' : undefined),
    },
  );
  return JSON.parse(answer.text!);
}

const rows = {
  dataframe_split: {
    columns: ['age', 'sex', 'weight'],
    data: [
      [79, 'M', 60],
      [21, 'F', 60],
    ],
  },
  params: { output: 'probabilities' },
};

describe('a container that serves', () => {
  test('answers pings with nothing', async () => {
    const answer = await fetch(`${served.url}/ping`);

    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
  });

  test('answers invocations with the very numbers of the function', async () => {
    const answer = await invoke(JSON.stringify(rows));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(await answer.json()).toEqual(await expected(JSON.stringify(rows)));
  });

  test('takes CSV, as SageMaker’s clients send it', async () => {
    const answer = await invoke('age,sex,weight\n79,M,60\n21,F,60\n', 'text/csv');

    expect(await answer.json()).toMatchObject({ predictions: ['yes', 'no'] });
  });

  test('bad call: what is wrong with a request is told in the dialect’s own words', async () => {
    const wrong = await invoke('{"dataframe_split": 7}');
    const type = await invoke('x', 'text/html');
    const path = await fetch(`${served.url}/v1/models`);

    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({ error_code: 'BAD_REQUEST' });
    expect(type.status).toBe(415);
    expect(path.status).toBe(404);
  });

  test('takes a body of 8 MB, which the function would not', async () => {
    const body = JSON.stringify(rows).padEnd(8_000_000);

    const answer = await invoke(body);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(await expected(JSON.stringify(rows)));
  });

  test('holds no rows of people beside the model', async () => {
    const version = await getVersion(world, 'heart', '1');

    const files = servingFiles(version, new Uint8Array(0));

    expect(version).toHaveProperty('background');
    expect(files.map(({ path }) => path)).toEqual([
      artifactKeys.versionManifest('heart', '1'),
      artifactKeys.aliases('heart'),
      artifactKeys.artifact(version.artifact.sha256),
    ]);
    expect(new TextDecoder().decode(files[0]!.body)).not.toContain('background');
  });

  test('answers what it has begun when it is told to stop, and exits with 0', async () => {
    const own = await startServing(ml);
    const answers = [1, 2, 3].map(() =>
      fetch(`${own.url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rows),
      }),
    );
    await Promise.race(answers);

    own.child.kill('SIGTERM');

    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await own.ended).toBe(0);
  });
});

describe('a container that a machine hosts', () => {
  test('answers behind an endpoint of SageMaker with the same numbers', async () => {
    const file = join(ml.path, 'endpoints.json');
    writeFileSync(file, JSON.stringify({ heart: { container: true, modelFolder: 'model' } }));
    const tmp = join(ml.path, 'tmp');
    mkdirSync(tmp, { recursive: true });
    const hosting = await startHosting({
      endpoints: readEndpoints(file, { dist: dirname(dirname(entry)) }),
      home: ml.path,
      environment: { PATH: process.env.PATH!, TMPDIR: tmp },
      report: () => {},
    });
    onTestFinished(() => hosting.close());
    const client = new SageMakerRuntimeClient({
      ...{ endpoint: hosting.url, region: 'us-east-1', credentials: localCredentials },
    });
    const Body = JSON.stringify(rows);
    const command = new InvokeEndpointCommand({
      EndpointName: 'heart',
      ContentType: 'application/json',
      Body,
    });

    const answer = await until(() => client.send(command).catch(() => null));

    expect(answer.InvokedProductionVariant).toBe('AllTraffic');
    expect(JSON.parse(Buffer.from(answer.Body).toString())).toEqual(await expected(Body));
  });

  test('listens where it is told to', async () => {
    const elsewhere = await startServing(ml, { ONRAMP_BIND_TO_HOST: '127.0.0.1' });
    const { port } = new URL(elsewhere.url);

    const fromAnother = await fetch(`http://127.0.0.2:${port}/ping`).catch(() => 'refused');
    elsewhere.child.kill('SIGKILL');

    expect(fromAnother).toBe('refused');
  });
});

describe('a container behind an endpoint', () => {
  /** What SageMaker hands on of a request and of its answer: bodies, content types and custom attributes. */
  const endpoints: Endpoints = {
    invoke: async ({ body, contentType, customAttributes = '' }) => {
      const answer = await fetch(`${served.url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': contentType, [customAttributesHeader]: customAttributes },
        body: Buffer.from(body),
      });
      const text = new Uint8Array(await answer.arrayBuffer());
      if (!answer.ok) {
        const { message, ...details } = readContainerWords(Buffer.from(text).toString('utf8'));
        throw invalidInput(message, details);
      }
      return {
        contentType: answer.headers.get('content-type')!,
        customAttributes: answer.headers.get(customAttributesHeader) ?? '',
        attempts: 1,
        body: text,
      };
    },
    stream: () => Promise.reject(new Error('nothing is streamed here')),
    enqueue: () => Promise.reject(new Error('nothing waits here')),
  };
  const large = (declared: Partial<EndpointModel> = {}): LargeModels => {
    const model = {
      model: 'heart',
      endpoint: 'e',
      kind: 'real-time',
      speaks: 'onramp',
      ...declared,
    } as const;
    return { models: new Map([[model.model, model]]), endpoints: async () => endpoints };
  };

  async function both(line: string, asked: Omit<TestRequest, 'method' | 'route'>) {
    const [method = '', route = ''] = line.split(' ');
    const ask = async (platform: PredictPlatform) => {
      const handler = rawHttpStack(createPredict(platform), { service: 'predict', logger: silentLogger });
      const event = gatewayEvent({ method, route, path: { model: 'heart' }, ...asked });
      const { statusCode, headers = {}, body, isBase64Encoded } = await handler(event, lambdaContext);
      const content = isBase64Encoded ? Buffer.from(body, 'base64') : Buffer.from(body);
      return { statusCode, headers, content };
    };
    return [
      await ask({ ...world, newId: () => 'id' }),
      await ask({ ...world, newId: () => 'id', large: large() }),
    ] as const;
  }

  const instances = [
    { age: 79, sex: 'M', weight: 60 },
    { age: 21, sex: 'X', weight: null },
  ];
  const columns = [
    { name: 'age', shape: [1], datatype: 'FP32', data: [79] },
    { name: 'sex', shape: [1], datatype: 'BYTES', data: ['M'] },
    { name: 'weight', shape: [1], datatype: 'FP32', data: [60] },
  ];
  const binary = { ...columns[0]!, data: undefined, parameters: { binary_data_size: 4 } };
  const binaryJson = Buffer.from(
    JSON.stringify({ inputs: [binary, ...columns.slice(1)], parameters: { binary_data_output: true } }),
  );
  const binaryBody = Buffer.concat([binaryJson, Buffer.from(new Float32Array([79]).buffer)]).toString(
    'base64',
  );
  const oip = 'POST /v2/models/{model}/infer';

  test.each<[string, string, Omit<TestRequest, 'method' | 'route'>]>([
    [
      'the native dialect',
      'POST /v1/models/{model}/predict',
      { body: { instances }, query: { version: '1' } },
    ],
    ['what the preprocessing made', 'POST /v1/models/{model}/transform', { body: { instances } }],
    ['OIP', oip, { body: { id: 'a', inputs: columns } }],
    [
      'OIP with binary tensors',
      oip,
      {
        body: binaryBody,
        isBase64Encoded: true,
        headers: {
          'content-type': 'application/octet-stream',
          [jsonLengthHeader]: String(binaryJson.length),
        },
      },
    ],
    ['OIP’s metadata', 'GET /v2/models/{model}', {}],
    [
      'TensorFlow Serving',
      'POST /v1/models/{model}',
      { path: { model: 'heart:predict' }, body: { instances } },
    ],
    ['MLflow', 'POST /invocations', { path: {}, query: { model: 'heart' }, body: rows }],
    [
      'MLflow’s CSV',
      'POST /invocations',
      {
        path: {},
        query: { model: 'heart' },
        headers: { 'content-type': 'text/csv' },
        body: 'age,sex,weight\n79,M,60\n',
      },
    ],
  ])('answers %s as the function itself', async (_, line, asked) => {
    const [own, handed] = await both(line, asked);

    expect(handed.statusCode).toBe(own.statusCode);
    expect(handed.headers['content-type']).toBe(own.headers['content-type']);
    expect(handed.headers[jsonLengthHeader]).toBe(own.headers[jsonLengthHeader]);
    const withoutIds = (content: Buffer) => content.toString('latin1').replace(/"id":"[^"]*"/g, '');
    expect(withoutIds(handed.content)).toBe(withoutIds(own.content));
  });

  test('bad call: has no rows of people to explain by, and says so', async () => {
    const line = 'POST /v1/models/{model}/explain';

    const [own, handed] = await both(line, { body: { instances: instances.slice(0, 1) } });

    expect([own.statusCode, handed.statusCode]).toEqual([200, 400]);
    expect(handed.content.toString()).toContain('background');
  });

  test('is asked by the name it knows the model by', async () => {
    const platform = { ...world, newId: () => 'id', large: large({ model: 'big', servedName: 'heart' }) };
    const handler = rawHttpStack(createPredict(platform), { service: 'predict', logger: silentLogger });
    const asked = {
      method: 'POST',
      route: '/v1/models/{model}',
      path: { model: 'big:predict' },
      body: { instances },
    };

    const { statusCode, body } = await handler(gatewayEvent(asked), lambdaContext);

    expect(statusCode).toBe(200);
    expect(JSON.parse(Buffer.from(body, 'base64').toString()).predictions).toHaveLength(2);
  });

  test('bad call: a refusal keeps the words of the container', async () => {
    const [own, handed] = await both(oip, {
      body: { inputs: [{ ...columns[0], shape: [2] }, ...columns.slice(1)] },
    });

    expect([own.statusCode, handed.statusCode]).toEqual([400, 400]);
    expect(handed.content.toString()).toBe(own.content.toString());
  });
});

describe('a container that cannot serve', () => {
  const refused: readonly [string, Readonly<Record<string, string>>, RegExp][] = [
    ['no model and no bucket', {}, /There is no model in .*onramp package/],
    ['a bucket without a name', { ONRAMP_ARTIFACT_BUCKET: '-' }, /ONRAMP_ARTIFACT_BUCKET is "-"/],
  ];

  test.each(refused)('bad call: %s ends it with 1 and the reason', async (_, environment, reason) => {
    const empty = createMlFolder();
    const container = startContainer(['serve'], { SAGEMAKER_BASE_DIR: empty.path, ...environment });

    expect(await container.ended).toBe(1);
    expect(container.output()).toMatch(reason);
    empty.remove();
  });

  test('bad call: a port that is none, and a word that is no command, are refused', async () => {
    const port = startContainer(['serve'], { SAGEMAKER_BASE_DIR: ml.path, SAGEMAKER_BIND_TO_PORT: '99999' });
    const word = startContainer(['bash'], {});

    expect([await port.ended, await word.ended]).toEqual([1, 1]);
    expect(port.output()).toContain('not a port');
    expect(word.output()).toContain('serve or train');
  });

  test('bad call: a model file that is damaged is found before the first ping', async () => {
    const damaged = createMlFolder();
    cpSync(join(ml.path, 'model'), join(damaged.path, 'model'), { recursive: true });
    const version = await getVersion(world, 'heart', '1');
    chmodSync(join(damaged.path, 'model'), 0o755);
    damaged.write(`model/${artifactKeys.artifact(version.artifact.sha256)}`, 'no model');
    const container = startContainer(['serve'], { SAGEMAKER_BASE_DIR: damaged.path });

    expect(await container.ended).toBe(1);
    expect(container.output()).toContain('missing or damaged');
    damaged.remove();
  });
});

describe('the image on Lambda', () => {
  test('hands the function that its command names to the runtime client', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-image-'));
    cpSync(dirname(entry), folder, { recursive: true });
    const client = join(folder, 'node_modules', 'aws-lambda-ric');
    mkdirSync(client, { recursive: true });
    writeFileSync(
      join(client, 'index.mjs'),
      `import { existsSync } from 'node:fs';
       const { LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
       console.log(name, existsSync(root + '/' + name.replace(/[.].*/, '.js')));`,
    );
    const lambda = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' };
    const named = startContainer(['train'], lambda, join(folder, 'main.js'));
    const unnamed = startContainer([], lambda, join(folder, 'main.js'));

    expect([await named.ended, await unnamed.ended]).toEqual([0, 0]);
    expect(named.output()).toBe('train.handler true\n');
    expect(unnamed.output()).toBe('predict.handler true\n');
    rmSync(folder, { recursive: true, force: true });
  });
});
