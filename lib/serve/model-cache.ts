/** Keeps models ready to answer: alias resolved and revalidated, file loaded once, oldest out by bytes. */
import { artifactKeys } from '../contracts/keys.ts';
import type { Aliases, VersionManifest } from '../contracts/records.ts';
import { type Clock, internal, notFound, notReady, sha256 } from '../core/index.ts';
import { createSession, type ModelSession } from '../onnx/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import { compileDecoder, type RowDecoder } from './decode-rows.ts';

/** A version that can answer at once. */
export interface LoadedModel {
  readonly manifest: VersionManifest;
  readonly session: ModelSession;
  readonly decode: RowDecoder;
}

/** What the cache needs, and how much it may hold. */
export interface ModelCacheOptions {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
  /** Age from which the alias is asked again, behind the answer. */
  readonly softTtlMs?: number;
  /** Age from which the alias is asked again before the answer: a function that slept must not serve yesterday's version. */
  readonly hardTtlMs?: number;
  /** Sum of model file sizes kept loaded. */
  readonly maxBytes?: number;
}

/** Finds the version that should answer, loaded. */
export interface ModelCache {
  /**
   * @param version a version number, or nothing for the live one
   * @throws not_found for an unknown model or version, not_ready while no version is live
   */
  resolve(model: string, version?: string): Promise<LoadedModel>;
}

interface LiveEntry {
  etag: string;
  live: string | null;
  checkedAt: number;
  refreshing: Promise<void> | null;
}

interface SessionEntry {
  readonly loaded: Promise<LoadedModel>;
  sizeBytes: number;
}

/** A cache over one artifact bucket. */
export function createModelCache({
  artifacts,
  clock,
  softTtlMs = 1_000,
  hardTtlMs = 30_000,
  maxBytes = 268_435_456,
}: ModelCacheOptions): ModelCache {
  const live = new Map<string, LiveEntry>();
  const sessions = new Map<string, SessionEntry>();

  const load = async (model: string, version: string): Promise<LoadedModel> => {
    const key = `${model}/${version}`;
    const known = sessions.get(key);
    if (known) {
      // Map order is age of last use: put it last again.
      sessions.delete(key);
      sessions.set(key, known);
      return known.loaded;
    }
    const entry: SessionEntry = { loaded: loadModel(artifacts, model, version), sizeBytes: 0 };
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

  /** Asks for the alias again; a new version is loaded before it takes over, so no request waits for it. */
  const refresh = async (model: string, entry: LiveEntry): Promise<void> => {
    const found = await artifacts.get(artifactKeys.aliases(model), { ifNoneMatch: entry.etag });
    if (found === null) {
      live.delete(model);
      return;
    }
    if (found !== 'unchanged') {
      const aliases = JSON.parse(new TextDecoder().decode(found.body)) as Aliases;
      if (aliases.live !== null && aliases.live !== entry.live) await load(model, aliases.live);
      entry.live = aliases.live;
      entry.etag = found.etag;
    }
    entry.checkedAt = clock.now();
  };

  const liveVersion = async (model: string): Promise<string | null> => {
    let entry = live.get(model);
    if (!entry) {
      entry = { etag: '', live: null, checkedAt: Number.NEGATIVE_INFINITY, refreshing: null };
      live.set(model, entry);
    }
    const age = clock.now() - entry.checkedAt;
    if (age < softTtlMs) return entry.live;
    const current = entry;
    current.refreshing ??= refresh(model, current).finally(() => {
      current.refreshing = null;
    });
    if (age < hardTtlMs) {
      // The answer in hand is good for a while: a failed look behind it is tried again by the next request.
      current.refreshing.catch(() => {});
      return entry.live;
    }
    try {
      await current.refreshing;
    } catch (error) {
      // While the store is down, the version in hand is the better answer.
      if (current.checkedAt > Number.NEGATIVE_INFINITY) return current.live;
      live.delete(model);
      throw error;
    }
    return live.get(model)?.live ?? null;
  };

  return {
    resolve: async (model, version) => {
      if (version !== undefined) return load(model, version);
      const current = await liveVersion(model);
      if (current === null) throw await noLiveVersion(artifacts, model);
      return load(model, current);
    },
  };
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
  const release = (): void => void loaded.then(({ session }) => session.release()).catch(() => {});
  setTimeout(release, longestRequestMs).unref();
}

async function loadModel(artifacts: ObjectStore, model: string, version: string): Promise<LoadedModel> {
  const manifestObject = await artifacts.get(artifactKeys.versionManifest(model, version));
  if (!manifestObject) throw await unknownVersion(artifacts, model, version);
  const manifest = JSON.parse(new TextDecoder().decode(manifestObject.body)) as VersionManifest;
  const artifact = await artifacts.get(artifactKeys.artifact(manifest.artifact.sha256));
  if (!artifact || sha256(artifact.body) !== manifest.artifact.sha256) {
    throw internal(`The file of model "${model}" version ${version} is missing or damaged.`, {
      code: 'artifact_damaged',
    });
  }
  const session = await createSession(artifact.body);
  return { manifest, session, decode: compileDecoder(manifest.schema) };
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

async function noLiveVersion(artifacts: ObjectStore, model: string): Promise<Error> {
  if (!(await artifacts.head(artifactKeys.spec(model)))) return unknownModel(model);
  return notReady(
    `Model "${model}" has no live version yet. GET /v1/models/${model}/runs tells how far training is.`,
    {
      code: 'no_live_version',
      param: 'model',
    },
  );
}

const unknownModel = (model: string): Error =>
  notFound(`There is no model "${model}". GET /v1/models lists the models.`, {
    code: 'unknown_model',
    param: 'model',
  });
