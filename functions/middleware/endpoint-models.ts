/** The models behind SageMaker endpoints, as a function's environment tells of them. */
import { requireName } from '../../lib/access/index.ts';
import { type EndpointModels, parseEndpointModels } from '../../lib/contracts/endpoint-models.ts';
import { environmentNames } from '../../lib/contracts/environment.ts';
import { conflict } from '../../lib/core/index.ts';
import type { HttpRequest } from './http-request.ts';

/**
 * Reads the models; none if nothing is said.
 *
 * @throws internal `environment_invalid`, naming the model and the field that is wrong
 */
export function readEndpointModels(
  variables: Readonly<Record<string, string | undefined>> = process.env,
): EndpointModels {
  const { endpoints } = environmentNames;
  return parseEndpointModels(variables[endpoints] ?? '', endpoints);
}

/**
 * Refuses what would change a model that the configuration declares.
 *
 * @throws forbidden for another's model; conflict `model_is_an_endpoint`
 */
export function refuseDeclared(
  models: EndpointModels | undefined,
  { path, access }: Pick<HttpRequest, 'path' | 'access'>,
): void {
  const { model } = path;
  if (model === undefined || !models?.has(model)) return;
  requireName(access, 'model', model);
  throw conflict(
    `Model "${model}" answers behind a SageMaker endpoint that the configuration declares: it has no versions, runs or evaluations here. Ask it, or change its declaration.`,
    { code: 'model_is_an_endpoint', param: 'model' },
  );
}
