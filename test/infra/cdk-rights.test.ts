/** The whole circle in memory, with each function's use of the buckets held against its role's rights on AWS. */
import { beforeAll, expect, test, vi } from 'vitest';
import { createControl } from '../../functions/control/control.ts';
import { createImport } from '../../functions/import/import.ts';
import { createMeter } from '../../functions/meter/meter.ts';
import { httpStack, rawHttpStack } from '../../functions/middleware/http-stack.ts';
import { createPredict } from '../../functions/predict/predict.ts';
import { callRights, type FunctionRights, functionRights, queueRights } from '../../infra/function-rights.ts';
import type { FunctionName } from '../../infra/function-settings.ts';
import type { EndpointModel } from '../../lib/contracts/endpoint-models.ts';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { type BucketRole, keyMatches } from '../../lib/contracts/events.ts';
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { notReady, sha256, silentLogger } from '../../lib/core/index.ts';
import type { Endpoints } from '../../lib/endpoint/index.ts';
import { acceptBodyCall, acceptWaiting, askThroughQueue, visitEndpoint } from '../../lib/jobs/index.ts';
import {
  createJobModels,
  evaluateNoticed,
  ingestUpload,
  runJob,
  trainNoticed,
} from '../../lib/pipeline/index.ts';
import type { ImportDraft } from '../../lib/registry/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../functions/api-gateway.ts';
import { createWorld, heartCsv, linearSpec } from '../pipeline/support.ts';
import { createMemorySchedules } from '../schedules/memory-schedules.ts';
import { logLine, price } from '../usage/support.ts';

type Verb = 'read' | 'write' | 'delete';

/** Rights that were needed, as `train write artifacts models/*`, and those that were needed and not there. */
const used = new Set<string>();
const missing = new Set<string>();

/** All that a role is given where one endpoint has a queue and another one has none. */
const rightsOf = (name: FunctionName): readonly FunctionRights[] => [
  functionRights[name],
  ...[queueRights, callRights].flatMap((table) =>
    name in table ? [(table as Readonly<Record<string, FunctionRights>>)[name]!] : [],
  ),
];

/** A store that notes what the role of a function must be allowed. */
function watched(store: ObjectStore, name: FunctionName, bucket: BucketRole): ObjectStore {
  const rights = rightsOf(name).flatMap((one) => one[bucket] ?? []);
  const need = (verb: Verb, key: string): void => {
    const pattern = rights.flatMap((one) => one[verb] ?? []).find((one) => keyMatches(one, key));
    if (pattern === undefined) missing.add(`${name} ${verb} ${bucket} ${key}`);
    else used.add(`${name} ${verb} ${bucket} ${pattern}`);
  };
  const list = (prefix: string): void => {
    if (rights.length === 0) missing.add(`${name} list ${bucket} ${prefix}`);
  };
  const write = (key: string, options?: { readonly ifMatch?: string }): void => {
    need('write', key);
    // S3 wants to know that a writer who compares may read.
    if (options?.ifMatch !== undefined) need('read', key);
  };
  const before =
    <A extends unknown[], R>(check: (...given: A) => void, act: (...given: A) => R) =>
    (...given: A): R => {
      check(...given);
      return act(...given);
    };
  const read = (key: string, ..._: readonly unknown[]): void => need('read', key);
  return {
    get: before(read, store.get.bind(store)) as ObjectStore['get'],
    getRange: before(read, store.getRange.bind(store)),
    head: before(read, store.head.bind(store)),
    download: before(read, store.download.bind(store)),
    put: before((key, _, options) => write(key, options), store.put.bind(store)),
    upload: before((key, _, options) => write(key, options), store.upload.bind(store)),
    delete: before((key) => need('delete', key), store.delete.bind(store)),
    list: before(list, store.list.bind(store)),
    listFolders: before(list, store.listFolders.bind(store)),
    presign: before(
      (method, key) => need(method === 'GET' ? 'read' : 'write', key),
      store.presign.bind(store),
    ),
  };
}

