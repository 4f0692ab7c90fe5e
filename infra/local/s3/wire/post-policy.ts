/** The policy of a POST upload: a signed document that says which form fields are allowed. */
import {
  type Credentials,
  parseCredential,
  parseTimestamp,
  signatureAlgorithm,
  signaturesMatch,
  signingKey,
  signText,
} from '../../aws/index.ts';
import { s3Error } from './s3-error.ts';

/** What a good policy leaves open: the size of the file. */
export interface GrantedUpload {
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly accessKeyId: string;
}

type Condition = Readonly<Record<string, string>> | readonly [string, string | number, string | number];
interface Policy {
  readonly expiration: string;
  readonly conditions: readonly Condition[];
}

/** Fields that need no condition. */
const freeFields = new Set(['policy', 'x-amz-signature', 'file']);

/**
 * Checks signature, expiry and every condition.
 *
 * @param fields form fields by lower-case name, with `bucket` added and `${filename}` in the key filled in
 * @throws AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, InvalidArgument
 */
export function checkPostPolicy(
  fields: ReadonlyMap<string, string>,
  { credentials, nowMs }: { readonly credentials: Credentials; readonly nowMs: number },
): GrantedUpload {
  const encoded = fields.get('policy');
  if (encoded === undefined) throw s3Error('AccessDenied');
  const accessKeyId = checkSignature(fields, encoded, credentials);
  const policy = parsePolicy(encoded);
  if (!(Date.parse(policy.expiration) > nowMs)) throw denied('Policy expired.');
  const limits = { minBytes: 0, maxBytes: Number.POSITIVE_INFINITY };
  const covered = new Set<string>();
  for (const condition of policy.conditions) {
    const [operator, name, value] = Array.isArray(condition) ? condition : equality(condition);
    if (operator === 'content-length-range') {
      limits.minBytes = Math.max(limits.minBytes, Number(name));
      limits.maxBytes = Math.min(limits.maxBytes, Number(value));
      continue;
    }
    const field = String(name).replace(/^\$/, '').toLowerCase();
    covered.add(field);
    if (!holds(operator, fields.get(field) ?? '', String(value))) {
      throw denied(`Policy Condition failed: ${JSON.stringify(condition)}`);
    }
  }
  const extra = [...fields.keys()].find(
    (name) =>
      !covered.has(name) && !freeFields.has(name) && !name.startsWith('x-ignore-') && name !== 'bucket',
  );
  if (extra !== undefined) throw denied(`Extra input fields: ${extra}`);
  return { ...limits, accessKeyId };
}

function checkSignature(
  fields: ReadonlyMap<string, string>,
  encoded: string,
  credentials: Credentials,
): string {
  const scope = parseCredential(fields.get('x-amz-credential') ?? '');
  const known = fields.get('x-amz-algorithm') === signatureAlgorithm && scope?.service === 's3';
  if (!known || parseTimestamp(fields.get('x-amz-date')) === null) {
    throw s3Error(
      'InvalidArgument',
      'The form must carry x-amz-algorithm, x-amz-credential and x-amz-date of Signature Version 4.',
    );
  }
  if (scope.accessKeyId !== credentials.accessKeyId) throw s3Error('InvalidAccessKeyId');
  const expected = signText(encoded, signingKey(credentials.secretAccessKey, scope));
  if (!signaturesMatch(expected, fields.get('x-amz-signature') ?? '')) throw s3Error('SignatureDoesNotMatch');
  return scope.accessKeyId;
}

/** It is signed, so its maker knows the secret: a shape that is off is a mistake, not an attack. */
function parsePolicy(encoded: string): Policy {
  try {
    const policy = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as Policy;
    if (Array.isArray(policy.conditions) && typeof policy.expiration === 'string') return policy;
  } catch {
    // Refused below.
  }
  throw s3Error('InvalidArgument', 'The policy must be base64 of JSON with "expiration" and "conditions".');
}

function equality(condition: Condition): readonly [string, string, string] {
  const [name = '', value = ''] = Object.entries(condition)[0] ?? [];
  return ['eq', name, String(value)];
}

function holds(operator: string, actual: string, wanted: string): boolean {
  if (operator === 'eq') return actual === wanted;
  return operator === 'starts-with' && actual.startsWith(wanted);
}

function denied(reason: string): Error {
  return s3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}
