/** Requests in every dialect: good ones, and good ones with something changed. */
import type { Dialect } from '../../lib/contracts/dialects.ts';
import { type Route, routes } from '../../lib/contracts/routes.ts';
import { createRandom, type Random } from '../../lib/core/index.ts';
import { models, type WireRequest } from './service.ts';

const rows = [
  { age: 61, sex: 'F', weight: 70.5 },
  { age: null, sex: 'M', weight: 1e3 },
];
const pair = [
  [1, 2],
  [3, 4],
];
const echoInputs = [
  ['float32', 'FP32', pair],
  ['float64', 'FP64', pair],
  ['int64', 'INT64', pair],
  ['uint64', 'UINT64', pair],
  ['int8', 'INT8', pair],
  [
    'bool',
    'BOOL',
    [
      [true, false],
      [false, true],
    ],
  ],
  [
    'string',
    'BYTES',
    [
      ['a', 'é'],
      ['', '\u0000'],
    ],
  ],
] as const;
const echoColumns = Object.fromEntries(echoInputs.map(([type, , data]) => [`in/${type}`, data]));
const oipInput = (name: string, datatype: string, data: readonly unknown[]): object => ({
  name,
  datatype,
  shape: [data.length, Array.isArray(data[0]) ? data[0].length : 1],
  data,
});

interface Good {
  readonly dialects: readonly Dialect[];
  readonly model: (typeof models)[number];
  readonly body: unknown;
}

/** Bodies that a route of the dialects takes for the model. */
const goods: readonly Good[] = [
  { dialects: ['native', 'tensorflow', 'mlflow'], model: 'heart', body: { instances: rows } },
  {
    dialects: ['native', 'tensorflow'],
    model: 'heart',
    body: { instances: rows.map(({ age, sex, weight }) => [age, sex, weight]) },
  },
  { dialects: ['native'], model: 'heart', body: { columns: { age: [61], sex: ['F'], weight: [70.5] } } },
  {
    dialects: ['native', 'tensorflow'],
    model: 'weight',
    body: { instances: [{ age: 1, sex: 'F', disease: 'no' }] },
  },
  {
    dialects: ['tensorflow', 'mlflow'],
    model: 'heart',
    body: { inputs: { age: [61], sex: ['F'], weight: [70.5] } },
  },
  { dialects: ['native'], model: 'echo', body: { columns: echoColumns } },
  { dialects: ['tensorflow', 'mlflow'], model: 'echo', body: { inputs: echoColumns } },
  {
    dialects: ['mlflow'],
    model: 'heart',
    body: { dataframe_split: { columns: ['age', 'sex', 'weight'], index: [0], data: [[61, 'F', 70.5]] } },
  },
  { dialects: ['mlflow'], model: 'heart', body: { dataframe_records: rows, params: { output: 'all' } } },
  {
    dialects: ['oip'],
    model: 'echo',
    body: {
      id: 'x',
      inputs: echoInputs.map(([type, datatype, data]) => oipInput(`in/${type}`, datatype, data)),
    },
  },
  {
    dialects: ['oip'],
    model: 'heart',
    body: {
      inputs: [
        oipInput('age', 'FP64', [61, 20]),
        oipInput('sex', 'BYTES', ['F', 'M']),
        oipInput('weight', 'FP32', [70.5, 80]),
      ],
      outputs: [{ name: 'probabilities' }],
      parameters: { strict: false },
    },
  },
];
/** Bodies that nobody takes. */
const strange: readonly unknown[] = [{ input: { key: 'jobs/none/input.csv' } }, [], {}, null, 7, 'x'];

const oddTokens = [
  '1e999',
  '-1e999',
  '1e-999',
  '-0',
  '12345678901234567890',
  '-9223372036854775809',
  '0.1e+3',
  '1E5',
  '01',
  '+1',
  '.5',
  '1.',
  'NaN',
  'Infinity',
  'null',
  'true',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '[]',
  '{}',
  '[[[[[[]]]]]]',
  '-',
  '{"b64":"!"}',
  '{"__proto__":1}',
  '"1"',
  '1.7976931348623157e308',
  '3.5e38',
  '65505',
  '-1',
  '256',
  '0.5',
];
const oddNames = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'age',
  'inputs',
  'shape',
  'data',
  'é',
  'a\u0000b',
  'name',
];
const contentTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=latin-1',
  'text/csv',
  'text/csv; charset=utf-8',
  'application/octet-stream',
  'text/plain',
  'image/png',
  '',
  'application/x-npy',
];
const csvBody = 'age,sex,weight\r\n61,F,70.5\n"4",M,\n';

const pick = <T>(random: Random, from: readonly T[]): T => from[random.integer(from.length)]!;

const answered = routes.filter((route) => route.function === 'predict');

/** Request number `seed` of an endless list; of a dialect's routes if one is named. */
export function requestOf(seed: number, dialect?: string): WireRequest {
  const random = createRandom(seed);
  const route = pick(random, dialect ? answered.filter((line) => line.dialect === dialect) : answered);
  const binary = route.dialect === 'oip' && random.uniform() < 0.3 ? binaryInfer(random) : null;
  const fitting = goods.filter(({ dialects }) => dialects.includes(route.dialect));
  const good = pick(random, random.uniform() < 0.9 ? fitting : goods);
  const model = random.uniform() < 0.9 ? (binary ? 'heart' : good.model) : pick(random, models);
  return {
    method: route.method,
    route: route.path,
    path: pathOf(random, route, model),
    query: queryOf(random, model),
    headers: { ...headersOf(random), ...binary?.headers },
    body: route.method === 'POST' ? (binary?.body ?? bodyOf(random, good.body)) : null,
  };
}

