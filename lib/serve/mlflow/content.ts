/** Judges what a request says of its body, by the rules of MLflow's scoring server. */
import { mediaType } from '../../contracts/content-type.ts';

/** What the body is, or why it is refused. */
export type Content =
  | { readonly kind: 'csv' | 'json' }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): Content => ({ kind: 'refused', reason });

/** Reads a `Content-Type`; a body of which nothing is said is taken for JSON. */
export function contentOf(header: string | undefined): Content {
  const type = header === undefined ? 'application/json' : mediaType(header);
  if (type !== 'text/csv' && type !== 'application/json') {
    return refused(`This server takes the content types text/csv and application/json, not "${header}".`);
  }
  for (const parameter of (header ?? '').split(';').slice(1)) {
    if (parameter.trim() === '') continue;
    const [name = '', value = ''] = parameter.split('=').map((part) => part.trim().toLowerCase());
    if (name !== 'charset') {
      return refused(`The content type has the unknown parameter "${name}"; send only "charset=utf-8".`);
    }
    if (!/^"?utf-?8"?$/.test(value)) return refused(`The charset must be utf-8, not ${value}.`);
  }
  return { kind: type === 'text/csv' ? 'csv' : 'json' };
}
