/** Keeps versions ready to answer: file loaded once, looked at again when old, oldest out by bytes. */
import { artifactKeys } from '../contracts/keys.ts';
import type { ImportedManifest, VersionManifest } from '../contracts/records.ts';
import { type Clock, internal, invalidInput, notFound, sha256 } from '../core/index.ts';
import { createSession, type ModelSession } from '../onnx/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import { compileDecoder, type RowDecoder } from './decode-rows.ts';

/** Something that a model needs and that must be let go with it. */
export interface Releasable {
  release(): Promise<void>;
}

interface Loaded {
  /** Entity tag of the manifest: a model that was deleted and made anew has the same version numbers again. */
  readonly etag: string;
  readonly session: ModelSession;
  /** What was made of the model when first needed, by name; released when the model is. */
  readonly extras: Map<string, Promise<Releasable>>;
}

/** A version made by training: it takes raw columns. */
export interface RowModel extends Loaded {
  readonly kind: 'rows';
  readonly manifest: VersionManifest;
  readonly decode: RowDecoder;
}

/** A version that was brought along: it takes the tensors that its file says. */
export interface TensorModel extends Loaded {
  readonly kind: 'tensors';
  readonly manifest: ImportedManifest;
}

/** A version that can answer at once. */
export type LoadedModel = RowModel | TensorModel;

/** What the cache needs, and the sum of model file sizes it may hold. */
export interface VersionCacheOptions {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
  readonly maxBytes: number;
}

/** Versions by model and number. */
export interface VersionCache {
  /**
   * The version, loaded.
   *
   * @param maxAgeMs a manifest looked at so long ago is looked at again first
   * @throws not_found for an unknown model or version
   */
  load(model: string, version: string, maxAgeMs: number): Promise<LoadedModel>;
}

interface SessionEntry {
  readonly loaded: Promise<LoadedModel>;
  sizeBytes: number;
  checkedAt: number;
  checking: Promise<boolean> | null;
}

/** A cache over one artifact bucket. */
export function createVersionCache({ artifacts, clock, maxBytes }: VersionCacheOptions): VersionCache {
  const sessions = new Map<string, SessionEntry>();

  /** Looks at the manifest again. While the store is down, the model in hand is the better answer. */
  const isCurrent = async (entry: SessionEntry): Promise<boolean> => {
    const { etag, manifest } = await entry.loaded;
    try {
      const key = artifactKeys.versionManifest(manifest.model, manifest.version);
      if ((await artifacts.get(key, { ifNoneMatch: etag })) !== 'unchanged') return false;
      entry.checkedAt = clock.now();
    } catch {}
    return true;
  };

  const load = async (model: string, version: string, maxAgeMs: number): Promise<LoadedModel> => {
    const key = `${model}/${version}`;
    const known = sessions.get(key);
    if (known) {
      // Map order is age of last use: put it last again.
      sessions.delete(key);
      sessions.set(key, known);
      if (clock.now() - known.checkedAt < maxAgeMs) return known.loaded;
      known.checking ??= isCurrent(known).finally(() => {
        known.checking = null;
      });
      if (await known.checking) return known.loaded;
      if (sessions.get(key) === known) {
        sessions.delete(key);
        releaseLater(known);
      }
      return load(model, version, maxAgeMs);
    }
    const loading = loadModel(artifacts, model, version);
    const entry: SessionEntry = { loaded: loading, sizeBytes: 0, checkedAt: clock.now(), checking: null };
    sessions.set(key, entry);
    try {
      const loaded = await entry.loaded;
      entry.sizeBytes = loaded.manifest.artifact.size_bytes;
      evict(sessions, maxBytes);
      return loaded;
    } catch (error) {
      if (sessions.get(key) === entry) sessions.delete(key);
      throw error;
    }
  };

  return { load };
}

function evict(sessions: Map<string, SessionEntry>, maxBytes: number): void {
  let total = 0;
  for (const { sizeBytes } of sessions.values()) total += sizeBytes;
  for (const [key, entry] of sessions) {
    if (total <= maxBytes || sessions.size === 1) return;
    sessions.delete(key);
    total -= entry.sizeBytes;
    releaseLater(entry);
  }
}

/** No request lives this long: whoever still holds an evicted model is done with it by then. */
const longestRequestMs = 60_000;

function releaseLater({ loaded }: SessionEntry): void {
  const release = async (): Promise<void> => {
    const { session, extras } = await loaded;
    const made = await Promise.allSettled(extras.values());
    const owned = made.flatMap((extra) => (extra.status === 'fulfilled' ? [extra.value] : []));
    await Promise.allSettled([session, ...owned].map((one) => one.release()));
  };
  setTimeout(() => void release().catch(() => {}), longestRequestMs).unref();
}

async function loadModel(artifacts: ObjectStore, model: string, version: string): Promise<LoadedModel> {
  const manifestObject = await artifacts.get(artifactKeys.versionManifest(model, version));
  if (!manifestObject) throw await unknownVersion(artifacts, model, version);
  const manifest = JSON.parse(new TextDecoder().decode(manifestObject.body)) as
    | VersionManifest
    | ImportedManifest;
  const artifact = await artifacts.get(artifactKeys.artifact(manifest.artifact.sha256));
  if (!artifact || sha256(artifact.body) !== manifest.artifact.sha256) {
    throw internal(`The file of model "${model}" version ${version} is missing or damaged.`, {
      code: 'artifact_damaged',
    });
  }
  const session = await createSession(artifact.body);
  const loaded = { etag: manifestObject.etag, session, extras: new Map<string, Promise<Releasable>>() };
  return 'schema' in manifest
    ? { ...loaded, kind: 'rows', manifest, decode: compileDecoder(manifest.schema) }
    : { ...loaded, kind: 'tensors', manifest };
}

async function unknownVersion(artifacts: ObjectStore, model: string, version: string): Promise<Error> {
  if (!(await artifacts.head(artifactKeys.spec(model)))) return unknownModel(model);
  return notFound(
    `Model "${model}" has no version ${version}. GET /v1/models/${model}/versions lists them.`,
    {
      code: 'unknown_version',
      param: 'version',
    },
  );
}

/** The refusal of a model that is not there. */
export const unknownModel = (model: string): Error =>
  notFound(`There is no model "${model}". GET /v1/models lists the models.`, {
    code: 'unknown_model',
    param: 'model',
  });

/**
 * A model that was trained from rows.
 *
 * @throws invalid_request `tensors_only` for a model that was brought along
 */
export function requireRows(model: LoadedModel): RowModel {
  if (model.kind === 'rows') return model;
  const { model: name } = model.manifest;
  throw invalidInput(
    `Model "${name}" was brought along and takes tensors, not rows; POST /v2/models/${name}/infer takes them.`,
    { code: 'tensors_only', param: 'model' },
  );
}
