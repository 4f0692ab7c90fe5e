/** Makes the documents and contexts that tests of the registry and of control work with. */
import type { DatasetManifest, ModelSpec, RunRecord, UploadSource } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import {
  claimRun,
  enqueueRun,
  publishVersion,
  type RegistryContext,
  type RunLease,
  runId,
  type VersionDraft,
} from '../../lib/registry/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../lib/storage/index.ts';

/** A clock that stands still until it is moved. */
export interface TestClock {
  timeMs: number;
  now(): number;
}

/** A context on an empty store in memory. */
export interface TestContext extends RegistryContext {
  readonly artifacts: ObjectStore;
  readonly clock: TestClock;
}

export const noon = Date.parse('2026-11-22T12:00:00.000Z');
export const leaseMs = 60_000;

export function testContext(): TestContext {
  const clock: TestClock = { timeMs: noon, now: () => clock.timeMs };
  return { artifacts: createMemoryObjectStore({ clock }), clock };
}

export const heartSpec: ModelSpec = { dataset: 'heart', target: 'disease' };

export function uploadSource(more: Partial<UploadSource> = {}): UploadSource {
  return {
    key: 'datasets/heart/uploads/heart.csv',
    file: 'heart.csv',
    etag: '"e"',
    size_bytes: 100,
    sequencer: '0A',
    uploaded: '2026-11-22T11:00:00.000Z',
    ...more,
  };
}

export function datasetManifest(more: Partial<DatasetManifest> = {}): DatasetManifest {
  return {
    dataset: 'heart',
    digest: sha256('data'),
    state: 'ready',
    rows: 300,
    columns: [
      { name: 'id', type: 'identifier' },
      { name: 'age', type: 'numeric' },
      { name: 'sex', type: 'category' },
      { name: 'disease', type: 'category' },
    ],
    source: uploadSource(),
    created: '2026-11-22T11:30:00.000Z',
    error: null,
    ...more,
  };
}

/** What training would know of a version. */
export function versionDraft(more: Partial<VersionDraft> = {}): VersionDraft {
  const estimate = { value: 0.8, low: 0.75, high: 0.85, baseline: 0.5 };
  return {
    task: 'classification',
    target: 'disease',
    learner: 'linear',
    schema: {
      features: [{ name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0, range: [20, 80] }],
      ignored: [],
      classes: ['no', 'yes'],
      positive: 'yes',
      threshold: 0.5,
    },
    metric: 'auc',
    metrics: { auc: estimate },
    candidates: [],
    held_out: { rows: 60, metrics: { auc: estimate } },
    warnings: [],
    lineage: {
      dataset: 'heart',
      data_digest: sha256('data'),
      spec_digest: sha256('spec'),
      spec: heartSpec,
      source: uploadSource(),
      rows: 300,
      split: 'stratified',
      seed: 7,
      code: 'test',
    },
    ...more,
  };
}

/** Queues a run; different labels make different runs. */
export async function queueRun(
  context: RegistryContext,
  label = 'first',
  model = 'heart',
): Promise<RunRecord> {
  const identity = { specDigest: sha256('spec'), dataDigest: sha256('data'), code: 'test', retrain: label };
  const { record } = await enqueueRun(context, {
    model,
    run: runId(identity),
    dataset: 'heart',
    dataDigest: identity.dataDigest,
    specDigest: identity.specDigest,
    source: uploadSource(),
  });
  return record;
}

/** Claims a run that can be claimed. */
export async function claim(
  context: RegistryContext,
  { model, run }: Pick<RunRecord, 'model' | 'run'>,
  owner = 'message-1',
): Promise<RunLease> {
  const claimed = await claimRun(context, { model, run }, { owner, leaseMs });
  if (claimed.outcome !== 'claimed')
    throw new Error(`expected to claim run ${run}, it is ${claimed.outcome}`);
  return claimed.lease;
}

/** Trains and publishes a version, as far as the registry sees of it. */
export async function publishOne(context: RegistryContext, label: string, model = 'heart'): Promise<string> {
  const lease = await claim(context, await queueRun(context, label, model));
  const artifact = new TextEncoder().encode(`model ${label}`);
  return (await publishVersion(context, lease, { draft: versionDraft(), artifact })).version;
}
