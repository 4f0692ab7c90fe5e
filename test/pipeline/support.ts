/** A platform in memory, and small data sets that a model can learn in a moment. */
import type { ModelSpec, TargetSpec } from '../../lib/contracts/index.ts';
import { parseTriggerKey } from '../../lib/contracts/keys.ts';
import { sha256, silentLogger } from '../../lib/core/index.ts';
import {
  evaluateNoticed,
  ingestUpload,
  type PipelineContext,
  trainNoticed,
} from '../../lib/pipeline/index.ts';
import { getAliases, listRuns, listVersions, putSpec } from '../../lib/registry/index.ts';
import { createMemoryObjectStore } from '../../lib/storage/index.ts';

export { heartCsv } from '../heart-csv.ts';

/** Everything the stations need, with a clock that ticks by hand. */
export interface World extends PipelineContext {
  advance(ms: number): void;
}

export function createWorld(): World {
  let nowMs = Date.parse('2026-03-01T00:00:00Z');
  const clock = { now: () => nowMs };
  return {
    data: createMemoryObjectStore({ clock }),
    artifacts: createMemoryObjectStore({ clock }),
    clock,
    logger: silentLogger,
    threads: 1,
    memoryBytes: 512 * 1_048_576,
    code: 'test',
    advance: (ms) => {
      nowMs += ms;
    },
  };
}

export const linearSpec: TargetSpec = { dataset: 'heart', target: 'disease', learner: 'linear' };

let messages = 0;
const delivery = () => ({ messageId: `m${++messages}`, receiveCount: 1 });

/** Uploads a file and lets it be read, as its event would: its runs wait, and none is trained. */
export async function ingest(
  world: World,
  content: string | Uint8Array,
  { dataset = 'heart', file = 'heart.csv' }: { readonly dataset?: string; readonly file?: string } = {},
): Promise<void> {
  await world.data.put(`datasets/${dataset}/uploads/${file}`, content);
  const sequencer = world.clock.now().toString(16);
  await ingestUpload(world, { dataset, file, sequencer }, delivery());
}

/** Uploads a file and lets every station do its part, as the events would. */
export async function upload(world: World, content: string | Uint8Array, file = 'heart.csv'): Promise<void> {
  world.advance(60_000);
  await ingest(world, content, { file });
  const digest = sha256(content);
  await trainNoticed(world, { kind: 'dataset-ready', dataset: 'heart', digest }, delivery());
  await trainRequested(world);
  await evaluateAll(world);
}

/** Does the trainings that were asked for model by model, as the events would. */
export async function trainRequested(world: World): Promise<void> {
  for await (const { key } of world.artifacts.list('models/')) {
    const subject = parseTriggerKey(key);
    if (subject?.kind === 'training') await trainNoticed(world, subject, delivery());
  }
}

/** Decides about every published version, as the events would. */
export async function evaluateAll(world: World, model = 'heart'): Promise<void> {
  for (const { version } of (await listVersions(world, model, { limit: 100 })).items) {
    await evaluateNoticed(world, { kind: 'version', model, version });
  }
}

export async function register(world: World, spec: ModelSpec = linearSpec, model = 'heart'): Promise<void> {
  await putSpec(world, model, spec);
}

export const liveVersion = async (world: World, model = 'heart'): Promise<string | null> =>
  (await getAliases(world, model))?.value.live ?? null;

export const runsOf = async (world: World, model = 'heart') =>
  (await listRuns(world, model, { limit: 100 })).items;
