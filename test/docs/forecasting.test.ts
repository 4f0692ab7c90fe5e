import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modelSpec } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import { trainNoticed } from '../../lib/pipeline/index.ts';
import { findTrainedVersion, putSpec } from '../../lib/registry/index.ts';
import { createWorld, ingest } from '../pipeline/support.ts';
import { ask } from '../serve/ask.ts';
import { horizon, risingModel } from '../serve/forecast/rising-model.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/forecasting.md', import.meta.url)), 'utf8');

/** The JSON blocks of one section. */
const jsonBlocks = (name: string): unknown[] =>
  [
    ...(document.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '').matchAll(
      /```json\n([\s\S]*?)```/g,
    ),
  ].map(([, block]) => JSON.parse(block!));

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

  const { text } = await ask(await risingModel(), 'POST /v1/models/{model}/forecast', request);

  expect(JSON.parse(text!)).toEqual(jsonBlocks('Ask')[0]);
});

test("a request of KServe's time series API is answered as the document says", async () => {
  const [body, answer] = jsonBlocks("KServe's time series API");

  const { text } = await ask(await risingModel(), 'POST /v1/timeseries/forecast', { headers, body });

  expect(JSON.parse(text!)).toEqual(answer);
});

test('an empty series of that API stands for the stored values of its name', async () => {
  const [body, answer] = jsonBlocks("KServe's time series API") as [
    Record<string, never[]>,
    { outputs: unknown[] },
  ];
  const inputs = body.inputs!.map((input: object) => ({ ...input, series: [], start_timestamp: undefined }));

  const { text } = await ask(await risingModel(), 'POST /v1/timeseries/forecast', {
    headers,
    body: { ...body, inputs },
  });

  expect(JSON.parse(text!).outputs).toEqual(answer.outputs);
});

test('a newer value joins those that are stored', async () => {
  const body = { series: 'corner', history: [{ day: '2026-01-15', sales: 20 }] };

  const { text } = await ask(await risingModel(), 'POST /v1/models/{model}/forecast', {
    path: { model: 'sales' },
    headers,
    body,
  });

  expect(JSON.parse(text!)).toMatchObject({
    horizon: ['2026-01-16', '2026-01-17', '2026-01-18'],
    values: [21, 22, 23],
  });
});
