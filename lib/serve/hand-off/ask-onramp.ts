/** Asks Onramp's own container, which answers every dialect: the address of the request goes along with its body. */
import { jsonLengthHeader, readAddress, writeAddress } from '../../contracts/endpoint-call.ts';
import { invalidInput } from '../../core/index.ts';
import type { ServeAnswer } from '../service.ts';
import { answerHeaders, call, type HandOff, usageFields } from './hand-off.ts';
import { verb } from './verb.ts';

/** SageMaker takes no longer attributes. */
const maxAddressChars = 1024;

/** The answer that the function would have given, had the model been its own. */
export async function askOnramp(work: HandOff): Promise<ServeAnswer> {
  const { model, servedName = model } = work.declared;
  const { customAttributes = '', ...answer } = await call(work, {
    customAttributes: addressFor(work, servedName),
    repeatable: true,
  });
  const { jsonLength } = readAddress(customAttributes) ?? {};
  return {
    status: 200,
    bytes: answer.body,
    headers: {
      ...answerHeaders(answer),
      'content-type': answer.contentType,
      ...(jsonLength !== undefined && { [jsonLengthHeader]: jsonLength }),
    },
    fields: usageFields(work, answer),
  };
}

/** The address with the name that the container knows the model by. */
function addressFor({ request }: HandOff, servedName: string): string {
  const { method, route, path, query } = request;
  const jsonLength = request.header(jsonLengthHeader);
  const address = writeAddress({
    method,
    route,
    path: filled({ ...path, ...(path.model !== undefined && { model: renamed(path.model, servedName) }) }),
    query: filled({ ...query, ...(route === '/invocations' && { model: servedName }) }),
    ...(jsonLength !== undefined && { jsonLength }),
  });
  if (address.length <= maxAddressChars) return address;
  throw invalidInput(
    'The address of the request is too long for a model behind an endpoint; shorten its query.',
    {
      code: 'endpoint_call_invalid',
    },
  );
}

/** TensorFlow Serving's verb stands behind the name. */
const renamed = (given: string, servedName: string): string => `${servedName}${verb.exec(given)?.[0] ?? ''}`;

const filled = (fields: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
