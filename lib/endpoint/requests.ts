/** Calls and answers in the SDK's words. */
import type {
  InvokeEndpointAsyncCommandInput,
  InvokeEndpointCommandInput,
  InvokeEndpointCommandOutput,
  InvokeEndpointWithResponseStreamCommandInput,
  InvokeEndpointWithResponseStreamCommandOutput,
} from '@aws-sdk/client-sagemaker-runtime';
import { invalidInput } from '../core/index.ts';
import type { EndpointAnswerHead, EndpointAsyncCall, EndpointCall } from './types.ts';

/** An object without its fields that are `undefined`. */
function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

type WithBody = Pick<InvokeEndpointCommandInput, 'EndpointName' | 'Body'>;

const commonFields = (
  call: EndpointCall,
  body: Uint8Array,
): WithBody & Partial<InvokeEndpointCommandInput> => ({
  EndpointName: call.endpoint,
  Body: body,
  ...given({
    ContentType: call.contentType,
    Accept: call.accept,
    CustomAttributes: call.customAttributes,
    TargetVariant: call.targetVariant,
    InferenceComponentName: call.inferenceComponent,
    SessionId: call.sessionId,
    InferenceId: call.inferenceId,
  }),
});

export const invokeInput = (call: EndpointCall, body: Uint8Array): InvokeEndpointCommandInput => ({
  ...commonFields(call, body),
  ...given({ TargetModel: call.targetModel }),
});

/** @throws invalid_request `endpoint_call_invalid` for a target model, which SageMaker's streams do not know */
export function streamInput(
  call: EndpointCall,
  body: Uint8Array,
): InvokeEndpointWithResponseStreamCommandInput {
  if (call.targetModel !== undefined) {
    throw invalidInput('A stream cannot choose its model by targetModel; use an endpoint of its own.', {
      code: 'endpoint_call_invalid',
      param: 'targetModel',
    });
  }
  return commonFields(call, body);
}

export const asyncInput = (call: EndpointAsyncCall): InvokeEndpointAsyncCommandInput => ({
  EndpointName: call.endpoint,
  ...given({
    InputLocation: call.inputUri,
    ContentType: call.contentType,
    Accept: call.accept,
    CustomAttributes: call.customAttributes,
    InferenceId: call.inferenceId,
    RequestTTLSeconds: call.queueSeconds,
    InvocationTimeoutSeconds: call.invocationSeconds,
  }),
});

/** What an answer is said to be if its container says nothing. */
const unknownType = 'application/octet-stream';

export function headOf(
  output: Omit<InvokeEndpointCommandOutput | InvokeEndpointWithResponseStreamCommandOutput, 'Body'>,
  attempts: number,
): EndpointAnswerHead {
  const { NewSessionId, ClosedSessionId } = output as Partial<InvokeEndpointCommandOutput>;
  return {
    contentType: output.ContentType ?? unknownType,
    ...given({
      variant: output.InvokedProductionVariant,
      customAttributes: output.CustomAttributes,
      newSessionId: NewSessionId,
      closedSessionId: ClosedSessionId,
    }),
    attempts,
  };
}
