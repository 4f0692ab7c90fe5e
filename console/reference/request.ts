/** From what stands in the form to a request, and to the `curl` line that sends the same. */

/** What was filled in. */
export interface Filled {
  /** What comes before the path, such as `https://api.example.org/dev`. */
  readonly origin: string;
  readonly method: string;
  /** Path template, such as `/v1/models/{model}`. */
  readonly path: string;
  readonly pathValues: Readonly<Record<string, string>>;
  /** Empty values are left out. */
  readonly query: Readonly<Record<string, string>>;
  /** By name; empty values are left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string;
  readonly contentType?: string;
  readonly body?: string | File;
}

/** The address with its parameters filled in. */
export function addressOf({ origin, path, pathValues, query }: Filled): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_whole, name: string) =>
    encodeURIComponent(pathValues[name] ?? ''),
  );
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(given).toString();
  return `${origin}${filled}${search === '' ? '' : `?${search}`}`;
}

/** The headers of the request. */
export function headersOf({ key, contentType, body, headers }: Filled): Record<string, string> {
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
    ...(key !== '' && { 'x-api-key': key }),
    ...(body !== undefined && contentType !== undefined && { 'content-type': contentType }),
  };
}

/** The line for a POSIX shell. The key is named by its variable, so that the line can be shown to others. */
export function curlOf(filled: Filled): string {
  const { method, body } = filled;
  const { 'x-api-key': key, ...headers } = headersOf(filled);
  return [
    'curl',
    ...(method === 'GET' || (method === 'POST' && body !== undefined) ? [] : ['-X', method]),
    quote(addressOf(filled)),
    ...(key === undefined ? [] : ['-H', '"x-api-key: $ONRAMP_API_KEY"']),
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', quote(`${name}: ${value}`)]),
    ...(body === undefined
      ? []
      : ['--data-binary', quote(typeof body === 'string' ? body : `@${body.name}`)]),
  ].join(' ');
}

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
