/**
 * Measures predictions over HTTP: the built platform, a bare Node server with the same model, and scikit-learn behind
 * Flask and behind FastAPI, in turns.
 *
 * Usage: npm run build && node bench/serve.ts [--quick] [--rounds N]
 * `ONRAMP_PYTHON` names a Python with scikit-learn, flask, gunicorn, fastapi and uvicorn[standard]; `python3` when it is
 * not set. Linux only. `--quick` asks less of a machine that has something else to do: fewer cases and shorter ones.
 *
 * Breast cancer, 30 columns, the same JSON body for everybody. The linear models are the same (scaler and logistic
 * regression). Onramp's forest is the platform's default one, 100 trees of any depth, where scikit-learn has 100 trees
 * of depth 5: the comparison favours scikit-learn. gunicorn and uvicorn run two workers, the platform answers with one.
 * Ratios are of CPU time per request, to Onramp's in the same round: what else the machine does weighs on both.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Load, type Measure, measure, send } from './serve-load.ts';
import {
  data,
  type ModelName,
  models,
  platform,
  type Server,
  startServers,
  stopServers,
} from './serve-servers.ts';

const { quick, rounds: wantedRounds } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
}).values;
const rounds = Number(wantedRounds);
const rowCounts = quick ? [1, 1000] : [1, 100, 1000];
const connectionCounts = quick ? [8] : [1, 8, 64];
const durationMs = quick ? 1000 : 2000;
const warmUpMs = quick ? 2000 : 5000;

/** The measurements without a target, over and over until there are enough rows. */
function makeRows(count: number): number[][] {
  const [header, ...lines] = readFileSync(data, 'utf8').trim().split('\n');
  const target = header!.split(',').indexOf('diagnosis');
  const table = lines.map((line) => line.split(',').toSpliced(target, 1).map(Number));
  return Array.from({ length: count }, (_, row) => table[row % table.length]!);
}

interface Contender {
  readonly name: string;
  readonly load: Load;
}

function jsonContenders(
  servers: readonly Server[],
  model: ModelName,
  { rows, connections }: { readonly rows: number; readonly connections: number },
): Contender[] {
  const body = JSON.stringify({ instances: makeRows(rows) });
  return servers.map(({ name, pid, headers, urlOf }) => ({
    name,
    load: { url: urlOf(model), headers, body, pid, connections },
  }));
}

/** The Open Inference Protocol with tensors as bytes, both ways. */
function binaryContender({ pid, headers, urlOf }: Server, model: ModelName, rows: number): Contender {
  const values = Float32Array.from(makeRows(rows).flat());
  const bytes = new Uint8Array(values.buffer);
  const shape = [rows, values.length / rows];
  const parameters = { binary_data_size: bytes.length };
  const head = JSON.stringify({
    inputs: [{ name: 'numeric', datatype: 'FP32', shape, parameters }],
    parameters: { binary_data_output: true },
  });
  return {
    name: 'onramp, OIP binary',
    load: {
      url: urlOf(model)
        .replace('/v1/', '/v2/')
        .replace(/predict$/, 'infer'),
      headers: {
        ...headers,
        'content-type': 'application/octet-stream',
        'inference-header-content-length': String(head.length),
      },
      body: Buffer.concat([Buffer.from(head), bytes]),
      pid,
      connections: 8,
    },
  };
}

/** Onramp and the bare server run the same model file, so that they must say the same. */
async function refuseDifferentAnswers(servers: readonly Server[]): Promise<void> {
  interface Answer {
    readonly predictions: readonly {
      readonly label: string;
      readonly probabilities: Readonly<Record<string, number>>;
    }[];
  }
  for (const model of models) {
    const both = jsonContenders(servers, model, { rows: 569, connections: 1 }).slice(0, 2);
    const answers = await Promise.all(
      both.map(async ({ load }) => {
        const { predictions } = JSON.parse(String(await send(load))) as Answer;
        return JSON.stringify(
          predictions.map(({ label, probabilities }) => [
            label,
            Object.values(probabilities).map(Math.fround),
          ]),
        );
      }),
    );
    if (answers[0] !== answers[1]) throw new Error(`the servers do not agree about the model ${model}`);
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const heads = ['CPU ms', 'ratio', 'requests/s', 'p50 ms', 'p99 ms', 'MB'];

function print(
  title: string,
  contenders: readonly Contender[],
  measures: readonly (readonly Measure[])[],
): void {
  for (const [at, { name }] of contenders.entries()) {
    const of = (read: (one: Measure) => number): number => median(measures[at]!.map(read));
    const ratios = measures[at]!.map(({ cpuMs }, round) => cpuMs / measures[0]![round]!.cpuMs);
    const cells = [
      of(({ cpuMs }) => cpuMs).toFixed(3),
      `${median(ratios).toFixed(2)}x`,
      of(({ requestsPerSecond }) => requestsPerSecond).toFixed(0),
      of(({ p50Ms }) => p50Ms).toFixed(2),
      of(({ p99Ms }) => p99Ms).toFixed(2),
      of(({ memoryMb }) => memoryMb).toFixed(0),
    ].map((cell) => cell.padStart(11));
    const range = `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
    console.log(`${(at === 0 ? title : '').padEnd(34)}${name.padEnd(24)}${cells.join('')}  ${range}`);
  }
}

async function compare(title: string, contenders: readonly Contender[]): Promise<void> {
  // Whatever compiles itself for bodies of this size shall have done so.
  for (const { load } of contenders) await measure(load, warmUpMs);
  const measures: Measure[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { load }] of contenders.entries()) measures[at]!.push(await measure(load, durationMs));
  }
  print(title, contenders, measures);
}

async function compareAll(servers: readonly Server[]): Promise<void> {
  await refuseDifferentAnswers(servers);
  console.log(
    `${' '.repeat(58)}${heads.map((head) => head.padStart(11)).join('')}  ratios of ${rounds} rounds`,
  );
  for (const model of models) {
    for (const rows of rowCounts) {
      for (const connections of connectionCounts) {
        const title = `${model}, ${rows} ${rows === 1 ? 'row' : 'rows'}, ${connections} connections`;
        await compare(title, jsonContenders(servers, model, { rows, connections }));
      }
    }
  }
  const [json] = jsonContenders(servers, 'linear', { rows: 1000, connections: 8 });
  await compare('linear, 1000 rows, 8 connections', [json!, binaryContender(servers[0]!, 'linear', 1000)]);
}

async function main(): Promise<void> {
  if (!existsSync(platform)) throw new Error('there is no build; run "npm run build" first');
  const folder = mkdtempSync(join(tmpdir(), 'onramp-bench-'));
  try {
    await compareAll(await startServers(folder));
  } finally {
    await stopServers();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