function pathOf(
  random: Random,
  { path: template, dialect }: Pick<Route, 'path' | 'dialect'>,
  model: string,
): Record<string, string> {
  const path: Record<string, string> = {};
  for (const [, name] of template.matchAll(/\{(\w+)\}/g)) {
    const usual = name === 'model' ? model : name === 'label' ? 'live' : '1';
    path[name!] =
      random.uniform() < 0.95 ? usual : pick(random, ['', '2', '0', '../x', 'é', 'a b', 'absent', ':']);
  }
  if (dialect === 'tensorflow') {
    const last = Object.keys(path).at(-1)!;
    path[last] +=
      random.uniform() < 0.95 ? ':predict' : pick(random, ['', ':classify', ':regress', ':', ':x']);
  }
  return path;
}

function queryOf(random: Random, model: string): Record<string, string> {
  const query: Record<string, string> = {};
  const maybe = (name: string, values: readonly string[], share: number): void => {
    if (random.uniform() < share) query[name] = pick(random, values);
  };
  maybe('strict', ['true', 'false', '', 'x'], 0.1);
  maybe('non_finite', ['null', 'string', 'error', 'x'], 0.1);
  maybe('version', ['1', '2', '-1', 'x', ''], 0.05);
  if (random.uniform() < 0.9) query.model = model;
  maybe('model', [...models, 'absent', ''], 0.05);
  maybe('explain', ['true', 'false', 'x'], 0.02);
  maybe('method', ['kernel', 'lime', 'tree', 'x'], 0.02);
  maybe('format', ['svg', 'json', 'x'], 0.02);
  return query;
}

function headersOf(random: Random): Record<string, string> {
  const headers: Record<string, string> = {};
  headers['content-type'] = random.uniform() < 0.9 ? 'application/json' : pick(random, contentTypes);
  if (random.uniform() < 0.05)
    headers['inference-header-content-length'] = pick(random, ['0', '5', '-1', 'x', '1e9']);
  if (random.uniform() < 0.02) headers.prefer = pick(random, ['respond-async', 'wait=1', 'x']);
  if (random.uniform() < 0.05) headers.accept = pick(random, ['image/svg+xml', 'text/csv', '*/*']);
  return headers;
}

function bodyOf(random: Random, good: unknown): Buffer {
  const kind = random.uniform();
  if (kind < 0.05) return mutateBytes(random, Buffer.from(csvBody));
  if (kind < 0.1) return Buffer.from(JSON.stringify(pick(random, strange)));
  if (kind < 0.3) return Buffer.from(JSON.stringify(good));
  let text = JSON.stringify(mutateValue(random, structuredClone(good)));
  for (let change = random.integer(3); change > 0; change -= 1) text = mutateTokens(random, text);
  const bytes = Buffer.from(text);
  return random.uniform() < 0.1 ? mutateBytes(random, bytes) : bytes;
}

/** The binary form of the Open Inference Protocol, its sizes now and then wrong. */
function binaryInfer(random: Random): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const values = Buffer.from(Float32Array.of(61, 70.5).buffer);
  const texts = Buffer.from('\x01\x00\x00\x00F');
  const wrong = (size: number): number =>
    random.uniform() < 0.15 ? pick(random, [0, -1, size - 1, 1e9, 2.5]) : size;
  const head = Buffer.from(
    JSON.stringify({
      inputs: [
        { name: 'numeric', datatype: 'FP32', shape: [1, 2], parameters: { binary_data_size: wrong(8) } },
        {
          name: 'text',
          datatype: 'BYTES',
          shape: [1, 1],
          parameters: { binary_data_size: wrong(texts.length) },
        },
      ],
      ...(random.uniform() < 0.5 && { parameters: { binary_data_output: true } }),
    }),
  );
  const body = Buffer.concat([head, values, texts]);
  return {
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(wrong(head.length)),
    },
    body: random.uniform() < 0.3 ? mutateBytes(random, body) : body,
  };
}

/** Changes one thing somewhere inside: a value, a name, an element more or less. */
function mutateValue(random: Random, value: unknown): unknown {
  if (random.uniform() < 0.5) return value;
  if (typeof value !== 'object' || value === null) return null;
  const keys = Object.keys(value);
  if (keys.length === 0 || random.uniform() < 0.15) return pick(random, strange);
  const key = pick(random, keys);
  const holder = value as Record<string, unknown>;
  const choice = random.integer(5);
  if (choice === 0 && !Array.isArray(value)) delete holder[key];
  else if (choice === 1 && Array.isArray(value)) value.push(value[0]);
  else if (choice === 2 && !Array.isArray(value)) holder[pick(random, oddNames)] = holder[key];
  else holder[key] = mutateValue(random, holder[key]);
  return value;
}

/** Puts an odd token in the place of a number or text. */
function mutateTokens(random: Random, text: string): string {
  const tokens = [...text.matchAll(/-?\d+(\.\d+)?|"[^"]*"(?!:)|null|true|false/g)];
  if (tokens.length === 0) return text;
  const { index, 0: token } = pick(random, tokens);
  return text.slice(0, index) + pick(random, oddTokens) + text.slice(index + token.length);
}

function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.integer(bytes.length + 1);
  const choice = random.integer(4);
  if (choice === 0) return bytes.subarray(0, at);
  if (choice === 1)
    return Buffer.concat([bytes.subarray(0, at), Buffer.of(random.integer(128)), bytes.subarray(at)]);
  if (choice === 2) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
  const changed = Buffer.from(bytes);
  if (at < changed.length) changed[at] = random.integer(128);
  return changed;
}
