/** Which columns of the data a spec wants learnt from, and of which of them a version warns. */
import type { ModelSpec } from '../contracts/model-spec.ts';
import type { ProfileWarning } from '../contracts/profile.ts';
import { type SplitSettings, timeColumn } from './split-rows.ts';

/** True unless the column is what is told or measured by, or the spec leaves it out. */
export function isWanted({ target, labels, features = {} }: ModelSpec, name: string): boolean {
  if (name === target || name === labels || features.exclude?.includes(name)) return false;
  return features.include?.includes(name) ?? true;
}

/** What a version has to do with: columns it may learn from, and those that tell its target, its labels or its rows apart. */
export function versionWarnings(
  spec: ModelSpec,
  { profile, split }: Pick<SplitSettings, 'profile'> & { readonly split: { readonly kind: string } },
): ProfileWarning[] {
  const time = split.kind === 'time' ? timeColumn(spec, profile) : undefined;
  const others = new Set([spec.target, spec.labels, spec.split?.column, time]);
  return profile.warnings.filter(
    ({ column }) => column === null || others.has(column) || isWanted(spec, column),
  );
}
