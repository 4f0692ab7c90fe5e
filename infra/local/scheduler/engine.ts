/** Keeps schedules and sends what is due, as EventBridge Scheduler does, across restarts. */
import type { DatabaseSync } from 'node:sqlite';
import { type Clock, parseSchedule } from '../../../lib/core/index.ts';
import { AwsRefusal, invalidValue } from '../aws/index.ts';
import { inTransaction } from '../state-database.ts';
import type { ScheduleRequest } from './definition.ts';
import { beginOf, dueAt, openScheduleTable, type ScheduleKey, type ScheduleRow } from './table.ts';

/** What a scheduler is made of. */
export interface SchedulerOptions {
  readonly clock: Clock;
  /** Names of the groups there are. */
  readonly groups: readonly string[];
  /** Sends a message, by the ARN of its target. */
  readonly targets: Readonly<Record<string, (body: string) => void>>;
  readonly newId: () => string;
  readonly report: (message: string) => void;
}

/** A scheduler; nothing fires before `start`. */
export interface Scheduler {
  /** @throws AwsRefusal `ConflictException` if there is one of this name, unless by the same request */
  create(request: ScheduleRequest): ScheduleRow;
  /** @throws AwsRefusal `ResourceNotFoundException` */
  update(request: ScheduleRequest): ScheduleRow;
  /** @throws AwsRefusal `ResourceNotFoundException` */
  get(key: ScheduleKey): ScheduleRow;
  /** @throws AwsRefusal `ResourceNotFoundException` */
  remove(key: ScheduleKey): void;
  /** Fires everything that is due. What was missed while the platform was off is made up once. */
  tick(): void;
  /** When the next schedule is due (milliseconds since 1970), `null` if none is. */
  nextDueAt(): number | null;
  start(): void;
  close(): void;
}

/** So long at most until the clock is looked at again: a sleeping laptop stops timers but not time. */
const longestPauseMs = 30_000;

/** Makes the scheduler over the state database. */
export function createScheduler(database: DatabaseSync, options: SchedulerOptions): Scheduler {
  const { clock, report } = options;
  const table = openScheduleTable(database);
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const nextDueAt = (): number | null => {
    const next = Math.min(...table.all().map(dueAt));
    return next === Number.POSITIVE_INFINITY ? null : next;
  };
  const tick = (): void => {
    for (const row of table.all()) {
      const due = dueAt(row);
      if (due > clock.now()) continue;
      const { time, lastAt } = makeUp(row.definition.ScheduleExpression, due, clock.now());
      inTransaction(database, () => {
        table.fired(row, lastAt);
        sendDue(row, time, options);
      });
    }
  };
  const loop = (): void => {
    try {
      tick();
    } catch (error) {
      report(`schedules: ${error instanceof Error ? error.message : String(error)}; trying again`);
    }
    const pauseMs = Math.min(longestPauseMs, Math.max(1000, (nextDueAt() ?? Infinity) - clock.now()));
    if (running) timer = setTimeout(loop, pauseMs);
  };
  /** Looks at the clock anew: what was changed may be due sooner than what was waited for. */
  const wake = (): void => {
    clearTimeout(timer);
    if (running) timer = setTimeout(loop, 0);
  };

  return {
    ...changesOf(table, options, wake),
    tick,
    nextDueAt,
    start: () => {
      running = true;
      loop();
    },
    close: () => {
      running = false;
      clearTimeout(timer);
    },
  };
}

function changesOf(
  table: ReturnType<typeof openScheduleTable>,
  { clock, groups, targets }: SchedulerOptions,
  wake: () => void,
): Pick<Scheduler, 'create' | 'update' | 'get' | 'remove'> {
  const find = (key: ScheduleKey): ScheduleRow | undefined => {
    if (groups.includes(key.group)) return table.get(key);
    throw new AwsRefusal('ResourceNotFoundException', `Schedule group ${key.group} does not exist.`);
  };
  const get = (key: ScheduleKey): ScheduleRow => {
    const found = find(key);
    if (!found) throw new AwsRefusal('ResourceNotFoundException', `Schedule ${key.name} does not exist.`);
    return found;
  };
  const put = ({ name, definition, clientToken }: ScheduleRequest, createdAt: number): ScheduleRow => {
    if (!(definition.Target.Arn in targets)) {
      throw invalidValue('target.arn', `here only ${Object.keys(targets).join(', ')} can be woken`);
    }
    const now = clock.now();
    const row = {
      ...{ group: definition.GroupName, name, definition, clientToken, createdAt },
      ...{ modifiedAt: now, lastAt: beginOf(definition, now) },
    };
    table.put(row);
    wake();
    return row;
  };
  return {
    get,
    create: (request) => {
      const found = find({ group: request.definition.GroupName, name: request.name });
      if (!found) return put(request, clock.now());
      if (found.clientToken !== null && found.clientToken === request.clientToken) return found;
      throw new AwsRefusal('ConflictException', `Schedule ${request.name} already exists.`);
    },
    update: (request) => {
      const found = get({ group: request.definition.GroupName, name: request.name });
      return put(request, found.createdAt);
    },
    remove: (key) => {
      table.remove(get(key));
    },
  };
}

/** Of many missed times one is made up. A rate keeps its phase; a cron expression has its own. */
function makeUp(expression: string, firstMissedAt: number, now: number): { time: number; lastAt: number } {
  const schedule = parseSchedule(expression);
  if (schedule.kind === 'cron') return { time: firstMissedAt, lastAt: now };
  const time = firstMissedAt + Math.floor((now - firstMissedAt) / schedule.everyMs) * schedule.everyMs;
  return { time, lastAt: time };
}

/** The keywords that Amazon fills in; times without milliseconds. */
function sendDue(row: ScheduleRow, time: number, { targets, newId }: SchedulerOptions): void {
  const { Arn, Input = '{}' } = row.definition.Target;
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': arnOf(row),
    'scheduled-time': `${new Date(time).toISOString().slice(0, 19)}Z`,
    'execution-id': newId(),
    'attempt-number': '1',
  };
  targets[Arn]?.(Input.replace(/<aws\.scheduler\.([a-z-]+)>/g, (text, word: string) => values[word] ?? text));
}

/** The ARN of a schedule in the account that stands for this machine. */
export function arnOf({ group, name }: ScheduleKey): string {
  return `arn:aws:scheduler:us-east-1:000000000000:schedule/${group}/${name}`;
}
