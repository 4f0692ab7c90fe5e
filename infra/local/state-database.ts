/** The one small database of the local platform: queues, events already delivered, schedules, how far logs were read. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { conflict, internal } from '../../lib/core/index.ts';

const schemaVersion = 3;

const scheduleTable = `CREATE TABLE schedules (
    group_name TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    client_token TEXT,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (group_name, name)
  ) STRICT, WITHOUT ROWID;`;

const logPositionTable = `CREATE TABLE log_positions (
    file TEXT PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT;`;

/** In layout 1 the platform read schedules from specs by itself; `adoptSchedules` takes over what it knew of them. */
const fromLayout1 = `
  ALTER TABLE schedules RENAME TO model_schedules;
  ${scheduleTable}
`;

/** In layout 2 nobody read logs. */
const fromLayout2 = `
  ${logPositionTable}
  PRAGMA user_version = ${schemaVersion};
`;

const schema = `
  CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0,
    first_received_at INTEGER,
    receipt TEXT UNIQUE
  ) STRICT;
  CREATE INDEX messages_by_queue ON messages (queue, visible_at);
  CREATE TABLE delivered (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    sequencer TEXT NOT NULL,
    PRIMARY KEY (bucket, key)
  ) STRICT, WITHOUT ROWID;
  ${scheduleTable}
  ${logPositionTable}
  PRAGMA user_version = ${schemaVersion};
`;

/**
 * Opens `<home>/state.db`, and with it takes the home folder for this process: the lock is the operating system's, so
 * it goes with the process however that ends.
 * @throws `conflict` if another process holds the folder.
 */
export function openStateDatabase(home: string): DatabaseSync {
  mkdirSync(home, { recursive: true });
  const database = new DatabaseSync(join(home, 'state.db'), { timeout: 0 });
  try {
    // Exclusive before the first read, so that the lock is held until the end. FULL: what is acknowledged is on disk.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    inTransaction(database, () => migrate(database));
    return database;
  } catch (cause) {
    database.close();
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === 5) {
      throw conflict(
        `${home} is in use by another Onramp process; stop that one or choose another folder with --home`,
        { cause },
      );
    }
    throw cause;
  }
}

function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version === 0) database.exec(schema);
  else if (version === 1) database.exec(fromLayout1 + fromLayout2);
  else if (version === 2) database.exec(fromLayout2);
  else if (version !== schemaVersion) {
    throw internal(
      `state.db has layout ${version}, this Onramp knows ${schemaVersion}; use the Onramp that wrote it or another --home`,
    );
  }
}

/** Runs `work` as one transaction: all of its writes last, or none. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
