/** One queued request from its input in the store to its answer there, or to the words on why there is none. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ObjectStore } from '../../../../lib/storage/index.ts';
import { AwsRefusal } from '../../aws/index.ts';
import { type ContainerAnswer, ContainerSilence, callContainer } from './call-container.ts';
import type { Endpoint, EndpointLease } from './endpoint.ts';
import { modelRefusal, modelSilence } from './faults.ts';
import { isFailure, reasonOf } from './invoke.ts';
import type { QueuedRequest } from './request-folder.ts';

/** Where inputs come from and answers go. */
export interface AsyncPlaces {
  /** The bucket of answers and failures. */
  readonly answers: { readonly bucket: string; readonly store: ObjectStore };
  /** Any bucket, by its name; `null` for one that is not there. */
  readonly storeOf: (bucket: string) => ObjectStore | null;
  /** Inputs and answers lie here while they are on their way, since they may be large. */
  readonly temporaryFolder: string;
}

/** What is there to answer with. */
export interface QueuedWork extends AsyncPlaces {
  readonly endpoint: Endpoint;
  /** `null` for a request that waited too long. */
  readonly lease: EndpointLease | null;
  readonly now: () => number;
  /** Aborted when the platform ends. */
  readonly signal: AbortSignal;
}

/** SageMaker's limit, both ways. */
const maxBytes = 1_073_741_824;

/**
 * Asks the container and writes what came of it: an answer to `outputKey`, or a text to `failureKey`.
 *
 * @throws what the store throws when the outcome cannot be written, and the reason of the signal
 */
export async function answerQueued(request: QueuedRequest, work: QueuedWork): Promise<void> {
  const folder = await mkdtemp(join(work.temporaryFolder, 'queued-'));
  try {
    const answer = join(folder, 'answer');
    const { contentType } = await ask(request, work, { input: join(folder, 'input'), answer });
    await work.answers.store.upload(
      request.outputKey,
      answer,
      contentType === undefined ? {} : { contentType },
    );
  } catch (error) {
    const refusal =
      error instanceof ContainerSilence ? modelSilence(work.endpoint.place, error.reason) : error;
    if (work.signal.aborted || !(refusal instanceof AwsRefusal)) throw error;
    await work.answers.store.put(request.failureKey, refusal.message, { contentType: 'text/plain' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ask(
  request: QueuedRequest,
  { endpoint, lease, now, signal, storeOf }: QueuedWork,
  files: { readonly input: string; readonly answer: string },
): Promise<{ readonly contentType: string | undefined }> {
  if (lease === null || request.expiresAt <= now())
    throw failed('The request waited in the queue for too long.');
  const { body, sizeBytes } = await openInput(request.input, storeOf, files.input);
  const answer = await callContainer({
    port: lease.port,
    headers: { ...request.headers, 'Content-Length': sizeBytes },
    body,
    timeoutMs: request.timeoutMs,
    signal,
  });
  if (isFailure(answer)) throw modelRefusal(endpoint.place, answer.status, await reasonOf(answer));
  await save(answer, files.answer);
  return { contentType: answer.headers['content-type'] };
}

async function openInput(
  input: QueuedRequest['input'],
  storeOf: AsyncPlaces['storeOf'],
  file: string,
): Promise<{ readonly body: Buffer | Readable; readonly sizeBytes: number }> {
  if ('base64' in input) {
    const body = Buffer.from(input.base64, 'base64');
    return { body, sizeBytes: body.length };
  }
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(input.location) ?? [];
  const found = await storeOf(bucket)?.download(key, file);
  if (!found) throw failed(`Could not read the input at ${input.location}: there is no such object.`);
  if (found.sizeBytes > maxBytes)
    throw failed(`The input at ${input.location} is larger than ${maxBytes} bytes.`);
  return { body: createReadStream(file), sizeBytes: found.sizeBytes };
}

/** SageMaker takes no answer of unknown length here, and neither is one taken that could be cut off. */
async function save({ headers, parts, discard }: ContainerAnswer, file: string): Promise<void> {
  const length = headers['content-length'];
  if (length === undefined || Number(length) > maxBytes) {
    discard();
    throw failed(
      length === undefined
        ? 'The response from container primary did not specify the required Content-Length header'
        : `The response is larger than ${maxBytes} bytes.`,
    );
  }
  await pipeline(parts, createWriteStream(file));
  const { size } = await stat(file);
  if (size !== Number(length)) throw new ContainerSilence('broken_body', `${size} of ${length} bytes`);
}

const failed = (message: string): AwsRefusal => new AwsRefusal('ModelError', message);
