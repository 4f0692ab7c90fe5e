/** The ledger: an object for each batch of entries, by the hour of the entries, written once and never changed. */
import { artifactKeys } from '../contracts/keys.ts';
import { sha256 } from '../core/index.ts';
import type { ObjectInfo, ObjectStore } from '../storage/index.ts';
import { isLate, placeOf } from './days.ts';
import type { UsageContext, UsageEntry } from './types.ts';

/** What of an entry is summed. */
export type LedgerEntry = Omit<UsageEntry, 'at' | 'version' | 'route' | 'status' | 'prices_as_of'>;

/**
 * Writes entries. The same ones again change nothing: their object has the digest of its content as its name, and an
 * entry that comes in another batch has the request id that it is counted by.
 */
export async function writeUsage(context: UsageContext, entries: readonly UsageEntry[]): Promise<void> {
  const hours = Map.groupBy(entries, ({ at }) => at.slice(0, 13));
  for (const [hour, own] of hours) await writeHour(context, placeOf(`${hour}:`), own);
}

async function writeHour(
  { artifacts, clock }: UsageContext,
  { day, hour }: { readonly day: string; readonly hour: string },
  entries: readonly UsageEntry[],
): Promise<void> {
  const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  const digest = sha256(text);
  const comesLate = isLate(day, clock.now());
  await artifacts.put(artifactKeys.usageBatch(day, hour, digest), text, {
    ifAbsent: true,
    contentType: 'application/jsonl',
  });
  // After the batch: sums under the name that this mark gives them must find it.
  if (comesLate) await artifacts.put(artifactKeys.usageLateMark(day, digest), '', { ifAbsent: true });
}

/** The batches of an hour, in the order of their names. */
export function listBatches(
  { artifacts }: UsageContext,
  day: string,
  hour: string,
): Promise<readonly ObjectInfo[]> {
  return collect(artifacts.list(artifactKeys.usageHour(day, hour)));
}

/** The hours of a day of which there is something, `00` to `23`. */
export async function listHours({ artifacts }: UsageContext, day: string): Promise<readonly string[]> {
  const folders = await collect(artifacts.listFolders(artifactKeys.usageDay(day)));
  return folders.map((folder) => folder.slice(0, -1));
}

/** The marks of late batches by day, in the order of their names. */
export async function listLateMarks({
  artifacts,
}: UsageContext): Promise<ReadonlyMap<string, readonly string[]>> {
  const marks = await collect(artifacts.list(artifactKeys.usageLateMarks()));
  return Map.groupBy(
    marks.map(({ key }) => key),
    (key) => key.split('/')[2]!,
  );
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The entries of one batch. */
export async function readBatch(artifacts: ObjectStore, key: string): Promise<readonly LedgerEntry[]> {
  const found = await artifacts.get(key);
  if (!found) return [];
  const lines = Buffer.from(found.body).toString('utf8').split('\n');
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LedgerEntry]));
}
