/** An input is prepared for an endpoint with a queue, as that of a request would be, and handed over. */
import { join } from 'node:path';
import { isJsonType } from '../../contracts/content-type.ts';
import type { EndpointJobRecord, JobRowError } from '../../contracts/jobs.ts';
import { artifactKeys } from '../../contracts/keys.ts';
import { internal, invalidInput, type OnrampError, upstream } from '../../core/index.ts';
import {
  dropPrepared,
  finishJob,
  handOverPrepared,
  type JobProgress,
  meterRefused,
} from '../../jobs/index.ts';
import { inWorkDirectory } from '../context.ts';
import { type LocalFile, publishFile } from './local-file.ts';
import { type BatchContext, bringInput, type Input, type Work } from './open-input.ts';
import { prepareRows } from './prepare-rows.ts';
import { prepareTexts } from './prepare-texts.ts';

/** What has become of an input: a file for the container, or one that tells what is wrong with which rows. */
export interface Prepared {
  readonly rows: number;
  readonly contentType: string;
  /** Where it lies on this machine; of no use if a row is wrong. */
  readonly path: string;
  readonly errors: LocalFile | null;
  readonly firstError: JobRowError | null;
}

/** Says how many of how many rows are done. */
export type TellRows = (done: number, rows: number) => void;

/** Share of the progress until the input is here. */
const readShare = 0.1;

/**
 * Prepares the input of a job and puts it into the queue of its endpoint; if one row is wrong, the job fails and says which
 * are, since the answer of the container could not be told by rows any more.
 *
 * @throws invalid_request as a request with the same content would be refused; what `Endpoints.enqueue` throws
 */
export async function prepareJob(context: BatchContext, work: Work<EndpointJobRecord>): Promise<void> {
  const { record, watch } = work;
  await inWorkDirectory(async (directory) => {
    const path = join(directory, 'input');
    await bringInput(context, record.input, path);
    watch.signal.throwIfAborted();
    const isBody = isJsonType(record.endpoint.content_type);
    const prepared = await prepare(context, work, { file: record.input.file, isBody, path, directory });
    watch.signal.throwIfAborted();
    await (prepared.errors ? refuse(context, work, prepared) : handOver(context, work, prepared));
  });
}

function prepare(
  context: BatchContext,
  { record, watch }: Work<EndpointJobRecord>,
  input: Input,
): Promise<Prepared> {
  const { preparation } = record.endpoint;
  if (!preparation) throw internal(`Job "${record.id}" has nothing to prepare.`);
  const tell: TellRows = (done, rows) => {
    watch.signal.throwIfAborted();
    watch.tell({
      ...progressOf(rows, 0),
      progress: readShare + (1 - readShare) * (done / rows),
      message: `${done} of ${rows} rows prepared.`,
    });
  };
  return 'transform' in preparation
    ? prepareRows(context, { input, preparation, tell })
    : prepareTexts(context, { input, preparation, tell });
}

const progressOf = (rows: number, failed: number): JobProgress => ({
  ...{ progress: readShare, message: '', rows, rows_done: 0 },
  ...{ rows_failed: failed, warnings: 0 },
});

/** The file first, then the record that names it. */
async function refuse(
  context: BatchContext,
  { record, lease, watch }: Work<EndpointJobRecord>,
  { rows, errors: file, firstError }: Prepared,
): Promise<void> {
  const errors = await publishFile(context, lease, file!);
  watch.stop();
  const refusal = refusedRows(firstError!, errors.rows ?? 0, rows);
  await meterRefused(context, record, refusal);
  const { code, message, param } = refusal;
  await finishJob(context, lease, {
    state: 'failed',
    error: { code, message, param },
    ...{ errors, progress: progressOf(rows, errors.rows ?? 0) },
  });
}

function refusedRows({ row, field, code, message }: JobRowError, failed: number, rows: number): OnrampError {
  const told =
    `${failed} of ${rows} row${rows === 1 ? '' : 's'} cannot be prepared, as the error file tells, so the endpoint was not ` +
    `asked. Row ${row} (counted from 0): ${message}`;
  return invalidInput(told, { code, ...(field !== null && { param: field }) });
}

async function handOver(
  context: BatchContext,
  { record, lease, watch }: Work<EndpointJobRecord>,
  { path, rows, contentType }: Prepared,
): Promise<void> {
  const { artifacts } = context;
  const key = artifactKeys.endpointInput(record.endpoint.name, record.id);
  await artifacts.upload(key, path, { contentType });
  const stored = await artifacts.head(key);
  if (!stored) throw upstream(`What was made of "${record.input.key}" is gone.`, { code: 'input_missing' });
  const { etag, sizeBytes } = stored;
  watch.stop();
  try {
    const queue = await context.openQueue?.();
    if (!queue) throw internal('Nothing asks endpoints here.');
    const input = { rows, contentType, etag, sizeBytes };
    await handOverPrepared({ ...context, ...queue }, { record, lease }, input);
  } catch (error) {
    await dropPrepared(context, record);
    throw error;
  }
}
