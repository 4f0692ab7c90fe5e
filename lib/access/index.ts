/** Who may do what: grants of keys, and the decision for a request. */
export {
  type Access,
  coversAll,
  coversName,
  fullAccess,
  hasScope,
  type NamedThing,
  nobody,
  requireName,
  requireScope,
} from './access.ts';
export { listApiGatewayKeys } from './api-gateway-keys.ts';
export { type Grant, type Grants, grantProblem, parseGrants, type Scope } from './grants.ts';
export { createKeyDirectory, type KeyDirectory, type ListedKey } from './key-directory.ts';
export { isKeyText, type KeyTable, type KnownKey, keyTable, presentedKey } from './key-table.ts';
export {
  type AuthorizerContext,
  accessOf,
  authorizerContext,
  type RequestIdentity,
} from './request-access.ts';
export {
  type LimitUnit,
  type LimitWindow,
  limitsProblem,
  limitUnits,
  limitWindows,
  type UsageLimit,
} from './usage-limits.ts';
