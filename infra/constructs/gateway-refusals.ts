/** What API Gateway answers without a function, in the error shape of the native dialect. */
import { type GatewayResponseOptions, ResponseType } from 'aws-cdk-lib/aws-apigateway';

interface Refusal {
  readonly on: ResponseType;
  readonly status: number;
  readonly type: string;
  readonly code: string;
  readonly message: string;
}

const largerBodies = 'send fewer rows at a time, or upload them as a file and POST /v1/models/{model}/jobs';

const refusals: readonly Refusal[] = [
  {
    on: ResponseType.UNAUTHORIZED,
    status: 401,
    type: 'unauthorized',
    code: 'unauthorized',
    message: 'Send the API key in the header \\"x-api-key\\" or as \\"Authorization: Bearer <key>\\"',
  },
  {
    on: ResponseType.ACCESS_DENIED,
    status: 403,
    type: 'forbidden',
    code: 'access_denied',
    message: 'These credentials may not do this',
  },
  {
    on: ResponseType.INVALID_API_KEY,
    status: 403,
    type: 'forbidden',
    code: 'no_usage_plan',
    message: 'This API key belongs to no usage plan of this API',
  },
  {
    on: ResponseType.EXPIRED_TOKEN,
    status: 403,
    type: 'forbidden',
    code: 'expired_token',
    message: 'The token or the signature has expired; send a new one',
  },
  {
    on: ResponseType.INVALID_SIGNATURE,
    status: 403,
    type: 'forbidden',
    code: 'invalid_signature',
    message: 'The signature of the request is not valid',
  },
  // API Gateway says this of paths and methods it does not have.
  {
    on: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 404,
    type: 'not_found',
    code: 'unknown_path',
    message: 'There is no such path and method here; GET /openapi.json lists what there is',
  },
  {
    on: ResponseType.RESOURCE_NOT_FOUND,
    status: 404,
    type: 'not_found',
    code: 'unknown_path',
    message: 'There is no such path here; GET /openapi.json lists what there is',
  },
  {
    on: ResponseType.BAD_REQUEST_BODY,
    status: 400,
    type: 'invalid_request',
    code: 'invalid_body',
    message: '$context.error.validationErrorString; GET /openapi.json shows the schema',
  },
  {
    on: ResponseType.BAD_REQUEST_PARAMETERS,
    status: 400,
    type: 'invalid_request',
    code: 'invalid_parameters',
    message: '$context.error.validationErrorString; GET /openapi.json shows the parameters',
  },
  {
    on: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    type: 'unsupported_media_type',
    code: 'content_type',
    message: 'Bodies of this content type are not taken here',
  },
  {
    on: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    type: 'too_large',
    code: 'too_large',
    message: `The request is too large; ${largerBodies}`,
  },
  {
    on: ResponseType.THROTTLED,
    status: 429,
    type: 'rate_limited',
    code: 'throttled',
    message: 'Too many requests at a time; try again in a few seconds',
  },
  {
    on: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    type: 'rate_limited',
    code: 'quota_exceeded',
    message: "The month's requests of this key are used up",
  },
  {
    on: ResponseType.WAF_FILTERED,
    status: 403,
    type: 'forbidden',
    code: 'filtered',
    message: 'The firewall does not let this request pass',
  },
  {
    on: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    type: 'internal',
    code: 'timeout',
    message: `No answer within 29 s; ${largerBodies}`,
  },
  {
    on: ResponseType.INTEGRATION_FAILURE,
    status: 502,
    type: 'upstream',
    code: 'upstream',
    message: 'The function behind this request could not be asked; try again',
  },
  {
    on: ResponseType.DEFAULT_4XX,
    status: 400,
    type: 'invalid_request',
    code: 'refused',
    message: 'The request cannot be answered',
  },
  {
    on: ResponseType.DEFAULT_5XX,
    status: 500,
    type: 'internal',
    code: 'internal',
    message: 'Something went wrong on our side; the request id helps to find out what',
  },
];

/** The answers; those two that stand for all others keep the status of what they stand for. */
export const gatewayResponses: readonly (GatewayResponseOptions & { readonly id: string })[] = refusals.map(
  ({ on, status, type, code, message }) => ({
    id: on.responseType
      .toLowerCase()
      .replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    type: on,
    ...(on.responseType.startsWith('DEFAULT') ? {} : { statusCode: String(status) }),
    responseHeaders: {
      'x-request-id': 'context.requestId',
      'x-error-code': `'${code}'`,
      ...(status === 429 && { 'retry-after': "'5'" }),
    },
    templates: {
      'application/json': `{"error":{"type":"${type}","message":"${message}","param":null,"code":"${code}","request_id":"$context.requestId"}}`,
    },
  }),
);
