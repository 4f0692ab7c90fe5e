/** Evaluates models on their schedules, as EventBridge Scheduler does, across restarts. */
import type { DatabaseSync } from 'node:sqlite';
import type { ScheduledEvent } from '../../lib/contracts/events.ts';
import { type Clock, nextAfter, parseSchedule } from '../../lib/core/index.ts';
import { inTransaction } from './state-database.ts';

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly clock: Clock;
  /** The schedule in a model's spec as it is now; `null` if it has none or the model is gone. */
  readonly readSchedule: (model: string) => Promise<string | null>;
  /** Puts a message on the queue of the function that evaluates. */
  readonly send: (body: string) => void;
  readonly report: (message: string) => void;
}

/** A scheduler; nothing fires before `start`. */
export interface Scheduler {
  /** Reads a model's schedule anew; to be called when its spec was written. */
  refresh(model: string): Promise<void>;
  /** Fires everything that is due. What was missed while the platform was off is made up once. */
  tick(): Promise<void>;
  /** When the next schedule is due (milliseconds since 1970), `null` if there is none. */
  nextDueAt(): number | null;
  start(): void;
  close(): void;
}

interface ScheduleRow {
  readonly model: string;
  readonly expression: string;
  /** When it fired last or, before that, when it was set. */
  readonly lastAt: number;
}

/** So long at most until the clock is looked at again: a sleeping laptop stops timers but not time. */
const longestPauseMs = 30_000;

/** Makes the scheduler over the state database. */
export function createScheduler(database: DatabaseSync, options: SchedulerOptions): Scheduler {
  const { clock, readSchedule, send, report } = options;
  const table = openScheduleTable(database);
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const refresh = async (model: string): Promise<void> => {
    const expression = await readSchedule(model);
    const problem = expression === null ? null : problemWith(expression);
    if (problem !== null) report(`${model}: the schedule "${expression}" is not followed: ${problem}`);
    if (expression === null || problem !== null) table.remove(model);
    else table.set(model, expression, clock.now());
  };

  const fire = (row: ScheduleRow): void => {
    const now = clock.now();
    const firstMissedAt = dueAt(row);
    if (firstMissedAt > now) return;
    const { time, lastAt } = makeUp(row.expression, firstMissedAt, now);
    const event: ScheduledEvent = {
      source: 'onramp.schedule',
      model: row.model,
      time: new Date(time).toISOString(),
    };
    inTransaction(database, () => {
      table.fired(row.model, lastAt);
      send(JSON.stringify(event));
    });
  };

  const tick = async (): Promise<void> => {
    for (const row of table.all().filter((candidate) => dueAt(candidate) <= clock.now())) {
      // The spec may have changed or be gone: nobody announces a deletion.
      await refresh(row.model);
      const current = table.get(row.model);
      if (current) fire(current);
    }
  };

  const nextDueAt = (): number | null => {
    const times = table.all().map(dueAt);
    return times.length === 0 ? null : Math.min(...times);
  };

  const loop = async (): Promise<void> => {
    try {
      await tick();
    } catch (error) {
      report(`schedules: ${error instanceof Error ? error.message : String(error)}; trying again`);
    }
    if (!running) return;
    const pauseMs = Math.min(longestPauseMs, Math.max(1000, (nextDueAt() ?? Infinity) - clock.now()));
    timer = setTimeout(() => void loop(), pauseMs);
  };

  return {
    refresh,
    tick,
    nextDueAt,
    start: () => {
      running = true;
      void loop();
    },
    close: () => {
      running = false;
      clearTimeout(timer);
    },
  };
}

const dueAt = ({ expression, lastAt }: ScheduleRow): number => nextAfter(expression, lastAt);

/** Of many missed times one is made up. A rate keeps its phase; a cron expression has its own. */
function makeUp(expression: string, firstMissedAt: number, now: number): { time: number; lastAt: number } {
  const schedule = parseSchedule(expression);
  if (schedule.kind === 'cron') return { time: firstMissedAt, lastAt: now };
  const time = firstMissedAt + Math.floor((now - firstMissedAt) / schedule.everyMs) * schedule.everyMs;
  return { time, lastAt: time };
}

function problemWith(expression: string): string | null {
  try {
    parseSchedule(expression);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function openScheduleTable(database: DatabaseSync) {
  const columns = 'model, expression, last_at AS lastAt';
  const all = database.prepare(`SELECT ${columns} FROM schedules`);
  const get = database.prepare(`SELECT ${columns} FROM schedules WHERE model = ?`);
  // The same schedule again changes nothing, so that its phase is kept.
  const set = database.prepare(
    `INSERT INTO schedules (model, expression, last_at) VALUES (?, ?, ?)
     ON CONFLICT (model) DO UPDATE SET expression = excluded.expression, last_at = excluded.last_at
     WHERE expression <> excluded.expression`,
  );
  const fired = database.prepare('UPDATE schedules SET last_at = ? WHERE model = ?');
  const remove = database.prepare('DELETE FROM schedules WHERE model = ?');
  const toRow = (row: Record<string, unknown>): ScheduleRow => ({
    model: String(row.model),
    expression: String(row.expression),
    lastAt: Number(row.lastAt),
  });
  return {
    all: (): ScheduleRow[] => all.all().map(toRow),
    get: (model: string): ScheduleRow | undefined => {
      const row = get.get(model);
      return row && toRow(row);
    },
    set: (model: string, expression: string, now: number) => set.run(model, expression, now),
    fired: (model: string, lastAt: number) => fired.run(lastAt, model),
    remove: (model: string) => remove.run(model),
  };
}