/** Rights that this circle does not need, and what does. */
const rarely: Readonly<Record<string, string>> = {
  'control write artifacts usage/limits/*': 'keys with limits',
  'generate delete artifacts job-keys/*': 'requests with a key that a queue did not take',
  'generate delete artifacts jobs/*': 'requests that a queue did not take',
  'generate delete artifacts endpoint-jobs/*': 'requests that a queue did not take',
  'generate read artifacts usage/limits/*': 'keys with limits',
  'generate write artifacts usage/limits/*': 'keys with limits',
  'predict delete artifacts job-keys/*': 'requests with a key that a queue did not take',
  'predict read artifacts usage/limits/*': 'keys with limits',
  'predict write artifacts usage/limits/*': 'keys with limits',
  'batch delete artifacts jobs/*': 'the files of an attempt that came to nothing',
  'batch delete artifacts endpoint-inputs/*': 'what was prepared for a job that was cancelled meanwhile',
  'import delete artifacts models/*/versions/*': 'a version whose model was deleted while it was brought',
  'train read artifacts training-jobs/*': 'trainings by SageMaker',
  'train write artifacts training-jobs/*': 'trainings by SageMaker',
  'train delete artifacts training-jobs/*': 'trainings by SageMaker',
  'train write artifacts checkpoints/*': 'trainings whose folds take a second or more',
  'train delete artifacts checkpoints/*': 'trainings whose folds take a second or more',
};

const world = createWorld();
const as = (name: FunctionName) => ({
  ...world,
  data: watched(world.data, name, 'data'),
  artifacts: watched(world.artifacts, name, 'artifacts'),
});

let ids = 0;
const newId = (): string => `${(++ids).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
const delivery = () => ({ messageId: `m${++ids}`, receiveCount: 1 });
const options = { service: 'test', logger: silentLogger };
const schedules = createMemorySchedules();
const draft: ImportDraft = {
  signature: { inputs: [], outputs: [] },
  producer: 'test',
  opsets: {},
  metadata: {},
  warnings: [],
};

/** A model behind a queue that answers at once. */
const pictures: EndpointModel = { model: 'pictures', endpoint: 'pictures', kind: 'async', speaks: 'raw' };
/** One whose endpoint sleeps the first time that it is asked. */
const ranker: EndpointModel = { model: 'ranker', endpoint: 'ranker', kind: 'serverless', speaks: 'raw' };
/** One whose container takes what another model makes of rows. */
const matrix: EndpointModel = { ...pictures, model: 'matrix', input: { transform: 'heart' } };
const endpointModels = new Map([
  ['pictures', pictures],
  ['matrix', matrix],
  ['ranker', ranker],
]);
let asked = 0;
const queue: Pick<Endpoints, 'enqueue' | 'invoke'> = {
  invoke: async () => {
    asked += 1;
    if (asked === 1) throw notReady('asleep', { code: 'endpoint_not_ready' });
    return { contentType: 'text/plain', attempts: 1, body: new Uint8Array(3) };
  },
  enqueue: async () => {
    const id = newId();
    await world.artifacts.put(`endpoint-answers/pictures/${id}.out`, '{}');
    const outputUri = `s3://onramp-artifacts/endpoint-answers/pictures/${id}.out`;
    return { inferenceId: id, outputUri, failureUri: outputUri.replace('pictures/', 'pictures/failures/') };
  },
};
const openEndpoints = async () => queue as Endpoints;

const handlers = {
  predict: rawHttpStack(
    createPredict({
      ...{ ...as('predict'), newId, endpointModels },
      large: { models: endpointModels, endpoints: openEndpoints },
    }),
    options,
  ),
  control: httpStack(
    createControl({ ...as('control'), newId, schedules, endpointModels, openEndpoints }),
    options,
  ),
  import: rawHttpStack(
    createImport({ ...as('import'), newId }, async () => draft),
    options,
  ),
};

