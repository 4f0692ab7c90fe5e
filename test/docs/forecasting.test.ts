import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { ModelSchema } from '../../lib/contracts/records.ts';
import { sha256 } from '../../lib/core/index.ts';
import { attr, createGraphBuilder } from '../../lib/onnx/index.ts';
import { trainNoticed } from '../../lib/pipeline/index.ts';
import { findTrainedVersion, putSpec } from '../../lib/registry/index.ts';
import type { ServeContext } from '../../lib/serve/index.ts';
import { createWorld, ingest } from '../pipeline/support.ts';
import { ask, contextOf } from '../serve/ask.ts';
import { bucketOf } from '../serve/models.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/forecasting.md', import.meta.url)), 'utf8');

/** The JSON blocks of one section. */
const jsonBlocks = (name: string): unknown[] =>
  [
    ...(document.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '').matchAll(
      /```json\n([\s\S]*?)```/g,
    ),
  ].map(([, block]) => JSON.parse(block!));

const horizon = 3;
const schema: ModelSchema = {
  ...{ features: [], ignored: [] },
  series: {
    ...{ time: 'day', target: 'sales', id: ['shop'], frequency: '1d', horizon, context: 3, season: 1 },
    ...{ quantiles: [0.1, 0.9], known: [], calendar: false, gaps: { fill: 'interpolate', limit: 6 } },
    ...{ format: '%Y-%m-%d', dates_only: true, zoned: false, count: 1, names: ['corner'] },
    ...{ newest: '2026-01-14T00:00:00', found: {} },
  },
};

/** Adds one a step to the newest value; quantiles lie one beside it. */
function risingByOne() {
  const builder = createGraphBuilder('rising');
  const history = builder.input('history', 'float32', ['N', 3]);
  const last = builder.op('Gather', [history, builder.integers([2])], { axis: attr.int(1) });
  const values = builder.op('Add', [last, builder.floats([1, 2, 3])]);
  const wide = builder.op('Unsqueeze', [values, builder.integers([1])]);
  builder.output('values', values, 'float32', ['N', horizon]);
  builder.output('quantiles', builder.op('Add', [wide, builder.floats([-1, 1], [2, 1])]), 'float32', [
    ...['N', 2],
    horizon,
  ]);
  return builder.model();
}

async function sales(): Promise<ServeContext> {
  const artifacts = await bucketOf({ 'sales/1': { file: risingByOne(), schema } });
  const stored = {
    series: { corner: { start: '2026-01-12T00:00:00', values: [8, 9, 10], known: [], ahead: 0 } },
  };
  const bytes = new TextEncoder().encode(JSON.stringify(stored));
  const history = { sha256: sha256(bytes), size_bytes: bytes.length, series: 1 };
  const key = artifactKeys.versionManifest('sales', '1');
  const manifest = JSON.parse(new TextDecoder().decode((await artifacts.get(key))!.body));
  await artifacts.put(key, JSON.stringify({ ...manifest, history }));
  await artifacts.put(artifactKeys.seriesHistory('sales', history.sha256), bytes);
  return { ...contextOf(artifacts), clock: { now: () => 0 } };
}

const headers = { 'content-type': 'application/json' };

test('the example forecasts as well as the document says', async () => {
  const name = 'new-york-temperature';
  const fileOf = (path: string) =>
    readFileSync(fileURLToPath(new URL(`../../examples/${path}`, import.meta.url)));
  const spec = modelSpec.parse(JSON.parse(fileOf(`models/${name}.json`).toString('utf8')));
  const csv = fileOf(`data/${name}.csv`);
  const world = createWorld();
  await putSpec(world, name, spec);
  await ingest(world, csv, { dataset: name, file: `${name}.csv` });
  const notice = { kind: 'dataset-ready', dataset: name, digest: sha256(csv) } as const;

  await trainNoticed(world, notice, { messageId: 'm', receiveCount: 1 });

  const { held_out: heldOut, metrics } = (await findTrainedVersion(world, name, '1'))!;
  const { mae, coverage } = heldOut.metrics;
  const text = document.replaceAll(/\s+/g, ' ');
  expect(jsonBlocks('A spec')[0]).toEqual(spec);
  expect(text).toContain(`error is ${mae!.value.toFixed(2)} degrees Fahrenheit`);
  expect(text).toContain(`seasonal-naive forecast is ${mae!.baseline!.toFixed(2)}.`);
  expect(text).toContain(`is ${Math.round(100 * (1 - mae!.value / mae!.baseline!))} % better`);
  expect(text).toContain(`lie ${Math.round(100 * coverage!.value)} % of the outcomes there`);
  expect(text).toContain(`and ${Math.round(100 * metrics.coverage!.value)} % over all four`);
});

test('a request without a history is answered as the document says', async () => {
  const request = { path: { model: 'sales' }, headers, body: { series: 'corner', horizon } };

  const { text } = await ask(await sales(), 'POST /v1/models/{model}/forecast', request);

  expect(JSON.parse(text!)).toEqual(jsonBlocks('Ask')[0]);
});

test("a request of KServe's time series API is answered as the document says", async () => {
  const [body, answer] = jsonBlocks("KServe's time series API");

  const { text } = await ask(await sales(), 'POST /v1/timeseries/forecast', { headers, body });

  expect(JSON.parse(text!)).toEqual(answer);
});

test('an empty series of that API stands for the stored values of its name', async () => {
  const [body, answer] = jsonBlocks("KServe's time series API") as [
    Record<string, never[]>,
    { outputs: unknown[] },
  ];
  const inputs = body.inputs!.map((input: object) => ({ ...input, series: [], start_timestamp: undefined }));

  const { text } = await ask(await sales(), 'POST /v1/timeseries/forecast', {
    headers,
    body: { ...body, inputs },
  });

  expect(JSON.parse(text!).outputs).toEqual(answer.outputs);
});

test('a newer value joins those that are stored', async () => {
  const body = { series: 'corner', history: [{ day: '2026-01-15', sales: 20 }] };

  const { text } = await ask(await sales(), 'POST /v1/models/{model}/forecast', {
    path: { model: 'sales' },
    headers,
    body,
  });

  expect(JSON.parse(text!)).toMatchObject({
    horizon: ['2026-01-16', '2026-01-17', '2026-01-18'],
    values: [21, 22, 23],
  });
});
