/** A tiny service that speaks the API's wire, with scripted runs; and the command run against it in this process. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCommandLine } from '../../cli/run.ts';
import {
  type ModelCard,
  type ModelSpec,
  modelSpec,
  type RunView,
  type VersionManifest,
} from '../../lib/contracts/index.ts';
import { canonicalJson, sha256 } from '../../lib/core/index.ts';

/** How the next runs go: one record is given for each time a run is asked for, the last one for ever. */
export type RunScript = readonly Partial<RunView>[];

/** What a test sees of the service. */
export interface FakeService {
  readonly url: string;
  /** Requests as `METHOD path?query`, in order. */
  readonly requests: string[];
  readonly specs: Map<string, ModelSpec>;
  /** What the cards of models behind endpoints say of these; such a model needs a spec here all the same. */
  readonly endpoints: Map<string, NonNullable<ModelCard['endpoint']>>;
  readonly runs: RunView[];
  /** Bodies of the prediction requests. */
  readonly asked: { readonly instances: readonly unknown[] }[];
  /** Bytes of the uploads by key. */
  readonly uploads: Map<string, Buffer>;
  script: RunScript;
  /** Version that is live. */
  live: string | null;
  /** What its version takes. */
  schema: VersionManifest['schema'];
}

export const apiKey = 'onramp-local';

/** The version that every run of the service makes. */
export const version: VersionManifest = {
  model: 'heart',
  version: '1',
  run: 'run-1',
  created: '2026-01-05T10:00:00.000Z',
  task: 'classification',
  target: 'disease',
  learner: 'linear',
  artifact: { sha256: 'a'.repeat(64), size_bytes: 1000 },
  schema: {
    features: [
      {
        name: 'age',
        type: 'numeric',
        input: 'numeric',
        index: 0,
        missing: 0,
        range: [29, 77],
        typical: [34, 71],
      },
      { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0.1, categories: ['F', "it's M"] },
      {
        name: 'seen',
        type: 'datetime',
        input: 'text',
        index: 1,
        missing: 0,
        range: ['2024-01-01T00:00:00', '2025-06-30T00:00:00'],
      },
    ],
    ignored: ['id'],
    classes: ['no', 'yes'],
    positive: 'yes',
    threshold: 0.4,
  },
  metric: 'auc',
  metrics: {
    accuracy: { value: 0.85, low: 0.8, high: 0.9, baseline: 0.54 },
    auc: { value: 0.9123, low: 0.88, high: 0.94, baseline: 0.5 },
  },
  candidates: [],
  held_out: { rows: 60, metrics: { auc: { value: 0.9, low: 0.81, high: 0.97, baseline: 0.5 } } },
  serving: {
    ms_per_call: 10,
    rows_per_second: 20_000,
    calls: 200,
    measured_on: { processor: 'Test CPU', architecture: 'x64', processors: 4, memory_mb: 8192 },
  },
  warnings: [{ code: 'leakage', column: 'outcome', message: 'Predicts the target almost alone.' }],
  lineage: {
    dataset: 'heart',
    data_digest: 'b'.repeat(64),
    spec_digest: 'c'.repeat(64),
    spec: { dataset: 'heart', target: 'disease' },
    source: {
      key: 'datasets/heart/uploads/heart.csv',
      file: 'heart.csv',
      etag: '"e"',
      size_bytes: 10,
      sequencer: '01',
      uploaded: '2026-01-05T09:59:00.000Z',
    },
    rows: 303,
    split: 'stratified',
    seed: 7,
    code: 'test',
  },
};

