/** Message queues with the semantics of Amazon SQS standard queues, on disk. */
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../lib/core/index.ts';
import { inTransaction } from './state-database.ts';

/** A message on its way to a receiver. */
export interface ReceivedMessage {
  /** The same at every delivery of the message. */
  readonly id: string;
  /** Valid until the message is received again or put back. */
  readonly receipt: string;
  readonly body: string;
  /** Deliveries so far, this one included. */
  readonly receiveCount: number;
  readonly sentAtMs: number;
  readonly firstReceivedAtMs: number;
}

/** One queue and its dead letters. */
export interface Queue {
  readonly name: string;
  /** Stores a message; when this returns it is on disk. */
  send(body: string): string;
  /** Takes up to `max` messages, oldest first, and hides them for `visibilityMs`. Spent messages go to the dead letters. */
  receive(options: { readonly max: number; readonly visibilityMs: number }): ReceivedMessage[];
  /** Removes a message that was dealt with; false if the receipt is not valid any more. */
  delete(receipt: string): boolean;
  /** Puts a message back, to be received again after `delayMs`; false if the receipt is not valid any more. */
  putBack(receipt: string, delayMs: number): boolean;
  /** When the next message can be received (milliseconds since 1970), `null` for an empty queue. */
  nextVisibleAt(): number | null;
  /** Messages in the queue, hidden ones included. */
  count(): number;
  /** The messages nobody could deal with, oldest first. */
  deadLetters(): { readonly id: string; readonly body: string }[];
}

/** How a queue is made. */
export interface QueueOptions {
  readonly name: string;
  /** After this many deliveries without a delete a message becomes a dead letter. */
  readonly maxReceiveCount: number;
  /** How long a message waits before it can be received; default: not at all. */
  readonly delayMs?: number;
  readonly clock: Clock;
  readonly newId: () => string;
}

/** The queue that takes the messages nobody could deal with. */
const deadLetterName = (queue: string): string => `${queue}-dead-letters`;

/** Opens a queue of the state database. */
export function openQueue(database: DatabaseSync, options: QueueOptions): Queue {
  const { name, maxReceiveCount, delayMs = 0, clock, newId } = options;
  const insert = database.prepare(
    'INSERT INTO messages (id, queue, body, sent_at, visible_at) VALUES (?, ?, ?, ?, ?)',
  );
  const bury = database.prepare(
    `UPDATE messages SET queue = ?, receipt = NULL, visible_at = ?
     WHERE queue = ? AND visible_at <= ? AND receive_count >= ?`,
  );
  const due = database.prepare(
    'SELECT id FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY sent_at, rowid LIMIT ?',
  );
  const hold = database.prepare(
    `UPDATE messages SET receipt = ?, visible_at = ?, receive_count = receive_count + 1,
       first_received_at = coalesce(first_received_at, ?)
     WHERE id = ? RETURNING id, body, receipt, receive_count, sent_at, first_received_at`,
  );
  const remove = database.prepare('DELETE FROM messages WHERE queue = ? AND receipt = ?');
  const release = database.prepare(
    'UPDATE messages SET receipt = NULL, visible_at = ? WHERE queue = ? AND receipt = ?',
  );
  const next = database.prepare('SELECT min(visible_at) AS at FROM messages WHERE queue = ?');
  const count = database.prepare('SELECT count(*) AS messages FROM messages WHERE queue = ?');
  const dead = database.prepare('SELECT id, body FROM messages WHERE queue = ? ORDER BY sent_at, rowid');

  const receive: Queue['receive'] = ({ max, visibilityMs }) =>
    inTransaction(database, () => {
      const now = clock.now();
      bury.run(deadLetterName(name), now, name, now, maxReceiveCount);
      return due
        .all(name, now, max)
        .map(({ id }) => toMessage(hold.get(newId(), now + visibilityMs, now, id ?? null)!));
    });

  return {
    name,
    receive,
    send: (body) => {
      const id = newId();
      const now = clock.now();
      insert.run(id, name, body, now, now + delayMs);
      return id;
    },
    delete: (receipt) => remove.run(name, receipt).changes === 1,
    putBack: (receipt, delayMs) => release.run(clock.now() + delayMs, name, receipt).changes === 1,
    nextVisibleAt: () => next.get(name)?.at as number | null,
    count: () => Number(count.get(name)?.messages),
    deadLetters: () =>
      dead.all(deadLetterName(name)).map(({ id, body }) => ({ id: String(id), body: String(body) })),
  };
}

/**
 * To be called once when the platform starts: whoever held a message then is dead. Such messages are visible again at
 * once, and the delivery that was cut off does not count, since the fault was not theirs.
 */
export function releaseHeldMessages(database: DatabaseSync, clock: Clock): number {
  const released = database
    .prepare(
      `UPDATE messages SET receipt = NULL, visible_at = ?, receive_count = max(0, receive_count - 1)
       WHERE receipt IS NOT NULL`,
    )
    .run(clock.now());
  return Number(released.changes);
}

function toMessage(row: Record<string, unknown>): ReceivedMessage {
  return {
    id: String(row.id),
    receipt: String(row.receipt),
    body: String(row.body),
    receiveCount: Number(row.receive_count),
    sentAtMs: Number(row.sent_at),
    firstReceivedAtMs: Number(row.first_received_at),
  };
}
