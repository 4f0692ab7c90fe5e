/** Asks the operations of `lib/serve` as the edge does. */
import { fullAccess } from '../../lib/access/index.ts';
import { systemClock } from '../../lib/core/index.ts';
import {
  createModelCache,
  type ServeAnswer,
  type ServeContext,
  serveOperations,
} from '../../lib/serve/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';

/** What operations work with over a bucket of models. */
export const contextOf = (artifacts: ObjectStore): ServeContext => ({
  artifacts,
  clock: systemClock,
  cache: createModelCache({ artifacts, clock: systemClock }),
});

/** A request; what is left out is empty. */
export interface Asked {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text or bytes as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** The answer of `POST /v1/models/{model}/predict` and the like; refusals are thrown. */
export async function ask(
  context: ServeContext,
  name: string,
  { path = {}, query = {}, headers = {}, body = '' }: Asked,
): Promise<ServeAnswer> {
  const [method, route] = name.split(' ') as [string, string];
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return serveOperations[name]!(context, {
    method,
    route,
    path,
    query,
    requestId: 'request',
    access: fullAccess('test'),
    body: { text: () => Buffer.from(bytes).toString('utf8'), bytes: () => bytes },
    header: (header) => headers[header],
  });
}