/** Starts a service that ends with the test. */
export async function startService(): Promise<FakeService> {
  const state = {
    requests: [] as string[],
    specs: new Map<string, ModelSpec>(),
    endpoints: new Map<string, NonNullable<ModelCard['endpoint']>>(),
    runs: [] as RunView[],
    asked: [] as { instances: unknown[] }[],
    uploads: new Map<string, Buffer>(),
    script: [{ state: 'succeeded', progress: 1, message: 'Version 1 is live.', version: '1' }] as RunScript,
    live: '1' as string | null,
    schema: version.schema,
    url: '',
  };
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    state.requests.push(`${request.method} ${request.url}`);
    const isUpload = request.url?.startsWith('/upload/') === true;
    const [status, answer] =
      !isUpload && request.headers['x-api-key'] !== apiKey
        ? refusal(401, 'unauthorized', 'Send the API key.')
        : answerTo(state, request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  state.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return state;
}

type Answer = readonly [status: number, body: unknown];

function refusal(status: number, type: string, message: string, code = type): Answer {
  return [status, { error: { type, message, param: null, code, request_id: 'r' } }];
}

const listOf = (data: readonly unknown[]): Answer => [200, { object: 'list', data, has_more: false }];

function answerTo(state: FakeService, request: IncomingMessage, body: Buffer): Answer {
  const { pathname } = new URL(request.url ?? '/', 'http://x');
  const line = `${request.method} ${pathname}`;
  const [, kind, name = '', rest = ''] =
    /^\/(?:v1\/)?(models|datasets|upload)\/([^/]+)\/?(.*)$/.exec(pathname) ?? [];
  if (line === 'GET /v1/models') return listOf([...state.specs.keys()].map((model) => card(state, model)));
  if (kind === 'upload') return upload(state, { request, dataset: name, file: rest, body });
  if (line === 'GET /v1/datasets') {
    return listOf([...state.uploads.keys()].map((dataset) => datasetAnswer(state, dataset)[1]));
  }
  if (kind === 'datasets' && request.method === 'POST')
    return ticket(state, name, JSON.parse(body.toString()));
  if (kind === 'datasets') return datasetAnswer(state, name);
  if (request.method === 'PUT') {
    const spec = modelSpec.safeParse(JSON.parse(body.toString()));
    if (!spec.success)
      return refusal(400, 'invalid_request', `"${spec.error.issues[0]?.path.join('.')}" is not right.`);
    state.specs.set(name, spec.data);
    return [200, card(state, name)];
  }
  if (!state.specs.has(name))
    return refusal(404, 'not_found', `Model "${name}" does not exist.`, 'model_not_found');
  return modelAnswer(state, `${request.method} ${rest}`, { name, body, query: request.url ?? '' });
}

function modelAnswer(
  state: FakeService,
  line: string,
  { name, body }: { readonly name: string; readonly body: Buffer; readonly query: string },
): Answer {
  if (line === 'GET ') return [200, card(state, name)];
  if (line === 'GET runs') return listOf(state.runs.filter((one) => one.model === name).reverse());
  if (line === 'GET versions/1') return [200, { ...version, schema: state.schema }];
  if (line === 'GET evaluations') return listOf([]);
  if (line === 'POST predict') return predictAnswer(state, name, JSON.parse(body.toString()));
  if (line === 'POST retrain') {
    addRun(state, name, sha256('retrain'));
    return [202, { id: 'x', object: 'retrain_request' }];
  }
  const [, cancelled] = /^POST runs\/(.+)\/cancel$/.exec(line) ?? [];
  if (cancelled !== undefined) {
    state.script = [{ state: 'cancelled', message: 'Cancelled on request.' }];
    return nextOfScript(state, cancelled);
  }
  if (line.startsWith('GET runs/')) return nextOfScript(state, line.slice('GET runs/'.length));
  return refusal(404, 'not_found', `No ${line}.`);
}

function nextOfScript(state: FakeService, id: string): Answer {
  const run = state.runs.find((one) => one.run === id);
  if (!run) return refusal(404, 'not_found', `There is no run "${id}".`, 'run_not_found');
  const [next, ...later] = state.script;
  Object.assign(run, next);
  if (later.length > 0) state.script = later;
  return [200, run];
}

function predictAnswer(state: FakeService, model: string, body: { instances: unknown[] }): Answer {
  state.asked.push(body);
  const endpoint = state.endpoints.get(model);
  // One that may sleep answers by a job, and a container of anybody's as it likes.
  if (endpoint?.kind === 'serverless') return [202, { id: 'job-1', object: 'job', warnings: 0 }];
  if (endpoint) return [200, { predictions: [1] }];
  const predictions = body.instances.map((_row, row) => ({
    id: `p-${row}`,
    label: row % 2 === 0 ? 'no' : 'yes',
    probabilities: { no: 0.75, yes: 0.25 },
  }));
  const warnings = [
    { row: 0, field: 'age', code: 'out_of_range', message: '99 is outside the training data.' },
  ];
  return [200, { model, version: '1', predictions, warnings }];
}

function card(state: FakeService, model: string) {
  const spec = state.specs.get(model);
  return {
    id: model,
    object: 'model',
    created: 1,
    owned_by: 'onramp',
    name: model,
    dataset: spec?.dataset,
    target: spec?.target,
    task: version.task,
    live: state.live,
    versions: state.runs.some((run) => run.model === model && run.version === null) ? [] : ['1'],
    schema: version.schema,
    learner: version.learner,
    metric: version.metric,
    metrics: version.metrics,
    held_out: version.held_out,
    candidates: [],
    warnings: version.warnings,
    schedule: null,
    lineage: version.lineage,
    ...(state.endpoints.has(model) && { endpoint: state.endpoints.get(model) }),
  };
}

function ticket(state: FakeService, dataset: string, { file }: { readonly file: string }): Answer {
  const key = `datasets/${dataset}/uploads/${file}`;
  return [
    200,
    { url: `${state.url}/upload/${dataset}/${file}`, method: 'PUT', headers: { 'x-extra': 'signed' }, key },
  ];
}

interface Upload {
  readonly request: IncomingMessage;
  readonly dataset: string;
  readonly file: string;
  readonly body: Buffer;
}

/** As the object store: refuses a body without a length or without the ticket's headers; then the runs are queued. */
function upload(state: FakeService, { request, dataset, file, body }: Upload): Answer {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined || headers['x-extra'] !== 'signed')
    return [403, 'signature'];
  state.uploads.set(dataset, body);
  for (const [model, spec] of state.specs) {
    const specDigest = sha256(canonicalJson(spec));
    const digest = createHash('sha256').update(body).digest('hex');
    const known = state.runs.some((run) => run.data_digest === digest && run.spec_digest === specDigest);
    if (spec.dataset === dataset && !known) addRun(state, model, digest, file);
  }
  return [200, null];
}

