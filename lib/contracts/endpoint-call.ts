/**
 * A request of any dialect on its way to Onramp's own container: SageMaker hands on a body, its content type and one
 * header of custom attributes, so that the address travels in that header.
 */

/** The header that SageMaker hands on both ways, in lower case. */
export const customAttributesHeader = 'x-amzn-sagemaker-custom-attributes';

/** Where OIP's binary extension says how long the JSON before the tensors is. */
export const jsonLengthHeader = 'inference-header-content-length';

/** Triton on SageMaker has no header for that; it is part of the content type. */
export const tritonType = (jsonLength: string): string =>
  `application/vnd.sagemaker-triton.binary+json;json-header-size=${jsonLength}`;

/** What a request says beside its body. */
export interface EndpointAddress {
  readonly method: string;
  /** Path template of the route table. */
  readonly route: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Value of `jsonLengthHeader`, if the request has it. */
  readonly jsonLength?: string;
}

const mark = 'onramp-call';

/** For example `onramp-call=POST+%2Fv2%2Fmodels%2F%7Bmodel%7D%2Finfer&path.model=heart`: visible ASCII only. */
export function writeAddress({ method, route, path, query, jsonLength }: EndpointAddress): string {
  const fields = new URLSearchParams({ [mark]: `${method} ${route}` });
  for (const [name, value] of Object.entries(path)) fields.set(`path.${name}`, value);
  for (const [name, value] of Object.entries(query)) fields.set(`query.${name}`, value);
  if (jsonLength !== undefined) fields.set('json', jsonLength);
  return fields.toString();
}

/**
 * True for attributes that our container would take for an address. From a client they would be a way around the names
 * that its key is for: the container asks nobody who may use which model.
 */
export const isAddress = (attributes: string): boolean => attributes.trimStart().startsWith(`${mark}=`);

/** Reads what `writeAddress` wrote; `null` for attributes that are somebody else's. */
export function readAddress(attributes: string): EndpointAddress | null {
  if (!attributes.startsWith(`${mark}=`)) return null;
  const fields = new URLSearchParams(attributes);
  const [method = '', route = ''] = fields.get(mark)!.split(' ');
  const named = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      [...fields].flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  const jsonLength = fields.get('json');
  return {
    method,
    route,
    path: named('path.'),
    query: named('query.'),
    ...(jsonLength !== null && { jsonLength }),
  };
}
