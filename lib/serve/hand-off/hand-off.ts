/** The call of an endpoint that every kind of hand-off makes. */

import { isJsonType } from '../../contracts/content-type.ts';
import { customAttributesHeader, isAddress } from '../../contracts/endpoint-call.ts';
import type { EndpointModel } from '../../contracts/endpoint-models.ts';
import { gatewayLimits } from '../../contracts/gateway.ts';
import { invalidInput } from '../../core/index.ts';
import { readCounts, whenReady } from '../../endpoint/index.ts';
import type { EndpointAnswer, EndpointBodyCall, Endpoints } from '../../endpoint/types.ts';
import type { ServeRequest } from '../service.ts';

/** One request for a model behind an endpoint. */
export interface HandOff {
  readonly endpoints: Endpoints;
  readonly request: ServeRequest;
  readonly declared: EndpointModel;
}

/** What is said to a container, where it is not what the client said. */
export type Said = Partial<Pick<EndpointBodyCall, 'contentType' | 'customAttributes' | 'repeatable'>>;

/** An answer, and how long the container took for it: waiting for one that sleeps is nobody's work. */
export interface HandedBack extends EndpointAnswer {
  readonly endpointMs: number;
}

/** A refusal has to be written, and reach the client, within the time that API Gateway waits. */
const writingMs = 2_000;

/**
 * Calls the model's endpoint with the body of a request. Where and how may be said by SageMaker's own headers:
 * `X-Amzn-SageMaker-Custom-Attributes`, `-Target-Variant`, `-Target-Model`, `-Session-Id` and `-Inference-Id`.
 *
 * A model that sleeps is waited for, as long as there is time after what was done for the request before.
 *
 * @throws invalid_request `endpoint_call_invalid` for attributes that are not a client's to send; and what
 *   `Endpoints.invoke` throws
 */
export async function call({ endpoints, request, declared }: HandOff, said: Said = {}): Promise<HandedBack> {
  const { endpoint, component } = declared;
  const header = (name: string): string | undefined => request.header(`x-amzn-sagemaker-${name}`);
  const given = {
    accept: request.header('accept'),
    customAttributes: attributesOf(request),
    targetVariant: header('target-variant'),
    targetModel: header('target-model'),
    sessionId: header('session-id'),
    inferenceId: header('inference-id'),
    inferenceComponent: component,
    ...said,
  };
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const body = request.body.bytes();
  const { leftMs = () => gatewayLimits.timeoutMs } = request;
  return whenReady(
    async (timeoutMs) => {
      const askedAt = performance.now();
      const answer = await endpoints.invoke({
        contentType: request.header('content-type') ?? 'application/octet-stream',
        ...Object.fromEntries(stated),
        ...{ endpoint, body, timeoutMs },
      });
      return { ...answer, endpointMs: Math.round(performance.now() - askedAt) };
    },
    { limitMs: Math.max(1, leftMs() - writingMs) },
  );
}

function attributesOf({ header }: ServeRequest): string | undefined {
  const attributes = header(customAttributesHeader);
  if (attributes === undefined || !isAddress(attributes)) return attributes;
  throw invalidInput(`"${customAttributesHeader}" must not begin so: that is for our own containers.`, {
    code: 'endpoint_call_invalid',
    param: customAttributesHeader,
  });
}

/** What the ledger of usage is told of an answer: the time it took, and the rows and tokens that it tells itself. */
export const usageFields = (
  { declared: { model } }: HandOff,
  { endpointMs, contentType, body }: HandedBack,
): Readonly<Record<string, unknown>> => ({
  ...{ model, endpoint_ms: endpointMs },
  ...(isJsonType(contentType) && readCounts(body)),
});

/** What SageMaker says of an answer, in its own headers. */
export function answerHeaders(answer: EndpointAnswer): Record<string, string> {
  const { variant, customAttributes, newSessionId, closedSessionId } = answer;
  const stated = Object.entries({
    'x-amzn-invoked-production-variant': variant,
    [customAttributesHeader]: customAttributes,
    'x-amzn-sagemaker-new-session-id': newSessionId,
    'x-amzn-sagemaker-closed-session-id': closedSessionId,
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(stated);
}
