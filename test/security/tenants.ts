/** Two tenants on one platform: a model, a data set and a job each; and a record of every object that is touched. */
import { createControl } from '../../functions/control/control.ts';
import { createGenerate } from '../../functions/generate/generate.ts';
import { createImport } from '../../functions/import/import.ts';
import {
  httpStack,
  type LambdaHttpHandler,
  type Platform,
  rawHttpStack,
} from '../../functions/middleware/index.ts';
import { createPredict } from '../../functions/predict/predict.ts';
import type { Access } from '../../lib/access/index.ts';
import type { HttpFunction, Route } from '../../lib/contracts/index.ts';
import { sha256, silentLogger } from '../../lib/core/index.ts';
import { evaluateNoticed, ingestUpload, trainNoticed } from '../../lib/pipeline/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';
import { gatewayEvent, lambdaContext, type TestRequest } from '../functions/api-gateway.ts';
import { endpointModel, fakeEndpoints } from '../generate/support.ts';
import { createWorld, heartCsv, register, trainRequested, type World } from '../pipeline/support.ts';
import { createMemorySchedules } from '../schedules/memory-schedules.ts';

/** A name that a tenant's model and data set have, and the ids of what belongs to it. */
export interface Tenant {
  readonly name: string;
  readonly run: string;
  readonly job: string;
}

/** An answer; `code` is where each dialect says why it refuses. */
export interface SecurityAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
}

/** The platform that both share. */
export interface Tenants {
  readonly own: Tenant;
  readonly other: Tenant;
  /** Keys of the objects that were asked for since the last call. */
  takeTouched(): readonly string[];
  call(functionName: HttpFunction, request: TestRequest): Promise<SecurityAnswer>;
}

/** Trains a model for each of two tenants. */
export async function createTenants(defaultModel?: string): Promise<Tenants> {
  const world = createWorld();
  for (const name of ['own', 'other']) await trainFor(world, name);
  const touched: string[] = [];
  let ids = 0;
  const platform: Platform = {
    ...world,
    data: recording(world.data, touched),
    artifacts: recording(world.artifacts, touched),
    newId: () => `id-${++ids}`,
    ...(defaultModel !== undefined && { defaultModel }),
  };
  const handlers = handlersOf(platform);
  const call: Tenants['call'] = async (functionName, request) => {
    const {
      statusCode,
      headers = {},
      body,
    } = await handlers[functionName](gatewayEvent(request), lambdaContext);
    const code = headers['x-error-code'] ?? /"code":"(\w+)"/.exec(body)?.[1];
    return { status: statusCode, code: code === undefined ? undefined : String(code), text: body };
  };
  const tenant = async (name: string): Promise<Tenant> => ({
    name,
    run: await idIn(call, 'GET', '/v1/models/{model}/runs', name),
    job: await idIn(call, 'POST', '/v1/models/{model}/jobs', name),
  });
  return {
    own: await tenant('own'),
    other: await tenant('other'),
    takeTouched: () => touched.splice(0),
    call,
  };
}

/** Each tenant has a model behind an endpoint, too. */
const languageModels = {
  models: new Map(['own', 'other'].map((model) => [model, endpointModel({ model })])),
  endpoints: fakeEndpoints(() => '{"choices": []}'),
};

function handlersOf(platform: Platform): Record<HttpFunction, LambdaHttpHandler> {
  const logger = silentLogger;
  return {
    predict: rawHttpStack(createPredict(platform), { service: 'predict', logger }),
    control: httpStack(createControl({ ...platform, schedules: createMemorySchedules() }), {
      service: 'control',
      logger,
    }),
    import: rawHttpStack(createImport(platform), { service: 'import', logger }),
    generate: httpStack(createGenerate({ ...platform, ...languageModels }), { service: 'generate', logger }),
  };
}

async function trainFor(world: World, name: string): Promise<void> {
  const file = `${name}.csv`;
  const content = heartCsv(120);
  const delivery = { messageId: name, receiveCount: 1 };
  await register(world, { dataset: name, target: 'disease', learner: 'linear' }, name);
  world.advance(60_000);
  await world.data.put(`datasets/${name}/uploads/${file}`, content);
  await ingestUpload(world, { dataset: name, file, sequencer: world.clock.now().toString(16) }, delivery);
  await trainNoticed(world, { kind: 'dataset-ready', dataset: name, digest: sha256(content) }, delivery);
  await trainRequested(world);
  await evaluateNoticed(world, { kind: 'version', model: name, version: '1' });
}

async function idIn(call: Tenants['call'], method: string, route: string, model: string): Promise<string> {
  const body = method === 'POST' ? { body: { input: { key: uploadOf(model) } } } : {};
  const { text } = await call('control', { method, route, path: { model }, ...body });
  const answer = JSON.parse(text);
  return answer.id ?? answer.data[0].run;
}

/** Where a tenant's data lie. */
export const uploadOf = (name: string): string => `datasets/${name}/uploads/${name}.csv`;

/** A store that notes the key or the prefix of every request. */
function recording(store: ObjectStore, touched: string[]): ObjectStore {
  return new Proxy(store, {
    get: (target, verb: keyof ObjectStore) => {
      const method = target[verb] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        touched.push(verb === 'presign' ? String(args[1]) : String(args[0]));
        return method(...args);
      };
    },
  });
}

/** A row as the tenants' models take it. */
export const rows = { instances: [{ age: 61, sex: 'F', weight: 70 }] };

const tensors = {
  inputs: [
    { name: 'age', datatype: 'FP32', shape: [1, 1], data: [61] },
    { name: 'sex', datatype: 'BYTES', shape: [1, 1], data: ['F'] },
    { name: 'weight', datatype: 'FP32', shape: [1, 1], data: [70] },
  ],
};

/** Bodies that a route understands, by the id of the route. */
function bodyFor({ id, request, example }: Route, name: string): unknown {
  if (id === 'put-model') return { dataset: name, target: 'disease', learner: 'linear' };
  if (id === 'create-job') return { input: { key: uploadOf(name) } };
  if (id.startsWith('oip-infer')) return tensors;
  if (id === 'promote') return { version: '1' };
  if (/^((chat-)?completions|embeddings|time-series-forecast)$/.test(id))
    return { ...(example!.request as object), model: name };
  if (id === 'mlflow-invocations' || /^(predict|explain|transform|tensorflow-predict.*)$/.test(id))
    return rows;
  return request === undefined ? undefined : example?.request;
}

/** A request to a route that speaks of one tenant's things. */
export function requestFor(route: Route, { name, run, job }: Tenant, access?: Access): TestRequest {
  const given: Readonly<Record<string, string>> = {
    ...{ model: name, dataset: name, version: '1', label: 'live', run, id: job },
  };
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part!);
  const path = Object.fromEntries(names.map((part) => [part, given[part]!]));
  // The verb of this dialect stands behind the last part of the path.
  const last = names.at(-1)!;
  if (route.id.startsWith('tensorflow-predict')) path[last] += ':predict';
  const body = bodyFor(route, name);
  return {
    method: route.method,
    route: route.path,
    ...(names.length > 0 && { path }),
    ...(route.query?.model && { query: { model: name } }),
    ...(body !== undefined && { body }),
    ...(access && { access }),
  };
}
