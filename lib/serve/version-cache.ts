/** Keeps versions ready to answer: loaded once, looked at again when old, let go with their file. */
import { artifactKeys } from '../contracts/keys.ts';
import type { PictureDecoder } from '../contracts/preparation.ts';
import type { ImportedManifest, VersionManifest } from '../contracts/records.ts';
import type { SeriesSchema } from '../contracts/series-spec.ts';
import { type Clock, invalidInput, notFound } from '../core/index.ts';
import type { ModelSession } from '../onnx/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import { decoderOf, type RowDecoder } from './decode-rows.ts';
import { withLabels } from './labelled-session.ts';
import { withPictures } from './pictures.ts';
import { type RowReader, readerOf } from './read-rows.ts';
import { createSessionPool, type PooledSession, type SessionPool } from './session-pool.ts';
import { createShared, type Hold, type Shared } from './shared.ts';
import { compileSignature, type Signature } from './signature.ts';

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
  readonly signature: Signature;
  readonly decode: RowDecoder;
  /** For bodies in the native form, which most are, quicker than making values of them first. */
  readonly read: RowReader;
}

/** A version that was brought along: it takes the tensors that its file says. */
export interface TensorModel extends Loaded {
  readonly kind: 'tensors';
  readonly manifest: ImportedManifest;
  /** `tokenizer.json` of a model that takes texts. */
  readonly tokenizerFile: Uint8Array | null;
}

/** A version that forecasts: it takes windows of series. */
export interface ForecastModel extends Loaded {
  readonly kind: 'forecast';
  readonly manifest: VersionManifest;
  readonly series: SeriesSchema;
}

/** A version that can answer a prediction at once. */
export type LoadedModel = RowModel | TensorModel;

/** A version that can answer at once. */
export type CachedModel = LoadedModel | ForecastModel;

/** What the cache needs, and the sum of model file sizes it may hold. */
export interface VersionCacheOptions {
  readonly artifacts: ObjectStore;
  readonly clock: Clock;
  readonly maxBytes: number;
  /** For models that learnt from pictures. */
  readonly decodePictures?: PictureDecoder | undefined;
}

/** A version that is asked for. */
export interface WantedVersion {
  readonly model: string;
  readonly version: string;
  /** A manifest looked at so long ago is looked at again first. */
  readonly maxAgeMs: number;
}

/** Versions by model and number. */
export interface VersionCache {
  /**
   * The version, loaded, and not let go before the hold ends.
   *
   * @throws not_found for an unknown model or version
   */
  load(wanted: WantedVersion, hold: Hold): Promise<CachedModel>;
}

interface Entry {
  readonly loaded: Promise<CachedModel>;
  readonly shared: Shared;
  checkedAt: number;
  checking: Promise<boolean> | null;
  /** Of its file; empty until it is loaded. */
  digest: string;
}

/** A cache over one artifact bucket. */
export function createVersionCache({
  artifacts,
  clock,
  maxBytes,
  decodePictures,
}: VersionCacheOptions): VersionCache {
  const pool = createSessionPool({ artifacts, maxBytes });
  const entries = new Map<string, Entry>();

  const forget = (key: string, entry: Entry): void => {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    entry.shared.release();
  };

  const evict = (): void => {
    const gone = new Set(pool.evict());
    for (const [key, entry] of entries) if (gone.has(entry.digest)) forget(key, entry);
  };

  /** Looks at the manifest again. While the store is down, the model in hand is the better answer. */
  const isCurrent = async (entry: Entry): Promise<boolean> => {
    const { etag, manifest } = await entry.loaded;
    try {
      const key = artifactKeys.versionManifest(manifest.model, manifest.version);
      if ((await artifacts.get(key, { ifNoneMatch: etag })) !== 'unchanged') return false;
      entry.checkedAt = clock.now();
    } catch {}
    return true;
  };

  const start = (key: string, { model, version }: WantedVersion): Entry => {
    const loading = loadVersion({ artifacts, pool, decodePictures }, model, version);
    const entry: Entry = {
      loaded: loading.then(({ loaded }) => loaded),
      shared: createShared(async () => letGo(await loading)),
      checkedAt: clock.now(),
      checking: null,
      digest: '',
    };
    entries.set(key, entry);
    return entry;
  };

  const load = async (wanted: WantedVersion, hold: Hold): Promise<CachedModel> => {
    const key = `${wanted.model}/${wanted.version}`;
    const known = entries.get(key);
    if (!known) {
      const entry = start(key, wanted);
      hold.add(entry.shared);
      try {
        const loaded = await entry.loaded;
        entry.digest = loaded.manifest.artifact.sha256;
        evict();
        // Its file may have been evicted between its own loading and that of the version.
        if (!pool.touch(entry.digest)) forget(key, entry);
        return loaded;
      } catch (error) {
        forget(key, entry);
        throw error;
      }
    }
    // Held before anything is waited for, during which it could be evicted.
    hold.add(known.shared);
    pool.touch(known.digest);
    if (clock.now() - known.checkedAt < wanted.maxAgeMs) return known.loaded;
    known.checking ??= isCurrent(known).finally(() => {
      known.checking = null;
    });
    if (await known.checking) return known.loaded;
    forget(key, known);
    return load(wanted, hold);
  };

  return { load };
}

