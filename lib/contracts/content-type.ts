/** What a request says its body is. */
import { OnrampError } from '../core/index.ts';

/** The type of `text/csv; charset=utf-8` in lower case, without parameters; empty if nothing is said. */
export const mediaType = (contentType: string | undefined): string =>
  (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase();

/** True for `application/json` and the types that are made of it, such as `application/cloudevents+json`. */
export const isJsonType = (contentType: string | undefined): boolean =>
  /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType ?? '');

const tableTypes: ReadonlySet<string> = new Set([
  'text/csv',
  'text/tab-separated-values',
  'application/jsonl',
  'application/x-ndjson',
  'application/vnd.apache.parquet',
]);

/** True for the types of tables, whose rows are read by what the file is. */
export const isTableType = (contentType: string): boolean => tableTypes.has(mediaType(contentType));

/**
 * Refuses a body that says it is something other than JSON; one that says nothing is taken for JSON.
 *
 * @throws unsupported_media_type
 */
export function requireJsonType(contentType: string | undefined): void {
  if (contentType === undefined || isJsonType(contentType)) return;
  throw new OnrampError(
    'unsupported_media_type',
    `The body is declared as "${contentType}"; send "Content-Type: application/json".`,
    { code: 'content_type', param: 'content-type' },
  );
}
