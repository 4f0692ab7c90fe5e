/** What keys may do: scopes, and the names of models and data sets they are good for. */
import { internal, isRecord } from '../core/index.ts';
import { limitsProblem, type UsageLimit } from './usage-limits.ts';

/** What a caller may be allowed to do; `manage` includes `read`, nothing else includes another. */
export const scopes = ['predict', 'read', 'manage'] as const;
export type Scope = (typeof scopes)[number];

/** What one key may do, and to which models and data sets. */
export interface Grant {
  readonly scopes: readonly Scope[];
  /** Names; `*` at the end of one stands for any end, alone for every name. They hold for data sets as well. */
  readonly models: readonly string[];
  /** What the key may use; without limits, as much as the service gives. */
  readonly limits?: readonly UsageLimit[];
}

/** Grants by the name of the key. */
export type Grants = ReadonlyMap<string, Grant>;

/** More would make a grant, which travels with every request, a burden. */
const maxPatterns = 50;
const namePattern = /^(\*|[a-z0-9][a-z0-9._-]{0,62}\*?)$/;

/** True for a name, a beginning of names with a `*` behind it, or `*` alone. */
export function isNamePattern(text: string): boolean {
  return namePattern.test(text);
}

export const isScope = (text: unknown): text is Scope => scopes.includes(text as Scope);

/**
 * Reads the setting that says what each key may do.
 *
 * @param text JSON: `{"<name of the key>": {"scopes": ["predict"], "models": ["heart", "team-a-*"]}}`, each with or
 * without `limits`
 * @param setting what the text is called, for the message
 * @throws internal `environment_invalid` naming the setting, the key and the field
 */
export function parseGrants(text: string, setting: string): Grants {
  const refuse = (problem: string) => internal(`${setting}: ${problem}.`, { code: 'environment_invalid' });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw refuse('is not valid JSON; give it an object with the names of keys as fields');
  }
  if (!isRecord(given)) throw refuse('must be a JSON object with the names of keys as fields');
  return new Map(
    Object.entries(given).map(([name, grant]) => {
      const problem = grantProblem(grant);
      if (name === '') throw refuse('holds a key without a name; name it');
      if (problem !== null) throw refuse(`key "${name}": ${problem}`);
      return [name, grant as Grant];
    }),
  );
}

/** What is wrong with a grant, `null` if nothing is. */
export function grantProblem(grant: unknown): string | null {
  if (!isRecord(grant)) return 'must be an object with "scopes" and "models"';
  const { scopes: allowed, models, limits, ...others } = grant;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return `"${unknown}" is not a field of a grant; remove it`;
  if (!isFilledList(allowed) || !allowed.every(isScope)) {
    return `"scopes" must be a list of ${scopes.map((scope) => `"${scope}"`).join(', ')}`;
  }
  if (!isFilledList(models) || models.length > maxPatterns || !models.every(isPatternValue)) {
    return `"models" must be a list of 1 to ${maxPatterns} names of models, with "*" only at the end of a name or alone`;
  }
  return limits === undefined ? null : limitsProblem(limits);
}

const isPatternValue = (value: unknown): boolean => typeof value === 'string' && isNamePattern(value);

const isFilledList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0;
