/** Answers API Gateway's question who a request is from. */
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { authorizerContext, type KeyDirectory, presentedKey } from '../../lib/access/index.ts';
import { findHeader } from '../middleware/headers.ts';

/** A Lambda authorizer of the kind REQUEST. */
export type AuthorizerHandler = (
  event: APIGatewayRequestAuthorizerEvent,
) => Promise<APIGatewayAuthorizerResult>;

/**
 * The authorizer over a directory of keys. Which scope and which models a request needs is decided by the function that
 * reads the request, as names come in bodies and queries too: a key that is known may ask anything here.
 *
 * API Gateway may keep an answer and use it for the key's other requests, so that the policy speaks of the whole stage.
 * It turns the error `Unauthorized` into status 401, and every other error into 500: nothing is allowed by failing.
 */
export function createAuthorize(keys: KeyDirectory): AuthorizerHandler {
  return async ({ headers, methodArn }) => {
    const key = presentedKey(findHeader(headers, 'x-api-key'), findHeader(headers, 'authorization'));
    const access = key === null ? null : await keys.find(key);
    if (key === null || access === null) throw new Error('Unauthorized');
    return {
      principalId: access.caller,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: wholeStage(methodArn) }],
      },
      context: { ...authorizerContext(access) },
      usageIdentifierKey: key,
    };
  };
}

/** `arn:aws:execute-api:eu-west-1:123456789012:a1b2/prod/GET/v1/models` -> `.../prod/*`. */
function wholeStage(methodArn: string): string {
  const [api, stage] = methodArn.split('/', 2);
  return `${api}/${stage}/*`;
}