/** A version with the session that it holds. */
interface OpenVersion {
  readonly loaded: CachedModel;
  readonly pooled: PooledSession;
}

async function letGo({ loaded, pooled }: OpenVersion): Promise<void> {
  pooled.shared.release();
  const made = await Promise.allSettled(loaded.extras.values());
  const extras = made.flatMap((extra) => (extra.status === 'fulfilled' ? [extra.value] : []));
  await Promise.allSettled(extras.map((extra) => extra.release()));
}

async function loadVersion(
  {
    artifacts,
    pool,
    decodePictures,
  }: Pick<VersionCacheOptions, 'artifacts' | 'decodePictures'> & { readonly pool: SessionPool },
  model: string,
  version: string,
): Promise<OpenVersion> {
  const manifestObject = await artifacts.get(artifactKeys.versionManifest(model, version));
  if (!manifestObject) throw await unknownVersion(artifacts, model, version);
  const manifest = JSON.parse(new TextDecoder().decode(manifestObject.body)) as
    | VersionManifest
    | ImportedManifest;
  const pooled = await pool.open(manifest.artifact.sha256);
  const extras = new Map<string, Promise<Releasable>>();
  const { session, tokenizerFile } = pooled;
  const common = { etag: manifestObject.etag, extras };
  if (!('schema' in manifest)) {
    return { pooled, loaded: { ...common, session, kind: 'tensors', manifest, tokenizerFile } };
  }
  const { series } = manifest.schema;
  if (series) return { pooled, loaded: { ...common, session, kind: 'forecast', manifest, series } };
  const readers = readersOf(compileSignature(manifest.schema));
  const labelled = withPictures(withLabels(session, manifest.schema), manifest.schema, decodePictures);
  return { pooled, loaded: { ...common, session: labelled, kind: 'rows', manifest, ...readers } };
}

const readersOf = (signature: Signature) => ({
  signature,
  decode: decoderOf(signature),
  read: readerOf(signature),
});

async function unknownVersion(artifacts: ObjectStore, model: string, version: string): Promise<Error> {
  if (!(await artifacts.head(artifactKeys.spec(model)))) return unknownModel(model);
  return notFound(
    `Model "${model}" has no version ${version}. GET /v1/models/${model}/versions lists them.`,
    {
      code: 'version_not_found',
      param: 'version',
    },
  );
}

/** The refusal of a model that is not there. */
export const unknownModel = (model: string): Error =>
  notFound(`There is no model "${model}". GET /v1/models lists the models.`, {
    code: 'model_not_found',
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

/**
 * A model that predicts.
 *
 * @throws invalid_request `forecast_only` for one that forecasts
 */
export function requirePredicting(model: CachedModel): LoadedModel {
  if (model.kind !== 'forecast') return model;
  const { model: name } = model.manifest;
  throw invalidInput(
    `Model "${name}" forecasts series and takes no rows; POST /v1/models/${name}/forecast asks it.`,
    { code: 'forecast_only', param: 'model' },
  );
}

/**
 * A model that forecasts.
 *
 * @throws invalid_request `no_forecast` for one that predicts
 */
export function requireForecasting(model: CachedModel): ForecastModel {
  if (model.kind === 'forecast') return model;
  const { model: name } = model.manifest;
  throw invalidInput(`Model "${name}" does not forecast; POST /v1/models/${name}/predict asks it.`, {
    code: 'no_forecast',
    param: 'model',
  });
}
