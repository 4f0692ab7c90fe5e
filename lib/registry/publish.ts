/** Publishing: first the files, then one small manifest; at most one version a run, whoever tries how often. */
import { artifactKeys, isImported, type PublishedVersion, type VersionManifest } from '../contracts/index.ts';
import { conflict, sha256 } from '../core/index.ts';
import { writeJson } from '../storage/index.ts';
import { type RegistryContext, timestamp } from './context.ts';
import { changeOwnRun, type RunLease } from './run-record.ts';
import { storeArtifact } from './store-artifact.ts';
import { type Background, type History, storeBackground, storeHistory } from './store-model-file.ts';
import { findVersion, listVersionNumbers } from './versions.ts';

/** What the training knows of a version; the rest is added by publishing. */
export type VersionDraft = Omit<
  VersionManifest,
  'model' | 'version' | 'run' | 'created' | 'artifact' | 'background' | 'history'
>;

/** A version about to be published. */
export interface Publication {
  readonly draft: VersionDraft;
  /** Bytes of the `.onnx` file. */
  readonly artifact: Uint8Array;
  /** The rows that explanations compare with. */
  readonly background?: Background;
  /** The values that a forecast starts from. */
  readonly history?: History;
}

/** Other runs can take a number only by publishing, so this many in a row do not happen by chance. */
const maxNumbers = 100;

/**
 * Publishes the version of a run, or gives back the one the run has published already.
 *
 * The number is first written into the run's record by compare-and-swap; only a number that stands there is ever
 * used, and it is replaced only once another run's manifest holds it. So a repetition after a crash, or a second
 * worker on the same run, arrives at the same number, and the conditional write of the manifest lets one through.
 *
 * @param artifact bytes of the `.onnx` file
 * @throws conflict `lease_lost` if the run is not this worker's any more
 */
export async function publishVersion(
  context: RegistryContext,
  lease: RunLease,
  { draft, artifact, background, history }: Publication,
): Promise<VersionManifest> {
  const { model, run } = lease;
  let taken: string | null = null;
  for (let tried = 0; tried < maxNumbers; tried += 1) {
    const version = await reserveNumber(context, lease, taken);
    const published = await findVersion(context, model, version);
    if (isVersionOf(published, run)) return published;
    if (!published) {
      const stored = { sha256: sha256(artifact), size_bytes: artifact.length };
      await storeArtifact(context, stored.sha256, (key, options) =>
        context.artifacts.put(key, artifact, options),
      );
      const compared = background && (await storeBackground(context, model, background));
      const newest = history && (await storeHistory(context, model, history));
      const manifest = {
        ...draft,
        ...{ model, version, run, created: timestamp(context), artifact: stored },
        ...(compared && { background: compared }),
        ...(newest && { history: newest }),
      };
      const key = artifactKeys.versionManifest(model, version);
      if (await writeJson(context.artifacts, key, { value: manifest, ifAbsent: true })) return manifest;
      const winner = await findVersion(context, model, version);
      if (isVersionOf(winner, run)) return winner;
      if (!winner) continue;
    }
    taken = version;
  }
  throw conflict(`Model "${model}": no free version number for run "${run}"; try again.`, {
    code: 'too_much_contention',
  });
}

const isVersionOf = (version: PublishedVersion | null, run: string): version is VersionManifest =>
  version !== null && !isImported(version) && version.run === run;

/** The number in the run's record, or, if there is none or it is `taken` by another run, the next free one. */
async function reserveNumber(
  context: RegistryContext,
  lease: RunLease,
  taken: string | null,
): Promise<string> {
  const numbers = await listVersionNumbers(context, lease.model);
  const next = String(Number(numbers.at(-1) ?? '0') + 1);
  const record = await changeOwnRun(context, lease, (current) =>
    current.version === null || current.version === taken ? { ...current, version: next } : current,
  );
  return record.version ?? next;
}