/** Asks a function, which has to answer. */
async function ask(
  name: keyof typeof handlers,
  line: string,
  request: Omit<TestRequest, 'method' | 'route'> = {},
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any route
): Promise<any> {
  const [method = '', route = ''] = line.split(' ');
  const event = gatewayEvent({ path: { model: 'heart' }, ...request, method, route });
  const { statusCode, body, isBase64Encoded } = await handlers[name](event, lambdaContext);
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  expect(`${statusCode} ${text}`).toMatch(/^[23]\d\d /);
  return text === '' ? null : JSON.parse(text);
}

const rows = { body: { instances: [{ age: 61, sex: 'F', weight: 70.5 }] } };

async function runJobs(): Promise<void> {
  const openQueue = async () => ({ endpoints: queue, artifactBucket: 'onramp-artifacts' });
  const batch = { ...as('batch'), openQueue };
  const cache = createJobModels(batch);
  for await (const { key } of world.artifacts.list('jobs/')) {
    const subject = parseTriggerKey(key);
    if (subject?.kind !== 'job') continue;
    await cache.hold((models) => runJob({ ...batch, models }, subject.id, delivery()));
  }
}

async function learn(csv: string): Promise<void> {
  world.advance(60_000);
  const ticket = await ask('control', 'POST /v1/datasets/{dataset}/uploads', {
    path: { dataset: 'heart' },
    body: { file: 'heart.csv' },
  });
  await world.data.put(ticket.key, csv);
  const sequencer = world.clock.now().toString(16);
  await ingestUpload(as('preprocess'), { dataset: 'heart', file: 'heart.csv', sequencer }, delivery());
  await trainNoticed(
    as('train'),
    { kind: 'dataset-ready', dataset: 'heart', digest: sha256(csv) },
    delivery(),
  );
  await trainAsked();
}

async function trainAsked(): Promise<void> {
  for await (const { key } of world.artifacts.list('models/')) {
    const subject = parseTriggerKey(key);
    if (subject?.kind === 'training' || subject?.kind === 'retrain') {
      await trainNoticed(as('train'), subject, delivery());
    }
    if (subject?.kind === 'version') await evaluateNoticed(as('evaluate'), subject);
  }
}

/** Ends runs without a version: of a file that cannot be read, of a spec that cannot be learnt, and on request. */
async function endRuns(): Promise<void> {
  const other = { path: { model: 'other' } };
  await learn('');
  await ask('control', 'PUT /v1/models/{model}', { ...other, body: { ...linearSpec, positive: 'maybe' } });
  await trainNoticed(as('train'), { kind: 'spec', model: 'other' }, delivery());
  await world.data.put('datasets/heart/uploads/heart.csv', heartCsv(100, 3));
  await ingestUpload(as('preprocess'), { dataset: 'heart', file: 'heart.csv', sequencer: 'ff' }, delivery());
  const { data } = await ask('control', 'GET /v1/models/{model}/runs', other);
  const [run] = data;
  await ask('control', 'POST /v1/models/{model}/runs/{run}/cancel', {
    path: { model: 'other', run: run.run },
  });
}

/** Uploads a file and makes it the next version of a model. */
async function bring(model: string): Promise<void> {
  const path = { model };
  const create = 'POST /v1/models/{model}/versions/uploads';
  const { upload } = await ask('import', create, { path, body: { bytes: 7 } });
  await world.artifacts.put(`imports/${model}/${upload}`, 'an onnx');
  const headers = { 'content-type': 'application/json' };
  await ask('import', 'PUT /v1/models/{model}/versions', { path, headers, body: { upload } });
}

/** Counts requests of some days, one of them told of when its day had been summed. */
async function meterUsage(): Promise<void> {
  const day = 86_400_000;
  const at = new Date(world.clock.now()).toISOString();
  const from = at.slice(0, 10);
  const meter = createMeter(as('meter'), price);
  await meter([logLine({ request_id: 'in time' }, { at })]);
  world.advance(day);
  await meter([logLine({ request_id: 'a day later' }, { at: new Date(world.clock.now()).toISOString() })]);
  world.advance(4 * day);
  const to = new Date(world.clock.now()).toISOString().slice(0, 10);
  await ask('control', 'GET /v1/usage', { query: { from, to } });
  await meter([logLine({ request_id: 'late' }, { at })]);
  await ask('control', 'GET /v1/usage', { query: { from, to } });
}

