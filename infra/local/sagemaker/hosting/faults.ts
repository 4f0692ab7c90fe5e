/** The errors of SageMaker's runtime, in its own words where they are known. */
import { AwsRefusal } from '../../aws/index.ts';

/** Stands for the account of this machine in messages and names. */
export const accountId = '000000000000';

/** Why a container gave no answer. */
export type SilenceReason = 'timeout' | 'no_response' | 'broken_body';

/** What an endpoint is called in messages, and where its log is. */
export interface EndpointPlace {
  readonly name: string;
  readonly logPath: string;
}

/** A value that the API does not take. */
export const refused = (message: string): AwsRefusal => new AwsRefusal('ValidationError', message);

/** A body that is longer than it may be. */
export const tooLong = (limitBytes: number): AwsRefusal =>
  refused(
    `1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to ${limitBytes}`,
  );

/** There is no endpoint of this name. */
export const unknownEndpoint = (name: string): AwsRefusal =>
  refused(`Endpoint ${name} of account ${accountId} not found.`);

/** The endpoint is there, its container not yet. */
export const notReady = (name: string): AwsRefusal =>
  new AwsRefusal(
    'ModelNotReadyException',
    `The container of endpoint ${name} is still starting. Wait and try again.`,
  );

/** The container crashed, and its pause before the next start is not over. */
export const unavailable = (name: string): AwsRefusal =>
  new AwsRefusal(
    'ServiceUnavailable',
    `The container of endpoint ${name} ended and will be started again. Try your call again.`,
  );

/** More requests at a time than the endpoint takes. */
export const throttled = (name: string): AwsRefusal =>
  new AwsRefusal(
    'ThrottlingException',
    `Endpoint ${name} has all the requests that it can take. Rate exceeded.`,
  );

/** The container answered with a status that means failure. */
export function modelRefusal(place: EndpointPlace, status: number, text: string): AwsRefusal {
  const side = status >= 400 && status < 500 ? 'client' : 'server';
  return modelError(place, `Received ${side} error (${status}) from primary with message "${text}".`, {
    OriginalStatusCode: status,
    OriginalMessage: text,
  });
}

/** The container gave no answer that could be passed on; SageMaker shows it as status 0, or 500 without its body. */
export function modelSilence(place: EndpointPlace, reason: SilenceReason): AwsRefusal {
  if (reason === 'broken_body') {
    const text = 'could not load the entire response body';
    return modelError(place, `Received server error (500) from primary and ${text}.`, {
      OriginalStatusCode: 500,
      OriginalMessage: text,
    });
  }
  return modelRefusal(
    place,
    0,
    reason === 'timeout'
      ? 'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.'
      : `Amazon SageMaker could not get a response from the ${place.name} endpoint. This can occur when CPU or memory utilization is high.`,
  );
}

function modelError({ name, logPath }: EndpointPlace, message: string, members: object): AwsRefusal {
  return new AwsRefusal('ModelError', `${message} See ${logPath} for more information.`, {
    ...members,
    LogStreamArn: `arn:aws:logs:us-east-1:${accountId}:log-group:/aws/sagemaker/Endpoints/${name}`,
  });
}
