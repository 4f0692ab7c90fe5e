/** What the services of AWS on one machine have in common on the wire: signatures, refusals, JSON over HTTP. */
export type { Credentials } from './authorize.ts';
export { AwsRefusal, invalidValue } from './refusal.ts';
export {
  type AwsRequest,
  type AwsServer,
  type AwsServerOptions,
  parseJson,
  startAwsServer,
} from './server.ts';
export {
  type CanonicalParts,
  type CredentialScope,
  canonicalRequest,
  emptySha256,
  parseCredential,
  parseTimestamp,
  scopeText,
  signatureAlgorithm,
  signaturesMatch,
  signingKey,
  signRequest,
  signText,
} from './signature.ts';
export { encodeUri } from './uri.ts';