/** Asks a model behind a queue in all the ways there are. */
async function askQueue(): Promise<void> {
  const asked = { path: { model: 'pictures' }, body: { picture: 1 } };
  const headers = { 'content-type': 'application/json' };
  await ask('predict', 'POST /v1/models/{model}/predict', { ...asked, headers });
  const later = { ...headers, prefer: 'respond-async', 'idempotency-key': 'thrice' };
  const { id } = await ask('predict', 'POST /v1/models/{model}/predict', { ...asked, headers: later });
  await ask('control', 'DELETE /v1/jobs/{id}', { path: { id } });

  const body = { file: 'picture.png' };
  const upload = await ask('control', 'POST /v1/models/{model}/jobs/uploads', { ...asked, body });
  await world.artifacts.put(upload.key, 'a picture');
  const job = await ask('control', 'POST /v1/models/{model}/jobs', {
    ...asked,
    body: { input: { key: upload.key }, content_type: 'image/png' },
  });
  await ask('control', 'GET /v1/jobs/{id}', { path: { id: job.id } });
  await ask('control', 'DELETE /v1/jobs/{id}', { path: { id: job.id } });

  const context = { ...as('generate'), newId, endpoints: queue, artifactBucket: 'onramp-artifacts' };
  const call = { endpoint: 'pictures', contentType: 'application/json', body: '{}' };
  await askThroughQueue(context, pictures, call);
  const caller = { caller: 'test', method: 'POST', route: '/v1/chat/completions' };
  await acceptBodyCall(context, { model: pictures, asked: caller, idempotencyKey: 'four-times' }, call);
}

/** Has the rows of a file prepared for a model behind a queue. */
async function askPrepared(): Promise<void> {
  const path = { model: 'matrix' };
  const body = { file: 'rows.csv' };
  const upload = await ask('control', 'POST /v1/models/{model}/jobs/uploads', { path, body });
  await world.artifacts.put(upload.key, 'age,sex,weight\n61,F,70\n');
  const { id } = await ask('control', 'POST /v1/models/{model}/jobs', {
    ...{ path, body: { input: { key: upload.key }, content_type: 'text/csv' } },
  });
  await runJobs();
  const done = await ask('control', 'GET /v1/jobs/{id}', { path: { id } });
  expect(done.status).toBe('succeeded');
}

/** Asks a model whose endpoint sleeps, and the endpoint for the jobs that come of it. */
async function askSleeping(): Promise<void> {
  const path = { model: 'ranker' };
  const headers = { 'content-type': 'application/json', prefer: 'respond-async', 'idempotency-key': 'once' };
  const line = 'POST /v1/models/{model}/predict';
  const { id } = await ask('predict', line, { path, headers, body: {} });
  await ask('predict', line, { path, headers, body: {} });
  const call = { endpoint: 'ranker', contentType: 'application/json', body: '{}' };
  const draft = { model: ranker, call, answer: 'text', idempotencyKey: 'twice' } as const;
  const route = { caller: 'test', method: 'POST', route: '/v1/chat/completions' };
  await acceptWaiting({ ...as('generate'), newId }, { ...draft, asked: route });
  const worker = {
    ...as('call'),
    endpoints: queue,
    logger: silentLogger,
    now: () => 0,
    meter: async () => {},
  };
  for (let visits = 0; visits < 2; visits += 1) {
    for await (const { key } of world.artifacts.list('jobs/')) {
      const subject = parseTriggerKey(key);
      if (subject?.kind === 'job-visit') await visitEndpoint(worker, subject, key);
    }
  }
  const done = await ask('control', 'GET /v1/jobs/{id}', { path: { id } });
  expect(done.status).toBe('succeeded');
  await ask('control', 'DELETE /v1/jobs/{id}', { path: { id } });
}

