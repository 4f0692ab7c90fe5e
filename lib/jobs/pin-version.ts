/** Which version a job is answered by: decided once, when the job is made. */
import * as z from 'zod';
import { artifactKeys } from '../contracts/index.ts';
import { invalidInput, notReady } from '../core/index.ts';
import { getAliases, modelNotFound, type RegistryContext, versionNotFound } from '../registry/index.ts';
import { readJson } from '../storage/index.ts';

/** A version and the digest of its file. */
export interface PinnedVersion {
  readonly model: string;
  readonly version: string;
  readonly artifact: string;
}

/** Models that were brought along have a signature in tensors instead of a schema in columns. */
const manifestPart = z.object({
  artifact: z.object({ sha256: z.string() }),
  schema: z.object({ series: z.unknown().optional() }).optional(),
});

/**
 * The version asked for, or the one that is live.
 *
 * @throws not_found for an unknown model or version, not_ready while no version is live, invalid_request `tensors_only`
 *   or `forecast_only`
 */
export async function pinVersion(
  context: RegistryContext,
  model: string,
  asked?: string,
): Promise<PinnedVersion> {
  const version = asked ?? (await liveVersion(context, model));
  const key = artifactKeys.versionManifest(model, version);
  const manifest = await readJson(context.artifacts, key, manifestPart);
  if (!manifest) throw versionNotFound(model, version);
  if (manifest.value.schema === undefined) {
    throw invalidInput(
      `Model "${model}" was brought along and takes tensors, not rows; jobs are for models that take rows.`,
      { code: 'tensors_only', param: 'model' },
    );
  }
  if (manifest.value.schema.series !== undefined) {
    throw invalidInput(
      `Model "${model}" forecasts series; jobs are for models that take rows. POST /v1/models/${model}/forecast asks it.`,
      { code: 'forecast_only', param: 'model' },
    );
  }
  return { model, version, artifact: manifest.value.artifact.sha256 };
}

async function liveVersion(context: RegistryContext, model: string): Promise<string> {
  const live = (await getAliases(context, model))?.value.live;
  if (live) return live;
  if (!(await context.artifacts.head(artifactKeys.spec(model)))) throw modelNotFound(model);
  throw notReady(
    `Model "${model}" has no live version yet; GET /v1/models/${model}/runs tells how far it is.`,
    {
      code: 'no_live_version',
      param: 'model',
    },
  );
}
