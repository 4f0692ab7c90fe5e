/**
 * Measures what predict spends on a request besides the model: from the event to the answer, without `session.run`.
 *
 * Usage: node bench/handler.ts [rounds]
 *
 * 30 columns of numbers, two classes, a linear model in a store in memory. Once the model has answered, the runtime
 * gives the same tensors again without computing, so that everything else is measured alone. Printed are the median of
 * the rounds and the smallest one, as whatever else the machine does only ever adds; and the same of JSON.parse and
 * JSON.stringify on these bodies, as a measure of the machine.
 */
import { InferenceSession } from 'onnxruntime-node';
import { rawHttpStack } from '../functions/middleware/http-stack.ts';
import { createAccessLogger } from '../functions/middleware/logging.ts';
import { createPredict } from '../functions/predict/predict.ts';
import { artifactKeys } from '../lib/contracts/keys.ts';
import type { ModelSchema } from '../lib/contracts/records.ts';
import { sha256, systemClock } from '../lib/core/index.ts';
import { attr, createGraphBuilder, encodeModel } from '../lib/onnx/index.ts';
import { createMemoryObjectStore } from '../lib/storage/index.ts';

const columns = 30;
const classes = ['benign', 'malignant'];
const rounds = Number(process.argv[2] ?? 15);

/** `sigmoid(x . w)`, cut at a half. */
function linearModel(): Uint8Array {
  const graph = createGraphBuilder('linear');
  const numeric = graph.input('numeric', 'float32', ['N', columns]);
  const weights = Float32Array.from({ length: columns }, (_, column) => Math.sin(column) / 50);
  const positive = graph.op('Sigmoid', [graph.op('MatMul', [numeric, graph.floats(weights, [columns, 1])])]);
  const negative = graph.op('Sub', [graph.floats([1]), positive]);
  const probabilities = graph.op('Concat', [negative, positive], { axis: attr.int(1) });
  const best = graph.op('ArgMax', [probabilities], { axis: attr.int(1), keepdims: attr.int(0) });
  graph.output('label', graph.op('Gather', [graph.strings(classes), best]), 'string', ['N']);
  graph.output('probabilities', probabilities, 'float32', ['N', classes.length]);
  return encodeModel(graph.model());
}

const names = Array.from({ length: columns }, (_, column) => `column_${column}`);
const schema: ModelSchema = {
  features: names.map((name, index) => ({
    ...{ name, type: 'numeric', input: 'numeric', index, missing: 0 },
    range: [-1e6, 1e6],
  })),
  ignored: [],
  classes,
};

const bytes = linearModel();
const artifact = { sha256: sha256(bytes), size_bytes: bytes.length };
const artifacts = createMemoryObjectStore();
await artifacts.put(artifactKeys.artifact(artifact.sha256), bytes);
const manifest = { model: 'bench', version: '1', artifact, schema };
await artifacts.put(artifactKeys.versionManifest('bench', '1'), JSON.stringify(manifest));
await artifacts.put(artifactKeys.aliases('bench'), JSON.stringify({ live: '1', previous: [] }));

const platform = { artifacts, data: artifacts, clock: systemClock, newId: () => 'id', pause: async () => {} };
const logger = createAccessLogger('predict', () => {});
const handler = rawHttpStack(createPredict(platform), { service: 'predict', logger });

type Row = readonly number[];
const bodies: Readonly<Record<string, (rows: readonly Row[]) => object>> = {
  arrays: (rows) => ({ instances: rows }),
  objects: (rows) => ({
    instances: rows.map((row) => Object.fromEntries(row.map((value, at) => [names[at], value]))),
  }),
  columns: (rows) => ({
    columns: Object.fromEntries(names.map((name, at) => [name, rows.map((row) => row[at])])),
  }),
};

/** Numbers as people's data have them: three to six digits. */
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, row) =>
    Array.from({ length: columns }, (_, column) =>
      Number((((row * 7919 + column * 104_729) % 99_991) / 7).toPrecision(5)),
    ),
  );

const path = '/v1/models/{model}/predict';
const eventOf = (body: string) => ({
  resource: path,
  path: '/v1/models/bench/predict',
  httpMethod: 'POST',
  headers: { 'content-type': 'application/json', host: 'localhost', 'user-agent': 'bench', accept: '*/*' },
  multiValueHeaders: {},
  queryStringParameters: null,
  multiValueQueryStringParameters: null,
  pathParameters: { model: 'bench' },
  stageVariables: null,
  requestContext: {
    requestId: '7f9c24e8-3b12-4fa1-9b1e-2a4d5c6b7e80',
    authorizer: { principalId: 'bench', key: 'bench', scopes: 'predict', models: '*' },
  },
  body,
  isBase64Encoded: false,
});

/** Microseconds of CPU per call. */
async function cpuOf(work: () => Promise<unknown>, calls: number): Promise<number> {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const sorted = (values: readonly number[]): number[] => values.toSorted((left, right) => left - right);

type Run = InferenceSession['run'];

/** Answers what the model answered before, at once. */
const { prototype } = InferenceSession as unknown as { readonly prototype: { run: Run } };
const computed = prototype.run;
function answerFromMemory(): void {
  let known: ReturnType<Run> | undefined;
  prototype.run = function run(this: InferenceSession, ...args: Parameters<Run>) {
    known ??= computed.apply(this, args);
    return known;
  } as Run;
}

async function measure(form: string, rows: number): Promise<void> {
  const body = JSON.stringify(bodies[form]!(rowsOf(rows)));
  const event = eventOf(body);
  const calls = Math.max(20, Math.round(8_000 / rows));
  answerFromMemory();
  const ask = (): Promise<unknown> => handler(event as never, {} as never);
  const { statusCode, body: answer } = (await ask()) as { statusCode: number; body: string };
  if (statusCode !== 200) throw new Error(answer);
  const parsed: unknown = JSON.parse(answer);
  const json = async (): Promise<unknown> => [JSON.parse(body), JSON.stringify(parsed)];
  for (const work of [ask, json]) await cpuOf(work, 5 * calls);
  const [own, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    own.push(await cpuOf(ask, calls));
    theirs.push(await cpuOf(json, calls));
  }
  const [median, least] = [sorted(own)[rounds >> 1]!, sorted(own)[0]!];
  const title = `${rows} ${rows === 1 ? 'row' : 'rows'} as ${form}`.padEnd(24);
  const perValue = (median / rows / columns).toFixed(4);
  const measureOfMachine = `JSON alone ${sorted(theirs)[rounds >> 1]!.toFixed(1)} us`;
  console.log(
    `${title}${median.toFixed(1).padStart(10)} us (least ${least.toFixed(1)}), ${perValue} us a value; ${measureOfMachine}`,
  );
}

for (const form of Object.keys(bodies)) for (const rows of [1, 1000]) await measure(form, rows);
