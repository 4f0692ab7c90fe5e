/** What a version came from, as its manifest tells it. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import type { DatasetManifest, VersionManifest } from '../contracts/records.ts';

/** What is fitted, and how its rows were parted. */
export interface LineageParts {
  readonly spec: ModelSpec;
  readonly specDigest: string;
  readonly data: DatasetManifest;
  readonly rows: number;
  readonly split: string;
  readonly seed: number;
}

/**
 * The lineage of a version.
 *
 * @param code version of the program that trained it
 */
export const lineageOf = (
  { data, spec, specDigest, rows, split, seed }: LineageParts,
  code: string,
): VersionManifest['lineage'] => ({
  dataset: data.dataset,
  data_digest: data.digest,
  spec_digest: specDigest,
  spec,
  source: data.source,
  ...{ rows, split, seed, code },
});
