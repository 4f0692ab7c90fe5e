/** The models behind SageMaker endpoints, as a function's environment tells of them. */
import { type EndpointModels, parseEndpointModels } from '../../lib/contracts/endpoint-models.ts';
import { environmentNames } from '../../lib/contracts/environment.ts';

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
