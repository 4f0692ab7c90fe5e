/** Finds the version that answers: the alias is kept and looked at again, behind the answer while it is young. */
import { artifactKeys } from '../contracts/keys.ts';
import type { PictureDecoder } from '../contracts/preparation.ts';
import type { Aliases } from '../contracts/records.ts';
import { type Clock, notReady } from '../core/index.ts';
import type { ObjectStore } from '../storage/index.ts';
import { createHold, type Hold } from './shared.ts';
import {
  type CachedModel,
  createVersionCache,
  type ForecastModel,
  type LoadedModel,
  requireForecasting,
  requirePredicting,
  unknownModel,
} from './version-cache.ts';

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
  /** For models that learnt from pictures. */
  readonly decodePictures?: PictureDecoder | undefined;
}

/** Finds the version that should answer, loaded. */
export interface Models {
  /**
   * @param version a version number, or nothing for the live one
   * @throws not_found for an unknown model or version, not_ready while no version is live; invalid_request
   *   `forecast_only` for a model that forecasts
   */
  resolve(model: string, version?: string): Promise<LoadedModel>;
  /** The same for a model that forecasts; invalid_request `no_forecast` for another. */
  resolveForecast(model: string, version?: string): Promise<ForecastModel>;
}

/** Models that stay loaded while there is room, and as long as somebody works with them. */
export interface ModelCache extends Models {
  /** Does work with models; those it finds by what it is given are not let go before it ends. */
  hold<T>(work: (models: Models) => Promise<T>): Promise<T>;
}

interface LiveEntry {
  etag: string;
  live: string | null;
  checkedAt: number;
  refreshing: Promise<void> | null;
}

/** A cache over one artifact bucket. */
export function createModelCache({
  artifacts,
  clock,
  softTtlMs = 1_000,
  hardTtlMs = 30_000,
  maxBytes = 268_435_456,
  decodePictures,
}: ModelCacheOptions): ModelCache {
  const live = new Map<string, LiveEntry>();
  const { load } = createVersionCache({ artifacts, clock, maxBytes, decodePictures });

  const loadAhead = async (model: string, version: string): Promise<void> => {
    const hold = createHold();
    try {
      await load({ model, version, maxAgeMs: 0 }, hold);
    } finally {
      hold.end();
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
      if (aliases.live !== null) await loadAhead(model, aliases.live);
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

  const find = async (model: string, version: string | undefined, hold: Hold): Promise<CachedModel> => {
    if (version !== undefined) return load({ model, version, maxAgeMs: hardTtlMs }, hold);
    const current = await liveVersion(model);
    if (current === null) throw await noLiveVersion(artifacts, model);
    return load({ model, version: current, maxAgeMs: Number.POSITIVE_INFINITY }, hold);
  };

  const hold: ModelCache['hold'] = async (work) => {
    const held = createHold();
    try {
      return await work({
        resolve: async (model, version) => requirePredicting(await find(model, version, held)),
        resolveForecast: async (model, version) => requireForecasting(await find(model, version, held)),
      });
    } finally {
      held.end();
    }
  };

  return {
    hold,
    resolve: (model, version) => hold((models) => models.resolve(model, version)),
    resolveForecast: (model, version) => hold((models) => models.resolveForecast(model, version)),
  };
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
