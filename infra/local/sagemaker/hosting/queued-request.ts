/** What is kept of a request for an asynchronous answer: checked, with the places of its outcome. */
import { artifactKeys } from '../../../../lib/contracts/keys.ts';
import type { AwsRequest } from '../../aws/index.ts';
import { refused, tooLong } from './faults.ts';
import type { QueuedRequest } from './request-folder.ts';
import { containerHeaders, sageMakerHeader, secondsHeader } from './request-headers.ts';

/** SageMaker's limit for a body that comes with the request. */
const inlineBytes = 128_000;
const waitRange = { least: 60, most: 21_600, preset: 21_600 };
const workRange = { least: 1, most: 3600, preset: 900 };

/**
 * Reads a request.
 *
 * @param place the endpoint's name, an id for the outcome, and the time in milliseconds since 1970
 * @throws AwsRefusal `ValidationError`
 */
export function queuedRequest(
  { headers, body }: AwsRequest,
  { endpoint, id, nowMs }: { readonly endpoint: string; readonly id: string; readonly nowMs: number },
): QueuedRequest {
  const inferenceId = sageMakerHeader(headers, 'inference-id') ?? id;
  const extension = sageMakerHeader(headers, 's3outputpathextension');
  const file = sageMakerHeader(headers, 'filename') ?? `${id}.out`;
  const folder = `${artifactKeys.endpointAnswers()}${endpoint}/`;
  return {
    inferenceId,
    headers: {
      ...(containerHeaders(headers) as Record<string, string>),
      'X-Amzn-SageMaker-Inference-Id': inferenceId,
    },
    input: inputOf(sageMakerHeader(headers, 'inputlocation'), body),
    outputKey: `${folder}${extension === undefined ? '' : `${extension}/`}${file}`,
    failureKey: `${folder}failures/${id}-error.out`,
    expiresAt: nowMs + secondsHeader(headers, 'RequestTTLSeconds', waitRange) * 1000,
    timeoutMs: secondsHeader(headers, 'InvocationTimeoutSeconds', workRange) * 1000,
  };
}

function inputOf(location: string | undefined, body: Buffer): QueuedRequest['input'] {
  if ((location === undefined) === (body.length === 0)) throw refused('Give either InputLocation or Body.');
  if (location === undefined) {
    if (body.length > inlineBytes) throw tooLong(inlineBytes);
    return { base64: body.toString('base64') };
  }
  if (!/^s3:\/\/[^/]+\/.+$/.test(location)) throw refused('InputLocation must be s3://bucket/key here.');
  return { location };
}
