import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { UnsupervisedSpec, VersionManifest } from '../../lib/contracts/index.ts';
import { createRandom, sha256 } from '../../lib/core/index.ts';
import { predictChunk } from '../../lib/pipeline/batch/predict-chunk.ts';
import { openResultFiles } from '../../lib/pipeline/batch/result-files.ts';
import { bodyChunks } from '../../lib/pipeline/batch/row-chunks.ts';
import { evaluateNoticed, trainNoticed } from '../../lib/pipeline/index.ts';
import {
  findTrainedVersion,
  listReports,
  listRuns,
  listVersions,
  putSpec,
} from '../../lib/registry/index.ts';
import { createModelCache, type RowModel, type ServeContext } from '../../lib/serve/index.ts';
import { ask } from '../serve/ask.ts';
import { createWorld, ingest, liveVersion, type World } from './support.ts';

/** Three clouds in two numbers, with a category that goes along. */
function clouds(rows: number, seed = 1): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, (_, row) => {
    const cloud = row % 3;
    const near = (center: number): string => (center + random.uniform() + random.uniform() - 1).toFixed(3);
    return `${near([0, 10, 0][cloud]!)},${near([0, 0, 12][cloud]!)},${['red', 'green', 'blue'][cloud]}`;
  });
  return ['x,y,colour', ...lines].join('\n');
}

/** A cloud, and a share of rows far from it that are labelled so. */
function withOutliers(rows: number, seed = 1): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, (_, row) => {
    const isOutlier = row % 20 === 19;
    const number = (): string =>
      (isOutlier ? 8 + 4 * random.uniform() : random.uniform() + random.uniform()).toFixed(3);
    return `${number()},${number()},${isOutlier ? 'yes' : 'no'}`;
  });
  return ['x,y,fraud', ...lines].join('\n');
}

const delivery = { messageId: 'm', receiveCount: 1 };

/** Uploads data and lets every station do its part. */
async function circle(world: World, dataset: string, csv: string): Promise<void> {
  world.advance(60_000);
  await ingest(world, csv, { dataset, file: 'data.csv' });
  await trainNoticed(world, { kind: 'dataset-ready', dataset, digest: sha256(csv) }, delivery);
  for (const { version } of (await listVersions(world, dataset, { limit: 9 })).items) {
    await evaluateNoticed(world, { kind: 'version', model: dataset, version });
  }
}

const contextOf = (world: World): ServeContext => ({ ...world, cache: createModelCache(world) });

async function call(context: ServeContext, route: string, model: string, body: unknown, query = {}) {
  const headers = { 'content-type': 'application/json' };
  const answer = await ask(context, route, { path: { model }, body, headers, query });
  return JSON.parse(answer.text!);
}

const predictRoute = 'POST /v1/models/{model}/predict';
const rows = [
  { x: 0, y: 0, colour: 'red' },
  { x: 10, y: 0, colour: 'green' },
  { x: 0, y: 12, colour: 'blue' },
];

