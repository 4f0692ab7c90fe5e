/** Hands over a job whose input a worker has prepared: from here on it waits in the queue of its endpoint like any other. */
import { artifactKeys, type EndpointJobRecord, type JobInput } from '../../contracts/index.ts';
import { type SettleContext, timestampIn } from '../context.ts';
import { changeOwnJob, findJob, isEndpointJob, type JobLease } from '../job-record.ts';
import { handOver, inQueue, longestWaitMs, type QueueContext } from './hand-over.ts';

/** What was made of the input, and lies where the endpoint reads it. */
export interface PreparedInput {
  readonly contentType: string;
  readonly rows: number;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** Handed to workers that prepare. */
export type PreparedContext = SettleContext & Pick<QueueContext, 'endpoints' | 'artifactBucket'>;

/**
 * Puts a prepared job into the queue. A worker that dies between that and the record leaves it to the next one, which does
 * so once more.
 *
 * @throws what `Endpoints.enqueue` throws; conflict `lease_lost` if the job is not this worker's any more
 */
export async function handOverPrepared(
  context: PreparedContext,
  { record, lease }: { readonly record: EndpointJobRecord; readonly lease: JobLease },
  { contentType, rows, etag, sizeBytes }: PreparedInput,
): Promise<void> {
  const { id, endpoint, input: given } = record;
  const { preparation: _, ...told } = endpoint;
  const key = artifactKeys.endpointInput(endpoint.name, id);
  const input: JobInput = {
    ...{ kind: 'body', bucket: 'artifacts', key, file: given.file },
    ...{ etag, size_bytes: sizeBytes },
  };
  const handedOver = timestampIn(context);
  const request = { ...told, content_type: contentType };
  const ticket = await handOver(context, { ...request, inputKey: key, inferenceId: id });
  await changeOwnJob(context, lease, (current) => ({
    ...(current as EndpointJobRecord),
    state: 'queued',
    ...{ message: inQueue(endpoint.name), progress: 0, rows, input },
    // What came to its end is no attempt that died.
    ...{ lease: null, attempts: 0 },
    endpoint: {
      ...request,
      upload: given.key,
      ticket,
      handed_over: handedOver,
      due: timestampIn(context, longestWaitMs),
    },
  }));
}

/** Removes what was prepared for a job that was cancelled meanwhile, so that a request in the queue costs no work. */
export async function dropPrepared(
  context: SettleContext,
  { id, endpoint }: EndpointJobRecord,
): Promise<void> {
  const current = await findJob(context, id);
  if (current && isEndpointJob(current) && current.state !== 'cancelled') return;
  await context.artifacts.delete(artifactKeys.endpointInput(endpoint.name, id));
}