beforeAll(() => {
  vi.stubEnv(environmentNames.dataBucket, 'onramp-data');
  vi.stubEnv(environmentNames.artifactBucket, 'onramp-artifacts');
});

test('every function may do what it does, from the first upload to the removal of the model', async () => {
  await ask('control', 'PUT /v1/models/{model}', { body: { ...linearSpec, schedule: 'rate(1 day)' } });
  await ask('control', 'PUT /v1/models/{model}', { path: { model: 'other' }, body: linearSpec });
  await learn(heartCsv(200));
  await learn(heartCsv(260, 2));
  await ask('control', 'POST /v1/models/{model}/retrain', { body: {} });
  await trainAsked();
  await endRuns();
  await evaluateNoticed(as('evaluate'), { kind: 'schedule', model: 'heart', id: '2026-03-02-schedule' });

  await ask('predict', 'POST /v1/models/{model}/predict', rows);
  await ask('predict', 'POST /v1/models/{model}/predict', { ...rows, query: { explain: 'true' } });
  await ask('predict', 'POST /v1/models/{model}/transform', rows);
  await ask('predict', 'GET /v2/models/{model}');
  await ask('predict', 'POST /v2/repository/index', { body: {} });
  const headers = { prefer: 'respond-async', 'idempotency-key': 'once' };
  await ask('predict', 'POST /v1/models/{model}/predict', { ...rows, headers });

  const upload = await ask('control', 'POST /v1/models/{model}/jobs/uploads', { body: { file: 'rows.csv' } });
  await world.artifacts.put(upload.key, 'age,sex,weight\n61,F,70\n');
  const request = { body: { input: { key: upload.key } }, headers: { 'idempotency-key': 'twice' } };
  const job = await ask('control', 'POST /v1/models/{model}/jobs', request);
  await ask('control', 'POST /v1/models/{model}/jobs', {
    body: { input: { key: 'datasets/heart/uploads/heart.csv' } },
  });
  await runJobs();
  await ask('control', 'GET /v1/jobs/{id}', { path: { id: job.id } });
  await ask('control', 'GET /v1/jobs', { query: { model: 'heart' } });
  await ask('control', 'DELETE /v1/jobs/{id}', { path: { id: job.id } });
  await askPrepared();

  for (const line of [
    'GET /v1/models/{model}',
    'GET /v1/models',
    'GET /v1/models/{model}/versions',
    'GET /v1/models/{model}/runs',
    'GET /v1/models/{model}/evaluations',
    'POST /v1/models/{model}/evaluations',
  ]) {
    await ask('control', line);
  }
  const dataset = { path: { dataset: 'heart' } };
  await ask('control', 'GET /v1/datasets/{dataset}', dataset);
  const version = { path: { model: 'heart', version: '1' } };
  await ask('control', 'GET /v1/models/{model}/versions/{version}/artifact', version);
  await ask('control', 'POST /v1/models/{model}/promote', { body: { version: '1' } });
  await ask('control', 'POST /v1/models/{model}/rollback', { body: {} });

  await bring('brought');
  await bring('brought');
  // The same file under another name, and what is left of it a day later.
  await bring('again');
  world.advance(25 * 3_600_000);
  await bring('again');
  await ask('control', 'DELETE /v1/models/{model}', { path: { model: 'again' } });
  await ask('control', 'DELETE /v1/models/{model}');
  await askQueue();
  await askSleeping();
  await meterUsage();

  expect([...missing]).toEqual([]);
  const tables = [
    ...Object.entries(functionRights),
    ...Object.entries(queueRights),
    ...Object.entries(callRights),
  ];
  const granted = tables.flatMap(([name, buckets]) =>
    Object.entries(buckets).flatMap(([bucket, rights]) =>
      Object.entries(rights as Record<Verb, readonly string[]>).flatMap(([verb, patterns]) =>
        patterns.map((pattern) => `${name} ${verb} ${bucket} ${pattern}`),
      ),
    ),
  );
  expect(granted.filter((right) => !used.has(right)).sort()).toEqual(Object.keys(rarely).sort());
});
