/** The example models of `examples/`, trained in memory as the platform trains them. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artifactKeys } from '../../lib/contracts/keys.ts';
import type { LearnerName, TargetSpec } from '../../lib/contracts/model-spec.ts';
import type { VersionManifest } from '../../lib/contracts/records.ts';
import { sha256 } from '../../lib/core/index.ts';
import { ingestUpload, type PipelineContext, trainNoticed } from '../../lib/pipeline/index.ts';
import { type PreparedProblem, prepareProblem } from '../../lib/pipeline/problem.ts';
import { findTrainedVersion, loadArtifact, putSpec } from '../../lib/registry/index.ts';
import { createWorld } from '../pipeline/support.ts';

const folder = fileURLToPath(new URL('../../examples', import.meta.url));

/** An example and the file it learns from. */
export interface Example {
  readonly model: string;
  /** Path of the data. */
  readonly path: string;
  readonly spec: TargetSpec;
}

export const examples: readonly Example[] = [
  example('breast-cancer', 'breast_cancer.csv'),
  example('seattle-weather', 'weather.csv'),
  example('bird-strikes', 'birdstrikes.csv'),
  example('chicago-ridership', 'chicago-ridership.csv'),
];

export const learners: readonly LearnerName[] = ['linear', 'forest', 'boosting'];

function example(model: string, file: string): Example {
  const spec: TargetSpec = JSON.parse(readFileSync(`${folder}/models/${model}.json`, 'utf8'));
  return { model, path: `${folder}/data/${file}`, spec };
}

/** A platform in memory that has read an example's data. */
interface Uploaded {
  readonly context: PipelineContext;
  readonly digest: string;
}

const delivery = { messageId: 'upload', receiveCount: 1 };

async function upload({ path, spec: { dataset } }: Example): Promise<Uploaded> {
  const context = { ...createWorld(), threads: 2 };
  const content = readFileSync(path);
  await context.data.put(`datasets/${dataset}/uploads/data.csv`, content);
  await ingestUpload(context, { dataset, file: 'data.csv', sequencer: '01' }, delivery);
  return { context, digest: sha256(content) };
}

/** A published version, and the platform that holds it. */
export interface Published {
  readonly context: PipelineContext;
  readonly manifest: VersionManifest;
  /** The bytes of the `.onnx` file. */
  readonly file: Uint8Array;
}

/** Uploads an example's data and lets the stations read, train and publish. */
export async function publish(example: Example, learner: LearnerName): Promise<Published> {
  const { model, spec } = example;
  const { context, digest } = await upload(example);
  await putSpec(context, model, { ...spec, learner });
  await trainNoticed(context, { kind: 'dataset-ready', dataset: spec.dataset, digest }, delivery);
  const manifest = (await findTrainedVersion(context, model, '1'))!;
  return { context, manifest, file: await loadArtifact(context, manifest) };
}

/** What is learnt from an example's data: typed columns, target and folds. */
export async function prepare(example: Example): Promise<PreparedProblem> {
  const { context, digest } = await upload(example);
  const directory = await mkdtemp(join(tmpdir(), 'onramp-oracle-'));
  try {
    const path = join(directory, 'table.parquet');
    await context.artifacts.download(artifactKeys.datasetTable(example.spec.dataset, digest), path);
    return await prepareProblem(context, example.spec, { path, directory, fileName: example.path });
  } finally {
    await rm(directory, { recursive: true });
  }
}
