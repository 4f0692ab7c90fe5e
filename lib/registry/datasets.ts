/** Data set versions, and which of them is the newest: uploads are told late, twice and out of order. */
import * as z from 'zod';
import {
  artifactKeys,
  type DatasetLatest,
  type DatasetManifest,
  datasetLatest,
  datasetManifest,
  type UploadSource,
} from '../contracts/index.ts';
import { type JsonDocument, mapConcurrent, readJson, updateJson } from '../storage/index.ts';
import { pauseOf, type RegistryContext } from './context.ts';

type UploadTime = Pick<UploadSource, 'uploaded' | 'sequencer'>;

/**
 * Stores what became of an upload. The same bytes uploaded again renew the source, never the other way round, and
 * a version that could once be read is not replaced by a failure.
 *
 * @returns the manifest that is stored now
 */
export async function putDatasetManifest(
  context: RegistryContext,
  manifest: DatasetManifest,
): Promise<DatasetManifest> {
  const key = artifactKeys.datasetManifest(manifest.dataset, manifest.digest);
  return updateJson(context.artifacts, key, {
    schema: datasetManifest,
    change: (current) => {
      if (!current) return manifest;
      if (current.state !== manifest.state) return manifest.state === 'ready' ? manifest : current;
      return compareUploads(manifest.source, current.source) > 0 ? manifest : current;
    },
    ...pauseOf(context),
  });
}

/** One version of a data set, or `null`. */
export async function findDataset(
  { artifacts }: RegistryContext,
  dataset: string,
  digest: string,
): Promise<DatasetManifest | null> {
  const key = artifactKeys.datasetManifest(dataset, digest);
  return (await readJson(artifacts, key, datasetManifest))?.value ?? null;
}

/** The newest version of a data set, or `null` if none was uploaded yet. */
export async function getLatestDataset(
  context: RegistryContext,
  dataset: string,
): Promise<DatasetManifest | null> {
  const latest = await readLatest(context, dataset);
  return latest && findDataset(context, dataset, latest.value.digest);
}

/** The profile of a version as it was stored, or `null` if the version could not be read. */
export async function readDatasetProfile(
  { artifacts }: RegistryContext,
  { dataset, digest }: Pick<DatasetManifest, 'dataset' | 'digest'>,
): Promise<unknown> {
  return (
    (await readJson(artifacts, artifactKeys.datasetProfile(dataset, digest), z.unknown()))?.value ?? null
  );
}

/**
 * Makes a version the newest, unless a later upload is already. Later is by upload time, then by S3's sequencer.
 *
 * @returns whether this version is the newest now, and which is
 */
export async function advanceLatest(
  context: RegistryContext,
  dataset: string,
  candidate: DatasetLatest,
): Promise<{ readonly isLatest: boolean; readonly latest: DatasetLatest }> {
  const latest = await updateJson(context.artifacts, artifactKeys.datasetLatest(dataset), {
    schema: datasetLatest,
    change: (current) => (current && compareUploads(candidate, current) <= 0 ? current : candidate),
    ...pauseOf(context),
  });
  return { isLatest: latest.digest === candidate.digest, latest };
}

/** The newest version of every data set whose name is wanted, by name. */
export async function listDatasets(
  context: RegistryContext,
  isWanted: (dataset: string) => boolean = () => true,
): Promise<readonly DatasetManifest[]> {
  const names: string[] = [];
  for await (const folder of context.artifacts.listFolders(artifactKeys.datasets())) {
    const name = folder.slice(0, -1);
    if (isWanted(name)) names.push(name);
  }
  const found = await mapConcurrent(names, (dataset) => getLatestDataset(context, dataset));
  return found.filter((manifest) => manifest !== null);
}

/** Order of two uploads: negative if `left` came first. */
export function compareUploads(left: UploadTime, right: UploadTime): number {
  const byTime = Date.parse(left.uploaded) - Date.parse(right.uploaded);
  return byTime !== 0 ? byTime : compareSequencers(left.sequencer, right.sequencer);
}

/** S3's sequencers are hexadecimal texts of different length: the shorter is padded with zeros on its right. */
function compareSequencers(left: string, right: string): number {
  const length = Math.max(left.length, right.length);
  const [first, second] = [left.padEnd(length, '0'), right.padEnd(length, '0')];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

async function readLatest(
  { artifacts }: RegistryContext,
  dataset: string,
): Promise<JsonDocument<DatasetLatest> | null> {
  return readJson(artifacts, artifactKeys.datasetLatest(dataset), datasetLatest);
}
