/** The two operations that wait for the container: an answer as a whole, and an answer as a stream of its parts. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AwsRequest } from '../../aws/index.ts';
import { type ContainerAnswer, ContainerSilence, callContainer, readParts } from './call-container.ts';
import type { Endpoint } from './endpoint.ts';
import { eventStreamType, payloadPart, streamException } from './event-stream.ts';
import { modelRefusal, modelSilence, refused } from './faults.ts';
import { containerHeaders, sageMakerHeader } from './request-headers.ts';

/** What SageMaker allows, to be changed by tests only. */
export interface InvocationLimits {
  readonly invocationMs: number;
  readonly streamMs: number;
  readonly bodyBytes: number;
  /** Of serverless endpoints, both ways. */
  readonly serverlessBytes: number;
}

export const sageMakerLimits: InvocationLimits = {
  invocationMs: 60_000,
  streamMs: 480_000,
  bodyBytes: 6_291_456,
  serverlessBytes: 4_194_304,
};

/** Why a container failed, as far as it is told. */
const longestReasonBytes = 16_384;

/** One invocation. */
export interface Invocation {
  readonly endpoint: Endpoint;
  readonly request: AwsRequest;
  readonly response: ServerResponse;
  readonly limits: InvocationLimits;
}

/**
 * `InvokeEndpoint`: writes the container's answer.
 *
 * @throws AwsRefusal for every other end
 */
export function invoke(invocation: Invocation): Promise<void> {
  const { endpoint, request, response, limits } = invocation;
  return withContainer(invocation, limits.invocationMs, async ({ headers, parts }, variant) => {
    const body = await readParts(parts, bodyLimit(invocation));
    noteSession(endpoint, request.headers, { headers, variant });
    response.writeHead(200, {
      ...answerHeaders(headers, variant),
      ...(headers['content-type'] !== undefined && { 'Content-Type': headers['content-type'] }),
      'Content-Length': body.length,
    });
    response.end(body);
  });
}

/**
 * `InvokeEndpointWithResponseStream`: writes each part of the container's answer as soon as it is there.
 *
 * @throws AwsRefusal for an end before the first part
 */
export function invokeWithStream(invocation: Invocation): Promise<void> {
  const { request, response, limits } = invocation;
  if (sageMakerHeader(request.headers, 'session-id') === 'NEW_SESSION') {
    throw refused('A session can be created with InvokeEndpoint only.');
  }
  return withContainer(invocation, limits.streamMs, async ({ headers, passTo }, variant) => {
    response.writeHead(200, {
      ...answerHeaders(headers, variant),
      'Content-Type': eventStreamType,
      ...(headers['content-type'] !== undefined && {
        'X-Amzn-SageMaker-Content-Type': headers['content-type'],
      }),
    });
    // The client may act on the head before there is a part.
    response.flushHeaders();
    try {
      await passTo(response, payloadPart);
      response.end();
    } catch (error) {
      if (!(error instanceof ContainerSilence)) throw error;
      response.end(streamEnd(error));
    }
  });
}

/** Asks the container, gives a good answer to `pass`, and lets go of everything when the client leaves. */
async function withContainer(
  { endpoint, request, response, limits }: Invocation,
  timeoutMs: number,
  pass: (answer: ContainerAnswer, variant: string) => Promise<void>,
): Promise<void> {
  const { body } = request;
  const headers = { ...containerHeaders(request.headers), 'Content-Length': body.length };
  const limitBytes = bodyLimit({ endpoint, limits });
  if (body.length > limitBytes) {
    throw refused(`Request ${response.getHeader('x-amzn-requestid')} has oversize body.`);
  }
  const left = new AbortController();
  response.once('close', () => left.abort());
  const lease = endpoint.take({
    variant: sageMakerHeader(request.headers, 'target-variant'),
    session: sageMakerHeader(request.headers, 'session-id'),
  });
  try {
    const answer = await callContainer({ port: lease.port, headers, body, timeoutMs, signal: left.signal });
    if (isFailure(answer)) throw modelRefusal(endpoint.place, answer.status, await reasonOf(answer));
    await pass(answer, lease.variant);
  } catch (error) {
    // Whoever left hears nothing any more.
    if (left.signal.aborted) return;
    throw error instanceof ContainerSilence ? modelSilence(endpoint.place, error.reason) : error;
  } finally {
    lease.release();
  }
}

/** Whatever is no success has no meaning to whoever asked SageMaker. */
export const isFailure = ({ status }: ContainerAnswer): boolean => status < 200 || status > 299;

/** The container's words, as far as they fit and came. */
export async function reasonOf({ parts }: ContainerAnswer): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of parts) {
      chunks.push(part);
      sizeBytes += part.length;
      if (sizeBytes > longestReasonBytes) break;
    }
  } catch (error) {
    // The status is told in any case.
    if (!(error instanceof ContainerSilence)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, longestReasonBytes).toString('utf8');
}

const bodyLimit = ({ endpoint, limits }: Pick<Invocation, 'endpoint' | 'limits'>): number =>
  endpoint.settings.kind === 'serverless' ? limits.serverlessBytes : limits.bodyBytes;

/** Of a container's headers, those that the API passes on. */
function answerHeaders(headers: IncomingHttpHeaders, variant: string): OutgoingHttpHeaders {
  const names = ['Custom-Attributes', 'New-Session-Id', 'Closed-Session-Id'];
  const own = names.flatMap((name) => {
    const value = headers[`x-amzn-sagemaker-${name.toLowerCase()}`];
    return value === undefined ? [] : [[`X-Amzn-SageMaker-${name}`, value]];
  });
  return { ...Object.fromEntries(own), 'x-Amzn-Invoked-Production-Variant': variant };
}

/** Whoever holds a session is sent to where its memory is. */
function noteSession(
  endpoint: Endpoint,
  asked: IncomingHttpHeaders,
  { headers, variant }: { readonly headers: IncomingHttpHeaders; readonly variant: string },
): void {
  const opened = sageMakerHeader(headers, 'new-session-id');
  const closed = sageMakerHeader(headers, 'closed-session-id');
  if (asked['x-amzn-sagemaker-session-id'] === 'NEW_SESSION' && opened !== undefined) {
    // `<id>; Expires=yyyy-mm-ddThh:mm:ssZ`
    endpoint.openSession(opened.split(';', 1)[0]!, variant);
  }
  if (closed !== undefined) endpoint.closeSession(closed);
}

function streamEnd({ reason }: ContainerSilence): Buffer {
  return reason === 'timeout'
    ? streamException('ModelStreamError', {
        Message: 'The model did not finish sending the response in time.',
        ErrorCode: 'ModelInvocationTimeExceeded',
      })
    : streamException('ModelStreamError', {
        Message: 'The connection to the model was reset or closed.',
        ErrorCode: 'StreamBroken',
      });
}
