/** From an object that was written to the queues of the functions that wait for it. */
import type { DatabaseSync } from 'node:sqlite';
import {
  type BucketRole,
  type EventFunction,
  keyMatches,
  type ObjectCreatedEvent,
  subscriptions,
} from '../../lib/contracts/events.ts';
import { inTransaction } from './state-database.ts';

/** What a dispatcher is made of. */
export interface DispatcherOptions {
  /** Role of each bucket name; events of other buckets wake nobody. */
  readonly roles: Readonly<Record<string, BucketRole>>;
  /** Puts a message on the queue of a function. */
  readonly send: (functionName: EventFunction, body: string) => void;
}

/**
 * Makes the function that delivers one event. When it returns, the messages are on disk. An event delivered before
 * (same bucket, key and sequencer) is not delivered again, so that every object can be announced anew after a crash:
 * `true` if this one was new.
 */
export function createDispatcher(
  database: DatabaseSync,
  { roles, send }: DispatcherOptions,
): (event: ObjectCreatedEvent) => boolean {
  // One line per key, not per event: the table grows with the objects, not with their writes.
  const mark = database.prepare(
    `INSERT INTO delivered (bucket, key, sequencer) VALUES (?, ?, ?)
     ON CONFLICT (bucket, key) DO UPDATE SET sequencer = excluded.sequencer WHERE sequencer <> excluded.sequencer`,
  );
  return (event) => {
    const { bucket, object } = event.detail;
    const role = roles[bucket.name];
    const woken = subscriptions.filter((line) => line.bucket === role && keyMatches(line.keys, object.key));
    if (woken.length === 0) return false;
    return inTransaction(database, () => {
      if (mark.run(bucket.name, object.key, object.sequencer).changes === 0) return false;
      const body = JSON.stringify(event);
      for (const { function: name } of woken) send(name, body);
      return true;
    });
  };
}
