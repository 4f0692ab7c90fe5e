/** Jobs as the API shows them: lists, newest first, and addresses of their files. */
import { artifactKeys, type JobFile, type JobRecord, type JobView } from '../contracts/index.ts';
import type { Page, RegistryContext } from '../registry/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import { findJob } from './job-record.ts';

const downloadSeconds = 3600;

/** The newest jobs, of one model or of all. */
export async function listJobs(
  context: RegistryContext,
  { model, limit }: { readonly model?: string | undefined; readonly limit: number },
): Promise<Page<JobRecord>> {
  const ids: string[] = [];
  for await (const id of jobIds(context, model)) {
    ids.push(id);
    if (ids.length > limit) break;
  }
  const found = await mapConcurrent(ids.slice(0, limit), (id) => findJob(context, id));
  return { items: found.filter((record) => record !== null), hasMore: ids.length > limit };
}

/** Their order is that of time, the newest first. */
async function* jobIds({ artifacts }: RegistryContext, model: string | undefined): AsyncGenerator<string> {
  if (model === undefined) {
    for await (const folder of artifacts.listFolders(artifactKeys.jobs())) yield folder.slice(0, -1);
    return;
  }
  const prefix = artifactKeys.modelJobs(model);
  for await (const { key } of artifacts.list(prefix)) yield key.slice(prefix.length);
}

/** A job without what is ours alone, with addresses to download its files from. */
export async function jobViewOf(context: RegistryContext, record: JobRecord): Promise<JobView> {
  const { id, model, version, artifact, state, idempotency, attempts, lease, ...told } = record;
  const { result, errors, input, ...shown } = told;
  const name = `${model}-${id.slice(-8)}`;
  return {
    id,
    object: 'job',
    model,
    version,
    status: state,
    ...shown,
    input: { kind: input.kind, file: input.file, size_bytes: input.size_bytes },
    result: result && (await download(context, result, `${name}.${record.output.format}`)),
    errors: errors && (await download(context, errors, `${name}-errors.jsonl`)),
  };
}

async function download(
  { artifacts }: RegistryContext,
  { key, size_bytes, rows }: JobFile,
  fileName: string,
): Promise<NonNullable<JobView['result']>> {
  const { url } = await artifacts.presign('GET', key, { expiresInSeconds: downloadSeconds, fileName });
  return { url, size_bytes, rows };
}
