/** Which version answers: one small document a model, changed by compare-and-swap only. */
import { type Aliases, aliases, artifactKeys } from '../contracts/index.ts';
import { conflict } from '../core/index.ts';
import { type JsonDocument, readJson, rereadJson, updateJson } from '../storage/index.ts';
import { pauseOf, type RegistryContext, timestamp } from './context.ts';
import { getVersion } from './versions.ts';

/** How far back rollback can go. */
const keptPrevious = 20;

/** The aliases of a model with their entity tag, or `null` if no version was ever live. */
export async function getAliases(
  { artifacts }: RegistryContext,
  model: string,
): Promise<JsonDocument<Aliases> | null> {
  return readJson(artifacts, artifactKeys.aliases(model), aliases);
}

/** As `getAliases`, but `'unchanged'` while they still have this entity tag. */
export async function refreshAliases(
  { artifacts }: RegistryContext,
  model: string,
  etag: string,
): Promise<JsonDocument<Aliases> | 'unchanged' | null> {
  return rereadJson(artifacts, artifactKeys.aliases(model), { schema: aliases, etag });
}

/** Why a version goes live, and what has to be live until then. */
export interface SetLiveOptions {
  readonly reason: string;
  /** Refuses if another version is live by now; `null` says that none may be. */
  readonly expectedLive?: string | null;
}

/**
 * Makes a version live. If it is live already, nothing is written.
 *
 * @throws not_found `version_not_found`
 * @throws conflict `live_changed` if `expectedLive` is given and another version is live
 */
export async function setLive(
  context: RegistryContext,
  model: string,
  { version, reason, expectedLive }: SetLiveOptions & { readonly version: string },
): Promise<Aliases> {
  await getVersion(context, model, version);
  return updateJson(context.artifacts, artifactKeys.aliases(model), {
    schema: aliases,
    change: (current) => {
      const live = current?.live ?? null;
      if (current && live === version) return current;
      if (expectedLive !== undefined && live !== expectedLive) throw liveChanged(model, live);
      const earlier = (current?.previous ?? []).filter((one) => one !== version);
      const previous = (live === null ? earlier : [live, ...earlier]).slice(0, keptPrevious);
      return { live: version, previous, changed: timestamp(context), reason };
    },
    ...pauseOf(context),
  });
}

/**
 * Makes the version live that was live before; the one left behind is not come back to by a further rollback.
 *
 * @throws conflict `nothing_to_roll_back` if no version was live before
 * @throws conflict `live_changed` if somebody else changes the live version meanwhile
 */
export async function rollback(
  context: RegistryContext,
  model: string,
  { reason }: { readonly reason: string },
): Promise<Aliases> {
  const start = (await getAliases(context, model))?.value;
  const [target, ...previous] = start?.previous ?? [];
  if (!start || target === undefined) {
    throw conflict(`Model "${model}" has no earlier live version to go back to.`, {
      code: 'nothing_to_roll_back',
    });
  }
  return updateJson(context.artifacts, artifactKeys.aliases(model), {
    schema: aliases,
    change: (current) => {
      const live = current?.live ?? null;
      if (current && live === target) return current;
      if (live !== start.live) throw liveChanged(model, live);
      return { live: target, previous, changed: timestamp(context), reason };
    },
    ...pauseOf(context),
  });
}

const liveChanged = (model: string, live: string | null): Error =>
  conflict(`Model "${model}": version ${live ?? '(none)'} is live by now; look again and decide anew.`, {
    code: 'live_changed',
  });
