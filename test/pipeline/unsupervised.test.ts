import { beforeAll, describe, expect, it } from 'vitest';
import type { UnsupervisedSpec, VersionManifest } from '../../lib/contracts/index.ts';
import { createRandom, sha256 } from '../../lib/core/index.ts';
import { evaluateNoticed, trainNoticed } from '../../lib/pipeline/index.ts';
import {
  findTrainedVersion,
  listReports,
  listRuns,
  listVersions,
  putSpec,
} from '../../lib/registry/index.ts';
import { createModelCache, type ServeContext } from '../../lib/serve/index.ts';
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

  it('goes live without labels when it is valid, and says that nothing was measured', async () => {
    const plain = createWorld();
    const spec: UnsupervisedSpec = {
      dataset: 'plain',
      task: 'anomaly',
      learner: 'isolation_forest',
      parameters: { contamination: 0.05 },
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