describe('groups in the circle of the data', () => {
  const world = createWorld();
  const spec: UnsupervisedSpec = { dataset: 'clouds', task: 'clustering' };
  let version: VersionManifest;
  let context: ServeContext;

  beforeAll(async () => {
    await putSpec(world, 'clouds', spec);
    await circle(world, 'clouds', clouds(300));
    version = (await findTrainedVersion(world, 'clouds', '1'))!;
    context = contextOf(world);
  });

  it('finds as many as there are and goes live when they are better than groups made at random', async () => {
    const { silhouette, explained, inertia } = version.held_out.metrics;

    expect(version).toMatchObject({ task: 'clustering', learner: 'k_means', metric: 'silhouette' });
    expect(version.schema.clusters).toMatchObject({ count: 3 });
    expect(version.schema.clusters!.tried!.map(({ clusters }) => clusters)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(silhouette!.value).toBeGreaterThan(0.9);
    expect(explained!.value).toBeGreaterThan(0.9);
    expect(inertia!.baseline).toBeGreaterThan(inertia!.value);
    expect(await liveVersion(world, 'clouds')).toBe('1');
  });

  it('tells the group of a row and how far all groups are', async () => {
    const { predictions } = await call(context, predictRoute, 'clouds', { instances: rows });

    const groups = predictions.map(({ cluster }: { cluster: string }) => cluster);
    expect(new Set(groups).size).toBe(3);
    for (const { cluster, distances } of predictions) {
      expect(distances).toHaveLength(3);
      expect(distances.indexOf(Math.min(...distances))).toBe(Number(cluster));
    }
  });

  it('says the same in every dialect', async () => {
    const { predictions } = await call(context, predictRoute, 'clouds', { instances: rows });
    const same = predictions.map(({ cluster, distances }: Record<string, unknown>) => ({
      cluster,
      distances,
    }));
    const columns = (['x', 'y', 'colour'] as const).map((name) => ({
      name,
      shape: [3, 1],
      datatype: name === 'colour' ? 'BYTES' : 'FP32',
      data: rows.map((row) => row[name]),
    }));

    const body = { inputs: columns };
    const open = await call(context, 'POST /v2/models/{model}/infer', 'clouds', body);
    const tensorflow = await call(context, 'POST /v1/models/{model}', 'clouds:predict', { instances: rows });
    const path = { model: 'clouds', version: '1' };
    const metadata = await ask(context, 'GET /v1/models/{model}/versions/{version}/metadata', { path });

    expect(open.outputs.map(({ name, shape }: Record<string, unknown>) => [name, shape])).toEqual([
      ['cluster', [3]],
      ['distances', [3, 3]],
    ]);
    expect(open.outputs[0].data).toEqual(same.map(({ cluster }: { cluster: string }) => cluster));
    expect(tensorflow.predictions).toEqual(same);
    expect(metadata.text).toContain('"distances":{"dtype":"DT_FLOAT"');
    const headers = { 'content-type': 'application/json' };
    const asked = { headers, query: { model: 'clouds' }, body: { dataframe_records: rows } };
    const mlflow = await ask(context, 'POST /invocations', asked);
    expect(JSON.parse(mlflow.text!).predictions).toEqual(same);
  });

  it('explains the distance to the group a row belongs to, and shows how rows are encoded', async () => {
    const body = { instances: rows.slice(0, 1) };
    const { predictions } = await call(context, predictRoute, 'clouds', body, { explain: 'true' });
    const { features, rows: encoded } = await call(
      context,
      'POST /v1/models/{model}/transform',
      'clouds',
      body,
    );

    const [{ cluster, distances, explanation }] = predictions;
    const sum = Object.values<number>(explanation.values).reduce((total, value) => total + value, 0);
    expect(explanation).toMatchObject({ method: 'kernel', units: 'value', class: cluster });
    expect(explanation.prediction).toBeCloseTo(distances[Number(cluster)], 5);
    expect(explanation.base_value + sum).toBeCloseTo(explanation.prediction, 5);
    expect(features).toContain('colour=red');
    expect(encoded[0]).toHaveLength(features.length);
    expect(version.importances!.map(({ column }) => column).sort()).toEqual(['colour', 'x', 'y']);
  });

  it.each(['csv', 'jsonl'] as const)('writes groups into the %s file of a job', async (format) => {
    const directory = mkdtempSync(join(tmpdir(), 'onramp-groups-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const model = (await context.cache.resolve('clouds', '1')) as RowModel;
    const options = { strict: false, non_finite: 'error', on_error: 'skip' } as const;
    const output = { format, keep: [] };
    const files = await openResultFiles({ directory, manifest: version, output, options, limits: {} });
    for await (const chunk of bodyChunks({ instances: rows }, model).chunks) {
      await files.write(chunk, await predictChunk(model, chunk, options));
    }

    const [first, second] = readFileSync((await files.end()).result.path, 'utf8').split('\n');

    const { predictions } = await call(context, predictRoute, 'clouds', { instances: rows });
    const [{ cluster, distances }] = predictions;
    if (format === 'jsonl') expect(JSON.parse(first!)).toMatchObject({ row: 0, cluster, distances });
    else {
      expect(first).toBe('row,cluster,distance_0,distance_1,distance_2,warnings,error');
      expect(second).toBe(`0,${cluster},${distances.join(',')},0,`);
    }
  });

  it('replaces the live version by one that groups the same held-out rows no worse', async () => {
    await circle(world, 'clouds', clouds(360));

    const { items } = await listReports(world, 'clouds', { limit: 9 });
    expect(await liveVersion(world, 'clouds')).toBe('2');
    expect(items[0]!.decision!.reason).toMatch(/does not lose to version 1 .*silhouette/);
  });
});

describe('anomalies in the circle of the data', () => {
  const world = createWorld();

  it('is measured by labels that it has not learnt from', async () => {
    await putSpec(world, 'fraud', { dataset: 'fraud', task: 'anomaly', labels: 'fraud' });
    await circle(world, 'fraud', withOutliers(400));
    const version = (await findTrainedVersion(world, 'fraud', '1'))!;

    const { auc, average_precision: precision } = version.held_out.metrics;
    expect(version).toMatchObject({ task: 'anomaly', learner: 'isolation_forest', metric: 'auc' });
    expect(version.schema.features.map(({ name }) => name)).toEqual(['x', 'y']);
    expect(version.schema.anomaly!.labels).toEqual({ column: 'fraud', positive: 'yes' });
    expect(auc!.value).toBeGreaterThan(0.95);
    expect(auc!.baseline).toBe(0.5);
    expect(precision!.value).toBeGreaterThan(precision!.baseline!);
    expect(await liveVersion(world, 'fraud')).toBe('1');
  });

  it('scores rows, and calls those from the threshold on anomalies', async () => {
    const context = contextOf(world);
    const version = (await findTrainedVersion(world, 'fraud', '1'))!;
    const instances = [
      { x: 1, y: 1 },
      { x: 11, y: 11 },
    ];

    const { predictions } = await call(context, predictRoute, 'fraud', { instances });

    const [usual, odd] = predictions;
    expect(odd.score).toBeGreaterThan(usual.score);
    expect([usual.anomaly, odd.anomaly]).toEqual([false, true]);
    expect(odd.score >= version.schema.anomaly!.threshold).toBe(true);
  });

  it('explains the logarithm of the score exactly', async () => {
    const context = contextOf(world);
    const body = { instances: [{ x: 11, y: 11 }] };
    const { explanations, ...answer } = await call(context, 'POST /v1/models/{model}/explain', 'fraud', body);
    const { predictions } = await call(context, predictRoute, 'fraud', body);

    const [{ prediction, base_value: base, values, summary }] = explanations;
    expect(answer).toMatchObject({ method: 'tree', units: 'log_value' });
    expect(prediction).toBeCloseTo(Math.log(predictions[0].score), 5);
    expect(base + values.x + values.y).toBeCloseTo(prediction, 9);
    expect(Math.min(values.x, values.y)).toBeGreaterThan(0);
    expect(summary).toContain('for the score');
    const { importances } = (await findTrainedVersion(world, 'fraud', '1'))!;
    expect(importances!.map(({ column }) => column).sort()).toEqual(['x', 'y']);
  });

  it('goes live without labels when it is valid, and says that nothing was measured', async () => {
    const plain = createWorld();
    const spec: UnsupervisedSpec = {
      dataset: 'plain',
      task: 'anomaly',
      learner: 'isolation_forest',
      parameters: { contamination: 0.05, trees: 20 },
      features: { exclude: ['fraud'] },
    };
    await putSpec(plain, 'plain', spec);
    await circle(plain, 'plain', withOutliers(400));
    await circle(plain, 'plain', withOutliers(420, 2));

    const { items } = await listReports(plain, 'plain', { limit: 9 });
    const [second, first] = items.map(({ decision }) => decision!.reason);
    expect(first).toContain('Without labels there is nothing to measure anomalies by');
    expect(second).toContain('so the newest version is live');
    expect(await liveVersion(plain, 'plain')).toBe('2');
  });
});

describe('data without groups or anomalies to find', () => {
  const failures = [
    ['a single row', 'x,y\n1,2\n', 'too_few_rows', {}],
    ['columns of one value', `x,y\n${'1,2\n'.repeat(40)}`, 'no_features', {}],
    [
      'more groups than different rows',
      `x,y\n${Array.from({ length: 120 }, (_, row) => `${row % 12},${(row % 12) ** 2}`).join('\n')}`,
      'too_many_clusters',
      { learner: 'k_means', parameters: { clusters: 15 } },
    ],
  ] as const;

  it.each(failures)('bad call: %s ends as a failed run that says so', async (_what, csv, code, more) => {
    const world = createWorld();
    await putSpec(world, 'bad', { dataset: 'bad', task: 'clustering', ...more } as UnsupervisedSpec);
    await circle(world, 'bad', csv);

    const { items } = await listRuns(world, 'bad', { limit: 9 });
    expect(items[0]).toMatchObject({ state: 'failed', error: { code } });
  });
});
