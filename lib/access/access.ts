/** Decides what the caller of a request may do. */
import { forbidden, OnrampError } from '../core/index.ts';
import { type Grant, type Scope, scopes } from './grants.ts';

/** Who asks, and what they may do. */
export interface Access extends Grant {
  /** Name of the key, the role or the client: for the log, never the key itself. */
  readonly caller: string;
}

/** What a name is that must be covered. */
export type NamedThing = 'model' | 'dataset';

/** A caller that may do everything. */
export const fullAccess = (caller: string): Access => ({ caller, scopes, models: ['*'] });

/** A caller whom nobody has checked. */
export const nobody: Access = { caller: '', scopes: [], models: [] };

/** True if the caller has the scope, or one that includes it. */
export function hasScope({ scopes: given }: Grant, scope: Scope): boolean {
  // Who changes a model sees what they change: the answer to a change is the model's card.
  return given.includes(scope) || (scope === 'read' && given.includes('manage'));
}

/** True if a model or data set of this name is one of the caller's. */
export function coversName({ models }: Grant, name: string): boolean {
  for (const pattern of models) {
    if (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern) return true;
  }
  return false;
}

/** True if every name is covered. */
export const coversAll = ({ models }: Grant): boolean => models.includes('*');

/**
 * Lets a caller with this scope pass.
 *
 * @throws unauthorized for `nobody`; forbidden `scope_missing`
 */
export function requireScope(access: Access, scope: Scope): void {
  if (access === nobody) {
    throw new OnrampError(
      'unauthorized',
      'Send the API key in the header "x-api-key" or as "Authorization: Bearer <key>".',
    );
  }
  if (hasScope(access, scope)) return;
  throw forbidden(`This key may ${wordsOf(access)}; the request needs the scope "${scope}".`, {
    code: 'scope_missing',
  });
}

/**
 * Lets a caller pass whose models or data sets include this one; whether it exists is not said.
 *
 * @param param the field of the request that named it; default: what kind of thing it is
 * @throws forbidden `model_not_allowed` or `dataset_not_allowed`
 */
export function requireName(access: Access, thing: NamedThing, name: string, param: string = thing): void {
  if (coversName(access, name)) return;
  const words = thing === 'model' ? 'model' : 'data set';
  throw forbidden(`This key is not for the ${words} "${name}"; use a key whose grant names it.`, {
    code: `${thing}_not_allowed`,
    param,
  });
}

const wordsOf = ({ scopes: given }: Grant): string =>
  given.length === 0 ? 'do nothing' : given.map((scope) => `"${scope}"`).join(' and ');
