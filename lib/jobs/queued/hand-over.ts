/** Puts a request into the queue of an endpoint, and says where the outcome will be. */
import type { EndpointJobRecord } from '../../contracts/index.ts';
import { internal } from '../../core/index.ts';
import type { Endpoints } from '../../endpoint/index.ts';
import type { JobContext } from '../context.ts';

/** Handed to what asks endpoints that work off a queue. */
export interface QueueContext extends JobContext {
  readonly endpoints: Pick<Endpoints, 'enqueue'>;
  /** Name of the bucket that `artifacts` is: endpoints read and write there. */
  readonly artifactBucket: string;
  /** Waits; throws when the signal is aborted. Default: the machine's time. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
}

/** A request whose input lies in the bucket. */
export interface QueuedRequest extends Pick<EndpointJobRecord['endpoint'], 'name' | 'content_type'> {
  readonly accept?: string | undefined;
  readonly custom_attributes?: string | undefined;
  readonly inputKey: string;
  /** Under this id the container sees it. */
  readonly inferenceId: string;
}

/** Keys of the outcome: one of two objects. */
export type Ticket = NonNullable<EndpointJobRecord['endpoint']['ticket']>;

/** The most that SageMaker allows: a model that scales from zero needs minutes, and whoever wants less can leave. */
const queueSeconds = 21_600;
const invocationSeconds = 3_600;
/** After all of that an outcome is written within this time, or never. */
const graceSeconds = 600;

/** So long a container may work on a request. */
export const longestWorkMs = invocationSeconds * 1000;

/** From the hand-over until nothing will come any more. */
export const longestWaitMs = (queueSeconds + invocationSeconds + graceSeconds) * 1000;

/** What is said of a job that waits there. */
export const inQueue = (endpoint: string): string => `Waiting in the queue of endpoint "${endpoint}".`;

/** @throws what `Endpoints.enqueue` throws; internal if the endpoint writes to a bucket that is not ours */
export async function handOver(
  { endpoints, artifactBucket }: Pick<QueueContext, 'endpoints' | 'artifactBucket'>,
  request: QueuedRequest,
  signal?: AbortSignal,
): Promise<Ticket> {
  const { name, content_type: contentType, accept, custom_attributes: customAttributes, inputKey } = request;
  const { outputUri, failureUri } = await endpoints.enqueue({
    endpoint: name,
    contentType,
    ...(accept !== undefined && { accept }),
    ...(customAttributes !== undefined && { customAttributes }),
    inferenceId: request.inferenceId,
    inputUri: `s3://${artifactBucket}/${inputKey}`,
    ...{ queueSeconds, invocationSeconds },
    ...(signal && { signal }),
  });
  const keyOf = (uri: string): string => {
    if (uri.startsWith(`s3://${artifactBucket}/`)) return uri.slice(`s3://${artifactBucket}/`.length);
    throw internal(
      `SageMaker endpoint "${name}" writes its answers to "${uri}", not to "${artifactBucket}".`,
      {
        code: 'endpoint_misplaced',
      },
    );
  };
  return { answer: keyOf(outputUri), failure: failureUri === null ? null : keyOf(failureUri) };
}
