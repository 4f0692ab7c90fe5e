/** Finds out which model is meant, in a dialect whose servers have only one. */
import { type Access, coversName } from '../../access/index.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { invalidInput, notFound } from '../../core/index.ts';
import type { ServeContext } from '../service.ts';

const namesShown = 10;

/**
 * The model of `?model=`, else the one the service is set up for, else the only one the caller has. The last way costs
 * a listing for each request.
 *
 * @throws invalid_request `model_not_named` if there are several, not_found `model_not_found` if there is none
 */
export async function chooseModel(
  { artifacts, defaultModel }: Pick<ServeContext, 'artifacts' | 'defaultModel'>,
  { asked, access }: { readonly asked: string | undefined; readonly access: Access },
): Promise<string> {
  if (asked !== undefined) return asked;
  if (defaultModel !== undefined) return defaultModel;
  const names: string[] = [];
  for await (const folder of artifacts.listFolders(artifactKeys.models())) {
    const name = folder.slice(0, -1);
    if (coversName(access, name)) names.push(name);
    if (names.length > namesShown) break;
  }
  const [only, second] = names;
  if (only === undefined) {
    throw notFound('There is no model yet; PUT /v1/models/{model} makes one.', { code: 'model_not_found' });
  }
  if (second === undefined) return only;
  const shown = names.slice(0, namesShown).join(', ');
  throw invalidInput(
    `Say which model is asked, as in POST /invocations?model=${only}; there are ${shown}${names.length > namesShown ? ', ...' : ''}.`,
    { code: 'model_not_named', param: 'model' },
  );
}
