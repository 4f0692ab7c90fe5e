import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PredictionWarning } from '../../../lib/contracts/http.ts';
import type { ModelSchema } from '../../../lib/contracts/records.ts';
import type { ServeContext } from '../../../lib/serve/index.ts';
import { bytesOf, tensor, textBytes } from '../../contract/dialects/oip/golden.ts';
import { ask, contextOf } from '../ask.ts';
import { bucketOf, heart, heartSchema } from '../models.ts';

/** With texts and numbers that mean "missing", one of which lies among the usual weights. */
const schema: ModelSchema = { ...heartSchema, missing: ['?', '-999.9', '50'] };

interface Row {
  readonly age: number | null;
  readonly sex: string | null;
  readonly weight: number | null;
  readonly smoker: string | null;
}

interface Outcome {
  readonly labels: readonly string[];
  readonly probabilities: readonly number[];
  readonly warnings: readonly PredictionWarning[];
}

let context: ServeContext;
beforeAll(async () => {
  context = contextOf(await bucketOf({ 'heart/1': heart(undefined, schema) }));
});

const path = { model: 'heart' };

async function askNative(rows: readonly Row[]): Promise<Outcome> {
  const { text } = await ask(context, 'POST /v1/models/{model}/predict', { path, body: { instances: rows } });
  const { predictions, warnings } = JSON.parse(text!) as {
    predictions: { label: string; probabilities: Record<string, number> }[];
    warnings: PredictionWarning[];
  };
  return {
    labels: predictions.map(({ label }) => label),
    probabilities: predictions.flatMap(({ probabilities }) => Object.values(probabilities)),
    warnings,
  };
}

async function askOip(inputs: readonly object[], parts: readonly Uint8Array[] = []): Promise<Outcome> {
  const head = Buffer.from(JSON.stringify({ inputs }));
  const headers: Record<string, string> =
    parts.length === 0
      ? {}
      : {
          'content-type': 'application/octet-stream',
          'inference-header-content-length': String(head.length),
        };
  const body = Buffer.concat([head, ...parts]);
  const { text } = await ask(context, 'POST /v2/models/{model}/infer', { path, headers, body });
  const { parameters = { warnings: '[]' }, outputs } = JSON.parse(text!) as {
    parameters?: { warnings: string };
    outputs: { data: never[] }[];
  };
  return {
    labels: outputs[0]!.data,
    probabilities: outputs[1]!.data,
    warnings: JSON.parse(parameters.warnings) as PredictionWarning[],
  };
}

/** The same rows in each way in which the protocol can say them. */
const ways: Readonly<Record<string, (rows: readonly Row[]) => Promise<Outcome>>> = {
  'columns in JSON': (rows) =>
    askOip([
      ...(['age', 'weight'] as const).map((name) =>
        tensor(
          name,
          'FP32',
          [rows.length],
          rows.map((row) => row[name]),
        ),
      ),
      ...(['sex', 'smoker'] as const).map((name) =>
        tensor(
          name,
          'BYTES',
          [rows.length, 1],
          rows.map((row) => [row[name]]),
        ),
      ),
    ]),
  'columns in binary form': (rows) => {
    const numbers = (['age', 'weight'] as const).map((name) => ({
      head: { name, datatype: 'FP32', shape: [rows.length] },
      bytes: bytesOf(Float32Array.from(rows, (row) => row[name] ?? Number.NaN)),
    }));
    const texts = (['sex', 'smoker'] as const).map((name) => ({
      head: { name, datatype: 'BYTES', shape: [rows.length] },
      bytes: textBytes(...rows.map((row) => row[name] ?? '')),
    }));
    const all = [...numbers, ...texts];
    return askOip(
      all.map(({ head, bytes }) => ({ ...head, parameters: { binary_data_size: bytes.length } })),
      all.map(({ bytes }) => bytes),
    );
  },
  'packed in JSON': (rows) =>
    askOip([
      tensor(
        'numeric',
        'FP32',
        [rows.length, 2],
        rows.map(({ age, weight }) => [age, weight]),
      ),
      tensor(
        'text',
        'BYTES',
        [rows.length, 2],
        rows.map(({ sex, smoker }) => [sex, smoker]),
      ),
    ]),
  'packed in binary form': (rows) => {
    const numeric = bytesOf(
      Float32Array.from(rows.flatMap(({ age, weight }) => [age ?? Number.NaN, weight ?? Number.NaN])),
    );
    const text = textBytes(...rows.flatMap(({ sex, smoker }) => [sex ?? '', smoker ?? '']));
    return askOip(
      [
        {
          name: 'text',
          datatype: 'BYTES',
          shape: [rows.length, 2],
          parameters: { binary_data_size: text.length },
        },
        {
          name: 'numeric',
          datatype: 'FP32',
          shape: [rows.length, 2],
          parameters: { binary_data_size: numeric.length },
        },
      ],
      [text, numeric],
    );
  },
};

const number = fc.oneof(
  fc.integer({ min: 20, max: 120 }),
  fc.constantFrom(-999.9, 50, 20, 80, 40, 120, 1e30, -1e30),
  fc.integer({ min: -20_000, max: 30_000 }).map((hundredths) => hundredths / 100),
  fc.constant(null),
);
const word = (known: readonly string[]) =>
  fc.oneof(fc.constantFrom(...known, '?', '', 'other'), fc.constant(null));
const someRows = fc.array(
  fc.record({ age: number, weight: number, sex: word(['F', 'M']), smoker: word(['True', 'False']) }),
  { minLength: 1, maxLength: 8 },
);

/** By row and column: packed rows are looked at tensor by tensor. */
const sorted = ({ warnings, ...rest }: Outcome): Outcome => ({
  ...rest,
  warnings: [...warnings].sort((a, b) => a.row - b.row || (a.field < b.field ? -1 : 1)),
});

describe('rows in the Open Inference Protocol', () => {
  it.each(Object.entries(ways))('have the outcome of native rows: %s', async (_name, askThisWay) => {
    await fc.assert(
      fc.asyncProperty(someRows, async (rows) => {
        const [native, other] = [await askNative(rows), await askThisWay(rows)];

        expect(sorted(other)).toEqual(sorted(native));
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('takes a category that is a number in every datatype that has it, exactly', async () => {
    const categories = ['0.1', '12345678901234567890', '7'];
    const features: ModelSchema['features'] = schema.features.map((feature) =>
      feature.name === 'sex' ? { ...feature, categories } : feature,
    );
    const coded = contextOf(await bucketOf({ 'heart/1': heart(undefined, { ...schema, features }) }));
    const send = async (sex: string): Promise<unknown> => {
      const body = `{"inputs":[${sex},
        {"name":"age","datatype":"FP32","shape":[1],"data":[30]},
        {"name":"weight","datatype":"FP32","shape":[1],"data":[60]},
        {"name":"smoker","datatype":"BOOL","shape":[1],"data":[true]}]}`;
      const { text } = await ask(coded, 'POST /v2/models/{model}/infer', { path, body });
      return JSON.parse(text!).parameters?.warnings_count ?? 0;
    };

    const column = (datatype: string, value: string): string =>
      `{"name":"sex","datatype":"${datatype}","shape":[1],"data":[${value}]}`;
    const counts = await Promise.all([
      send(column('FP32', '0.1')),
      send(column('UINT64', '12345678901234567890')),
      send(column('INT8', '7')),
      send(column('BYTES', '"7"')),
      send(column('UINT64', '12345678901234567891')),
    ]);

    expect(counts).toEqual([0, 0, 0, 0, 1]);
  });
});
