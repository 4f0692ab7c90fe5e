/** Brings a file to a model, has it predicted for by a job, and follows the job. */
import { basename } from 'node:path';
import type { Answer, CallOptions } from './call-types.ts';
import type { ApiClient } from './client.ts';
import { type FollowPace, followUntil } from './follow.ts';
import type { LiveLine } from './live-lines.ts';
import { sizeOfFile, type UploadOptions, uploadFile } from './upload.ts';

/** A job as the service tells of it. */
export type Job = Answer<'get-job'>;

/** A job that is asked for. */
export interface JobOptions extends Pick<UploadOptions, 'file' | 'onUpload'> {
  readonly model: string;
  /** All but the input; see the route. */
  readonly request: Omit<CallOptions<'create-job'>['body'], 'input'>;
}

/**
 * Uploads a file and makes a job of it.
 *
 * @throws the service's refusal; invalid_request if the file cannot be read
 */
export async function startJob(client: ApiClient, options: JobOptions): Promise<Job> {
  const { model, file, onUpload, request } = options;
  const sizeBytes = await sizeOfFile(file);
  const body = { file: basename(file), bytes: sizeBytes };
  const ticket = await client.call('create-job-upload', { path: { model }, body });
  await uploadFile(ticket, { file, sizeBytes, onUpload });
  return client.call('create-job', { path: { model }, body: { ...request, input: { key: ticket.key } } });
}

/** True once a job has its outcome. */
export const isJobOver = ({ status }: Pick<Job, 'status'>): boolean =>
  status !== 'queued' && status !== 'running';

/** Reads a job again and again until it is over. Throws the service's refusal, once the job is deleted for example. */
export function followJob(client: ApiClient, id: string, pace: FollowPace<Job> = {}): Promise<Job> {
  return followUntil(() => client.call('get-job', { path: { id } }), isJobOver, pace);
}

/** A job as a line of progress; the numbers of rows are one stage. */
export function jobLine({ model, progress, message, status }: Job): LiveLine {
  const isCounting = /^\d+ of \d+ rows/.test(message);
  return { name: model, progress, message, ...(isCounting && { stage: `${status}.` }) };
}
