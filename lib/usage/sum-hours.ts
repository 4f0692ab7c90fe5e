/** Sums of an hour and of a day: made of the ledger once, kept under a name that says of what, never changed. */
import { artifactKeys } from '../contracts/keys.ts';
import { type UsageSum, usageSums } from '../contracts/usage.ts';
import { hashText, sha256 } from '../core/index.ts';
import { mapConcurrent, type ObjectInfo, readJson, writeJson } from '../storage/index.ts';
import { isDayOver, isHourOver } from './days.ts';
import { createSumTable, type SumTable } from './figures.ts';
import { type LedgerEntry, listBatches, listHours, readBatch } from './ledger.ts';
import type { UsageContext } from './types.ts';

/** The request ids of so much of the ledger are held in memory at a time: about 200,000. */
const passBytes = 67_108_864;
/** Batches read at the same time; each may have some megabytes. */
const readsAtOnce = 8;

/**
 * The sums of an hour, each request counted once. They are kept under a digest of the names of the batches they sum, so
 * that a batch which comes later has them made anew.
 */
export async function sumHour(
  context: UsageContext,
  day: string,
  hour: string,
): Promise<readonly UsageSum[]> {
  const batches = await listBatches(context, day, hour);
  const sum = (): Promise<UsageSum[]> => sumBatches(context, batches);
  if (!isHourOver(day, hour, context.clock.now())) return sum();
  const name = sha256(batches.map(({ key }) => key).join('\n'));
  return keptSums(context, artifactKeys.usageHourSum(day, hour, name), sum);
}

/**
 * The sums of a day. A day of which nothing more is expected is kept, under a digest of the marks of the batches that
 * came all the same: to look such a day up takes one read.
 */
export async function sumDay(
  context: UsageContext,
  day: string,
  lateMarks: readonly string[],
): Promise<readonly UsageSum[]> {
  const sum = (): Promise<UsageSum[]> => sumHours(context, day);
  if (!isDayOver(day, context.clock.now())) return sum();
  return keptSums(context, artifactKeys.usageDaySum(day, sha256(lateMarks.join('\n'))), sum);
}

async function sumHours(context: UsageContext, day: string): Promise<UsageSum[]> {
  const table = createSumTable();
  const hours = await mapConcurrent(await listHours(context, day), (hour) => sumHour(context, day, hour), 4);
  for (const sums of hours) table.addSums(sums);
  return table.sums();
}

/** Where there is nothing to sum, nothing is kept. */
async function keptSums(
  { artifacts }: UsageContext,
  key: string,
  sum: () => Promise<UsageSum[]>,
): Promise<readonly UsageSum[]> {
  const kept = await readJson(artifacts, key, usageSums);
  if (kept) return kept.value.sums;
  const sums = await sum();
  if (sums.length > 0) await writeJson(artifacts, key, { value: { sums }, ifAbsent: true });
  return sums;
}

/**
 * Counts each request id once, in memory that does not grow with the hour: a large one is read several times, and each
 * time only the ids of one class are looked at. The same request has the same time wherever its line is delivered, so
 * that no other hour can have its id.
 */
async function sumBatches({ artifacts }: UsageContext, batches: readonly ObjectInfo[]): Promise<UsageSum[]> {
  const table = createSumTable();
  const bytes = batches.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const passes = Math.max(1, Math.ceil(bytes / passBytes));
  for (let pass = 0; pass < passes; pass += 1) {
    const seen = new Set<string>();
    const pending = new Map<string, LedgerEntry>();
    const isOwn = (id: string): boolean => passes === 1 || hashText(id) % passes === pass;
    const counting = { table, seen, pending, isOwn };
    await mapConcurrent(batches, ({ key }) => addBatch(artifacts, key, counting), readsAtOnce);
    for (const [id, entry] of pending) if (!seen.has(id)) table.addEntry(entry);
  }
  return table.sums();
}

/** What is counted, while it is. */
interface Counting {
  readonly table: SumTable;
  /** Ids of requests that were added. */
  readonly seen: Set<string>;
  /** Entries that count if no other one of the request comes. */
  readonly pending: Map<string, LedgerEntry>;
  readonly isOwn: (id: string) => boolean;
}

async function addBatch(
  artifacts: UsageContext['artifacts'],
  key: string,
  { table, seen, pending, isOwn }: Counting,
): Promise<void> {
  for (const entry of await readBatch(artifacts, key)) {
    const { request_id: id } = entry;
    if (seen.has(id) || !isOwn(id)) continue;
    if (entry.pending) {
      pending.set(id, entry);
      continue;
    }
    seen.add(id);
    table.addEntry(entry);
  }
}