function addRun(state: FakeService, model: string, dataDigest: string, file = 'heart.csv'): void {
  const spec = state.specs.get(model)!;
  state.runs.push({
    run: `run-${state.runs.length + 1}`,
    model,
    dataset: spec.dataset,
    data_digest: dataDigest,
    spec_digest: sha256(canonicalJson(spec)),
    state: 'queued',
    progress: 0,
    message: 'Waiting for a worker.',
    created: '2026-01-05T10:00:00.000Z',
    started: null,
    ended: null,
    source: { ...version.lineage.source, file },
    candidates: [],
    version: null,
    error: null,
  });
}

function datasetAnswer(state: FakeService, dataset: string): Answer {
  const body = state.uploads.get(dataset);
  if (!body) return refusal(404, 'not_found', `Data set "${dataset}" does not exist.`, 'dataset_not_found');
  const uploads = state.requests.filter((line) => line.startsWith(`PUT /upload/${dataset}/`)).length;
  const columns = ['age', 'sex', 'seen', 'disease'].map((name) => ({ name, type: 'category' }));
  const source = { ...version.lineage.source, sequencer: String(uploads) };
  return [
    200,
    { dataset, digest: sha256(body), state: 'ready', rows: 3, columns, source, profile: null, error: null },
  ];
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What a run of the command left behind. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What surrounds the command. */
export interface Surroundings {
  readonly stdin?: string;
  readonly isTTY?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the function that presses Ctrl-C, as soon as somebody listens. */
  readonly onInterruptible?: (press: () => void) => void;
}

/** Runs a command line in this process. */
export async function run(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const { stdin, isTTY = false, env = {}, onInterruptible } = surroundings;
  let stdout = '';
  let stderr = '';
  async function* input() {
    if (stdin !== undefined) yield Buffer.from(stdin);
  }
  const code = await runCommandLine(args, {
    stdout: { write: (text) => (stdout += text), isTTY },
    stderr: { write: (text) => (stderr += text), isTTY, columns: 80 },
    stdin: Object.assign(input(), { isTTY: stdin === undefined }),
    env,
    onInterrupt: (listener) => {
      onInterruptible?.(listener);
      return () => {};
    },
  });
  return { code, stdout, stderr };
}

/** A file that is removed when the test ends. */
export function temporaryFile(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}
