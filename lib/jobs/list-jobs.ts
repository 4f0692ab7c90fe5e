/** Jobs as the API shows them: lists, newest first, and addresses of their files. */
import {
  artifactKeys,
  type CallJobRecord,
  type EndpointJobRecord,
  type JobFile,
  type JobRecord,
  type JobView,
  type RowsJobRecord,
} from '../contracts/index.ts';
import type { Page, RegistryContext } from '../registry/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import type { SettleContext } from './context.ts';
import { findJob, isRowsJob } from './job-record.ts';
import { settleJob } from './queued/settle-job.ts';

const downloadSeconds = 3600;

/** Whose jobs are listed: one model's, those of every model whose name is wanted, or all. */
export type JobOwners =
  | { readonly model: string }
  | { readonly isWanted: (model: string) => boolean }
  | { readonly all: true };

/** The newest jobs. */
export async function listJobs(
  context: SettleContext,
  owners: JobOwners,
  { limit }: { readonly limit: number },
): Promise<Page<JobRecord>> {
  const ids = await newestIds(context, owners, limit + 1);
  const found = await mapConcurrent(ids.slice(0, limit), async (id) => {
    const record = await findJob(context, id);
    return record && settleJob(context, record);
  });
  return { items: found.filter((record) => record !== null), hasMore: ids.length > limit };
}

async function newestIds(context: RegistryContext, owners: JobOwners, count: number): Promise<string[]> {
  if ('all' in owners) return firstOf(allIds(context), count);
  const prefixes =
    'model' in owners
      ? [artifactKeys.modelJobs(owners.model), artifactKeys.endpointModelJobs(owners.model)]
      : await prefixesOf(context, owners.isWanted);
  const ids = await mapConcurrent(prefixes, (prefix) => firstOf(idsUnder(context, prefix), count));
  return ids.flat().sort().slice(0, count);
}

/** Where the jobs of the wanted models are marked, those of our own and those behind endpoints. */
async function prefixesOf(
  { artifacts }: RegistryContext,
  isWanted: (model: string) => boolean,
): Promise<string[]> {
  const prefixes: string[] = [];
  for await (const folder of artifacts.listFolders(artifactKeys.models())) {
    const model = folder.slice(0, -1);
    if (isWanted(model)) prefixes.push(artifactKeys.modelJobs(model));
  }
  for await (const folder of artifacts.listFolders(artifactKeys.endpointJobs())) {
    const model = folder.slice(0, -1);
    if (isWanted(model)) prefixes.push(artifactKeys.endpointModelJobs(model));
  }
  return prefixes;
}

/** The order of ids is that of time, the newest first. */
async function* allIds({ artifacts }: RegistryContext): AsyncGenerator<string> {
  for await (const folder of artifacts.listFolders(artifactKeys.jobs())) yield folder.slice(0, -1);
}

async function* idsUnder({ artifacts }: RegistryContext, prefix: string): AsyncGenerator<string> {
  for await (const { key } of artifacts.list(prefix)) yield key.slice(prefix.length);
}

async function firstOf(ids: AsyncIterable<string>, count: number): Promise<string[]> {
  const first: string[] = [];
  for await (const id of ids) {
    first.push(id);
    if (first.length >= count) break;
  }
  return first;
}

/** A job without what is ours alone, with addresses to download its files from. */
export async function jobViewOf(context: RegistryContext, record: JobRecord): Promise<JobView> {
  const { id, model, state, idempotency, attempts, lease, result, errors, input, ...told } = record;
  const name = `${model}-${id.slice(-8)}`;
  return {
    id,
    object: 'job',
    model,
    ...kindOf(told),
    status: state,
    input: { kind: input.kind, file: input.file, size_bytes: input.size_bytes },
    result: result && (await download(context, result, `${name}${extensionOf(record)}`)),
    errors: errors && (await download(context, errors, `${name}-errors.jsonl`)),
  };
}

type Told =
  | Omit<RowsJobRecord, OwnFields>
  | Omit<EndpointJobRecord, OwnFields>
  | Omit<CallJobRecord, OwnFields>;
type OwnFields =
  | 'id'
  | 'model'
  | 'state'
  | 'idempotency'
  | 'attempts'
  | 'lease'
  | 'result'
  | 'errors'
  | 'input';

/** What a job of rows and those of endpoints do not have in common. */
function kindOf(told: Told): Omit<JobView, OwnFields | 'object' | 'status'> {
  const none = { version: null, output: null, options: null } as const;
  if ('call' in told) {
    const { call, ...shown } = told;
    return { ...shown, ...none };
  }
  if ('endpoint' in told) {
    const { endpoint, ...shown } = told;
    return { ...shown, ...none };
  }
  const { artifact, version, ...shown } = told;
  return { version, ...shown };
}

/** An answer of an endpoint has the name that its type gives it, which the browser knows. */
const extensionOf = (record: JobRecord): string => (isRowsJob(record) ? `.${record.output.format}` : '');

async function download(
  { artifacts }: RegistryContext,
  { key, ...told }: JobFile,
  fileName: string,
): Promise<NonNullable<JobView['result']>> {
  const { url } = await artifacts.presign('GET', key, { expiresInSeconds: downloadSeconds, fileName });
  return { url, ...told };
}
