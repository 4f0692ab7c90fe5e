/** Shared by the tests of the local platform: folders, clocks, conditions to wait for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { openStateDatabase } from '../../../infra/local/state-database.ts';
import type { Clock } from '../../../lib/core/index.ts';

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A state database that is closed when the test ends. */
export function temporaryDatabase(home = temporaryFolder()): DatabaseSync {
  const database = openStateDatabase(home);
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

/** A clock that moves when told to. */
export function handClock(start = Date.UTC(2026, 0, 5, 10)): Clock & { advance(ms: number): void } {
  let now = start;
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** Ids `a1`, `a2`, ... */
export function countingIds(prefix = 'id'): () => string {
  let count = 0;
  return () => `${prefix}${++count}`;
}

/** Waits until a condition holds; the test's own time limit ends a wait in vain. */
export async function until<T>(probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const value = await probe();
    if (value) return value;
    await delay(10);
  }
}
