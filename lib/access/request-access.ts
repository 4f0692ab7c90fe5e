/** Reads who asks from what API Gateway says of a request: a key by our authorizer, a token, or a signature by IAM. */
import { type Access, fullAccess, nobody } from './access.ts';
import { isNamePattern, isScope } from './grants.ts';
import { limitsProblem, type UsageLimit } from './usage-limits.ts';

/** The part of API Gateway's request context that clients have no influence on. */
export interface RequestIdentity {
  readonly authorizer?: Readonly<Record<string, unknown>> | null | undefined;
  readonly identity?: { readonly userArn?: string | null } | null | undefined;
}

/** What the authorizer says of a caller; API Gateway takes texts only. */
export interface AuthorizerContext {
  readonly key: string;
  /** Scopes, with spaces between them. */
  readonly scopes: string;
  /** Name patterns, with spaces between them. */
  readonly models: string;
  /** Limits as JSON; absent if there are none. */
  readonly limits?: string;
}

/** An access as the authorizer says it. */
export const authorizerContext = ({ caller, scopes, models, limits }: Access): AuthorizerContext => ({
  key: caller,
  scopes: scopes.join(' '),
  models: models.join(' '),
  ...(limits && { limits: JSON.stringify(limits) }),
});

/** The resource server whose scopes in a token are ours, unless the environment names another. */
const defaultResourceServer = 'onramp';

/**
 * The access of a request, `nobody` if none has checked who asks.
 *
 * - Our authorizer: the fields `key`, `scopes`, `models` and `limits`; others have no limits of ours.
 * - A JWT that API Gateway has checked (Cognito): those words of the claim `scope` that begin with the resource server,
 *   names among them: `onramp/predict onramp/models:team-a-*`. Without a `models:` there are none.
 * - A signature that IAM has checked: everything, since policies there name methods and paths.
 */
export function accessOf(
  { authorizer, identity }: RequestIdentity,
  resourceServer: string = defaultResourceServer,
): Access {
  if (typeof authorizer?.scopes === 'string') return keyAccess(authorizer);
  if (isClaims(authorizer?.claims)) return tokenAccess(authorizer.claims, resourceServer);
  if (identity?.userArn) return fullAccess(identity.userArn);
  return nobody;
}

/** The access that was read last: one caller mostly sends many requests, and texts are compared faster than read. */
let latest: { readonly context: Readonly<Record<string, unknown>>; readonly access: Access } | undefined;

function keyAccess(context: Readonly<Record<string, unknown>>): Access {
  const { key, scopes, models, limits } = context;
  const known = latest?.context;
  const isLatest =
    known &&
    known.key === key &&
    known.scopes === scopes &&
    known.models === models &&
    known.limits === limits;
  if (isLatest) return latest!.access;
  const granted = accessFrom(textOf(key), wordsOf(textOf(scopes)), wordsOf(textOf(models)));
  const access = limits === undefined ? granted : limitedAccess(granted, textOf(limits));
  latest = { context: { key, scopes, models, limits }, access };
  return access;
}

/** With limits that cannot be read, nothing is allowed. */
function limitedAccess(access: Access, text: string): Access {
  try {
    const limits: unknown = JSON.parse(text);
    if (limitsProblem(limits) === null) return { ...access, limits: limits as readonly UsageLimit[] };
  } catch {}
  return { ...access, scopes: [] };
}

function tokenAccess({ scope, client_id, sub }: Readonly<Record<string, unknown>>, server: string): Access {
  const words = wordsOf(textOf(scope)).flatMap((word) =>
    word.startsWith(`${server}/`) ? [word.slice(server.length + 1)] : [],
  );
  const models = words.flatMap((word) => (word.startsWith('models:') ? [word.slice('models:'.length)] : []));
  return accessFrom(textOf(client_id) || textOf(sub), words, models);
}

/** What is no scope and no pattern allows nothing. */
const accessFrom = (caller: string, scopes: readonly string[], models: readonly string[]): Access => ({
  caller,
  scopes: scopes.filter(isScope),
  models: models.filter(isNamePattern),
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const wordsOf = (text: string): string[] => text.split(' ').filter((word) => word !== '');

const isClaims = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object';
