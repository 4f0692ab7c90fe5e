/** The schedules in the state database. */
import type { DatabaseSync } from 'node:sqlite';
import { nextAfter, parseSchedule } from '../../../lib/core/index.ts';
import type { Definition } from './definition.ts';

/** Names one schedule. */
export interface ScheduleKey {
  readonly group: string;
  readonly name: string;
}

/** A schedule as it is kept; times in milliseconds since 1970-01-01 UTC. */
export interface ScheduleRow extends ScheduleKey {
  readonly definition: Definition;
  /** Of the request that made it. */
  readonly clientToken: string | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** When it was due last; before that, the time after which it is due first. */
  readonly lastAt: number;
}

/** The table. */
export interface ScheduleTable {
  all(): ScheduleRow[];
  get(key: ScheduleKey): ScheduleRow | undefined;
  put(row: ScheduleRow): void;
  fired(key: ScheduleKey, lastAt: number): void;
  /** True if it was there. */
  remove(key: ScheduleKey): boolean;
}

/** Prepares the statements. */
export function openScheduleTable(database: DatabaseSync): ScheduleTable {
  const all = database.prepare('SELECT * FROM schedules');
  const get = database.prepare('SELECT * FROM schedules WHERE group_name = ? AND name = ?');
  const put = database.prepare(
    `INSERT OR REPLACE INTO schedules (group_name, name, definition, client_token, created_at, modified_at, last_at)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const fired = database.prepare('UPDATE schedules SET last_at = ? WHERE group_name = ? AND name = ?');
  const remove = database.prepare('DELETE FROM schedules WHERE group_name = ? AND name = ?');
  return {
    all: () => all.all().map(rowOf),
    get: ({ group, name }) => {
      const found = get.get(group, name);
      return found && rowOf(found);
    },
    put: ({ group, name, definition, clientToken, createdAt, modifiedAt, lastAt }) => {
      put.run(group, name, JSON.stringify(definition), clientToken, createdAt, modifiedAt, lastAt);
    },
    fired: ({ group, name }, lastAt) => {
      fired.run(lastAt, group, name);
    },
    remove: ({ group, name }) => remove.run(group, name).changes > 0,
  };
}

function rowOf(found: Record<string, unknown>): ScheduleRow {
  return {
    group: String(found.group_name),
    name: String(found.name),
    definition: JSON.parse(String(found.definition)) as Definition,
    clientToken: found.client_token === null ? null : String(found.client_token),
    createdAt: Number(found.created_at),
    modifiedAt: Number(found.modified_at),
    lastAt: Number(found.last_at),
  };
}

/**
 * Where a schedule begins that is set now: a rate is due at its start and then by its period, without a start at once;
 * a cron expression at its next time from the start on.
 */
export function beginOf({ ScheduleExpression, StartDate }: Definition, nowMs: number): number {
  const schedule = parseSchedule(ScheduleExpression);
  const startMs = StartDate === undefined ? nowMs : StartDate * 1000;
  if (schedule.kind === 'cron') return Math.max(nowMs, startMs - 1);
  const missed = Math.max(0, Math.ceil((nowMs - startMs) / schedule.everyMs));
  return startMs + (missed - 1) * schedule.everyMs;
}

/** When a schedule is due next; Infinity if never. */
export function dueAt({ definition, lastAt }: ScheduleRow): number {
  if (definition.State === 'DISABLED') return Number.POSITIVE_INFINITY;
  const time = nextAfter(definition.ScheduleExpression, lastAt);
  return definition.EndDate !== undefined && time > definition.EndDate * 1000
    ? Number.POSITIVE_INFINITY
    : time;
}
