/** Knows the keys of an API by their digests: listed now and then, and at once when an unknown key turns up. */
import { type Clock, sha256 } from '../core/index.ts';
import type { Access } from './access.ts';
import type { Grants } from './grants.ts';
import { type KeyTable, keyTable } from './key-table.ts';

/** A key as its keeper lists it. */
export interface ListedKey {
  readonly name: string;
  readonly value: string;
}

/** What a directory is made of. */
export interface KeyDirectoryOptions {
  /** Every key that is switched on. */
  readonly listKeys: () => Promise<readonly ListedKey[]>;
  readonly grants: Grants;
  readonly clock: Clock;
  /** Age from which the list is read anew. */
  readonly maxAgeMs?: number;
  /** A list that cannot be read anew is used up to this age. */
  readonly graceMs?: number;
  /** Unknown keys cause at most one reading in this time. */
  readonly unknownPauseMs?: number;
}

/** Finds keys. */
export interface KeyDirectory {
  /**
   * What a key may do, `null` for one that is unknown, switched off, or without a grant.
   *
   * @throws what `listKeys` throws, if no list is at hand that is young enough
   */
  find(key: string): Promise<Access | null>;
}

/** A directory that reads its list when it is first asked. */
export function createKeyDirectory({
  listKeys,
  grants,
  clock,
  maxAgeMs = 300_000,
  graceMs = 900_000,
  unknownPauseMs = 10_000,
}: KeyDirectoryOptions): KeyDirectory {
  let table: KeyTable | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    // Counted from before the reading: a key that changed meanwhile is seen no later than the list's age says.
    triedAt = clock.now();
    const startedAt = triedAt;
    table = tableOf(await listKeys(), grants);
    readAt = startedAt;
  };
  const refresh = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const triedLately = (): boolean => clock.now() - triedAt < unknownPauseMs;

  /** The list, read anew when it is old; while that fails, the old one for a while. */
  const currentTable = async (): Promise<KeyTable> => {
    const age = clock.now() - readAt;
    const isUsable = table !== undefined && age < graceMs;
    if (age >= maxAgeMs && !(isUsable && reading === undefined && triedLately())) {
      await refresh().catch((error: unknown) => {
        if (!isUsable) throw error;
      });
    }
    return table!;
  };

  return {
    find: async (key) => {
      const found = (await currentTable()).find(key);
      if (found !== null || (reading === undefined && triedLately())) return found;
      await refresh();
      return table!.find(key);
    },
  };
}

function tableOf(listed: readonly ListedKey[], grants: Grants): KeyTable {
  return keyTable(
    listed.flatMap(({ name, value }) => {
      const grant = grants.get(name);
      return grant ? [{ digest: sha256(value), access: { caller: name, ...grant } }] : [];
    }),
  );
}
