/** Conditional requests: RFC 9110 preconditions for reads and copies, compare-and-swap for writes. */
import type { Guard } from '../disk/object-disk.ts';
import type { ObjectRecord } from '../types.ts';
import { type S3Error, s3Error } from './s3-error.ts';

type Headers = ReadonlyMap<string, string>;
type Validators = Pick<ObjectRecord, 'etag' | 'modifiedAt'>;

/**
 * Checks a GET or HEAD.
 *
 * @returns false when the client's copy is still good (304)
 * @throws PreconditionFailed
 */
export function checkRead(record: Validators, headers: Headers): boolean {
  const { matches, unmodified, noneMatches, modified } = evaluate(record, headers, '');
  if (!(matches ?? unmodified ?? true)) throw failed('If-Match');
  return noneMatches ?? modified ?? true;
}

/** Checks the source of a copy. @throws PreconditionFailed */
export function checkCopySource(record: Validators, headers: Headers): void {
  const { matches, unmodified, noneMatches, modified } = evaluate(record, headers, 'x-amz-copy-source-');
  if (!(matches ?? unmodified ?? true) || !(noneMatches ?? modified ?? true))
    throw failed('x-amz-copy-source-if-*');
}

/** Each condition that was given; an entity tag condition outranks the date condition of its kind. */
function evaluate(
  { etag, modifiedAt }: Validators,
  headers: Headers,
  prefix: string,
): Readonly<Record<'matches' | 'unmodified' | 'noneMatches' | 'modified', boolean | undefined>> {
  const match = headers.get(`${prefix}if-match`);
  const noneMatch = headers.get(`${prefix}if-none-match`);
  const since = Date.parse(headers.get(`${prefix}if-modified-since`) ?? '');
  const unmodifiedSince = Date.parse(headers.get(`${prefix}if-unmodified-since`) ?? '');
  const second = Math.floor(modifiedAt / 1000) * 1000;
  return {
    matches: match === undefined ? undefined : etagMatches(match, etag),
    unmodified: Number.isNaN(unmodifiedSince) ? undefined : second <= unmodifiedSince,
    noneMatches: noneMatch === undefined ? undefined : !etagMatches(noneMatch, etag),
    modified: Number.isNaN(since) ? undefined : second > since,
  };
}

/** The two moments at which a write looks at the object it would replace. */
export interface WriteGuard {
  /** Before the body is taken, to refuse early. */
  readonly atStart: Guard;
  /** At the commit, which is what counts. */
  readonly atCommit: Guard;
}

/**
 * Compare-and-swap by `If-None-Match: *` (create only) or `If-Match: etag` (replace only that).
 *
 * @throws NotImplemented for any other use of the two headers
 */
export function writeGuard(headers: Headers): WriteGuard {
  const match = headers.get('if-match');
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== undefined && (noneMatch !== '*' || match !== undefined)) throw s3Error('NotImplemented');
  const check =
    (missing: () => S3Error): Guard =>
    (current) => {
      if (noneMatch !== undefined && current) throw failed('If-None-Match');
      if (match === undefined) return;
      if (!current) throw missing();
      if (!etagMatches(match, current.etag)) throw failed('If-Match');
    };
  return {
    atStart: check(() => s3Error('NoSuchKey')),
    // It was there when the request began: somebody deleted it while the body came in.
    atCommit: check(() => s3Error('ConditionalRequestConflict')),
  };
}

/** `If-Match` of a delete; an object that is not there is deleted already. */
export function deleteGuard(ifMatch: string | undefined): Guard {
  return (current) => {
    if (ifMatch !== undefined && current && !etagMatches(ifMatch, current.etag)) throw failed('If-Match');
  };
}

function etagMatches(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const tag = item.trim();
    return tag === '*' || tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag;
  });
}

function failed(condition: string): S3Error {
  return s3Error('PreconditionFailed', undefined, { fields: { Condition: condition } });
}
