/** Asks containers behind endpoints: by requests as they are, or in words that the container understands. */
import { invalidInput } from '../../core/index.ts';
import type { ServeAnswer } from '../service.ts';
import { askOnramp } from './ask-onramp.ts';
import { askRaw } from './ask-raw.ts';
import type { HandOff } from './hand-off.ts';

/** Routes whose body is data for the model. */
const dataRoute =
  /^POST (\/invocations|\/v1\/models\/\{model\}(\/predict|\/(versions|labels)\/\{\w+\})?|\/v2\/.*\/infer)$/;
const readyRoute = /^GET \/v2\/.*\/ready$/;

/**
 * The answer of the container.
 *
 * @throws invalid_request `not_for_endpoints` for what the container cannot be asked; and what `call` throws
 */
export async function ask(work: HandOff): Promise<ServeAnswer> {
  const { request, declared } = work;
  const { model, speaks } = declared;
  const name = `${request.method} ${request.route}`;
  // Whether it is, only a request can tell: an endpoint that sleeps wakes by it.
  if (readyRoute.test(name)) return { status: 200, text: JSON.stringify({ name: model, ready: true }) };
  if (speaks === 'onramp') return askOnramp(work);
  if (dataRoute.test(name)) return askRaw(work);
  throw invalidInput(
    `Model "${model}" answers behind an endpoint whose container cannot be asked this; POST /v1/models/${model}/predict hands it any body.`,
    { code: 'not_for_endpoints', param: 'model' },
  );
}
