/** Brings a file to a model: the spec, the upload, and the run that exactly this file leads to. */
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunView } from '../contracts/http.ts';
import { type ModelSpec, modelSpec } from '../contracts/model-spec.ts';
import { canonicalJson, OnrampError, sha256 } from '../core/index.ts';
import type { ApiClient } from './client.ts';
import { isOver } from './follow.ts';
import { sizeOfFile, uploadFile } from './upload.ts';

/** What is brought. */
export interface PushOptions {
  readonly model: string;
  /** As the user wrote it; the service checks it. */
  readonly spec: { readonly dataset: string } & Readonly<Record<string, unknown>>;
  /** Leaves the spec that the model has as it is; of the one above only the data set counts. */
  readonly keepsSpec?: boolean;
  /** Path of the file. */
  readonly file: string;
  readonly onUpload?: (sentBytes: number, totalBytes: number) => void;
  /** Called once the whole file is with the service. */
  readonly onUploaded?: () => void;
  readonly pollMs?: number;
  /** How long a run that failed before is waited for to be replaced by a new one. */
  readonly graceMs?: number;
}

/** What a push led to. */
export interface Pushed {
  readonly run: RunView;
  /** True if the service had learnt these very bytes with this spec before, so that nothing new was started. */
  readonly trainedBefore: boolean;
}

/**
 * Puts the spec, uploads the file and finds the run that learns from it: the one whose `data_digest` is the SHA-256 of
 * the bytes sent and, unless the model keeps its spec, whose `spec_digest` is that of the spec.
 *
 * @throws the service's refusal; invalid_request if the file cannot be read
 */
export async function pushFile(client: ApiClient, options: PushOptions): Promise<Pushed> {
  const { model, spec, keepsSpec = false, file, onUploaded } = options;
  const sizeBytes = await sizeOfFile(file);
  const earlier = await runsOf(client, model);
  const before = await datasetSource(client, spec.dataset);
  // Not checked here: what a spec may hold is the service's to say.
  if (!keepsSpec) await client.call('put-model', { path: { model }, body: spec as unknown as ModelSpec });
  const ticket = await client.call('create-upload', {
    path: { dataset: spec.dataset },
    body: { file: basename(file), bytes: sizeBytes },
  });
  const dataDigest = await uploadFile(ticket, { file, sizeBytes, onUpload: options.onUpload });
  onUploaded?.();
  return findRun(client, options, { earlier, before, dataDigest });
}

/** The state before the upload, against which something new is told from something known. */
interface Before {
  readonly earlier: readonly RunView[];
  readonly before: string | null;
  readonly dataDigest: string;
}

async function findRun(
  client: ApiClient,
  { model, spec, keepsSpec = false, pollMs = 250, graceMs = 10_000 }: PushOptions,
  { earlier, before, dataDigest }: Before,
): Promise<Pushed> {
  const specDigest = keepsSpec ? null : digestOfSpec(spec);
  const known = new Set(earlier.map(({ run }) => run));
  const startedAt = performance.now();
  for (;;) {
    // The data set is renewed after its runs are queued, so it is read before them.
    const renewed = (await datasetSource(client, spec.dataset)) !== before;
    const mine = (await runsOf(client, model)).filter(
      (run) => run.data_digest === dataDigest && (specDigest === null || run.spec_digest === specDigest),
    );
    const run = mine.find((one) => !known.has(one.run)) ?? mine.find((one) => !isOver(one));
    if (run) return { run, trainedBefore: false };
    const waited = renewed || performance.now() - startedAt > graceMs;
    if (mine[0] && waited) return { run: mine[0], trainedBefore: true };
    await delay(pollMs);
  }
}

/** As the registry makes it; `null` if the service knows fields that this client does not. */
function digestOfSpec(spec: unknown): string | null {
  const parsed = modelSpec.safeParse(spec);
  return parsed.success ? sha256(canonicalJson(parsed.data satisfies ModelSpec)) : null;
}

async function runsOf(client: ApiClient, model: string): Promise<readonly RunView[]> {
  const list = await orNull(client.call('list-runs', { path: { model } }));
  return list?.data ?? [];
}

/** Which upload the data set's newest version comes from. */
async function datasetSource(client: ApiClient, dataset: string): Promise<string | null> {
  const found = await orNull(client.call('get-dataset', { path: { dataset } }));
  return found && `${found.source.uploaded} ${found.source.sequencer}`;
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof OnrampError && error.kind === 'not_found') return null;
    throw error;
  }
}
