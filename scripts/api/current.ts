/** The OpenAPI document and the client's types of this very code. */
import { readFileSync } from 'node:fs';
import { type Route, routes } from '../../lib/contracts/index.ts';
import { readFieldComments } from './comments.ts';
import { namedSchemas, readContracts } from './components.ts';
import type { OpenApi } from './document.ts';
import { createOpenApi } from './openapi.ts';
import { clientModule } from './types.ts';

/** The document of the route table as it is; its version is that of the package. */
export async function currentOpenApi(): Promise<OpenApi> {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  const contracts = await readContracts();
  return createOpenApi({
    routes,
    names: namedSchemas(contracts),
    version,
    describe: readFieldComments(contracts),
  });
}

/**
 * Where that text is kept. It is committed, so that the sources type-check without a build and a change of the API is
 * seen in review; a test holds it to the route table.
 */
export const clientModulePath = new URL('../../lib/client/generated/api.ts', import.meta.url);

/** The text of the client's types and addresses as it should be. */
export async function currentClientModule(): Promise<string> {
  // Without an address of its own to go to, a redirect is nothing that a browser's program could use.
  const notes = routes.flatMap((route) =>
    route.status === 302 ? [] : [[route.id, { repeatable: isRepeatable(route) }] as const],
  );
  return clientModule(await currentOpenApi(), Object.fromEntries(notes));
}

/** True for what changes nothing, or nothing more the second time: predict only answers. */
const isRepeatable = ({ method, function: name }: Route): boolean => method !== 'POST' || name === 'predict';
