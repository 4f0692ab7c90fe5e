/** Takes over the schedules of a home in which the platform still read them from specs by itself. */
import type { DatabaseSync } from 'node:sqlite';
import { nextAfter, parseSchedule } from '../../../lib/core/index.ts';
import { type ScheduleSettings, scheduleDefinition } from '../../../lib/schedules/index.ts';
import { inTransaction } from '../state-database.ts';
import { readScheduleRequest } from './definition.ts';
import { beginOf, openScheduleTable, type ScheduleRow } from './table.ts';

/** Where schedules were written down before. */
export interface AdoptOptions {
  readonly settings: ScheduleSettings;
  /** Every model and the schedule in its spec. */
  readonly listSpecs: () => AsyncIterable<{ readonly model: string; readonly expression: string }>;
  readonly nowMs: number;
  readonly report: (message: string) => void;
}

/** Makes a schedule of every spec that has one, once in the life of a home; a schedule already followed keeps its phase. */
export async function adoptSchedules(database: DatabaseSync, options: AdoptOptions): Promise<void> {
  const isOld = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'model_schedules'").get();
  if (!isOld) return;
  const followed = new Map(
    database
      .prepare('SELECT model, expression, last_at AS lastAt FROM model_schedules')
      .all()
      .map(({ model, expression, lastAt }) => [`${model} ${expression}`, Number(lastAt)]),
  );
  const rows: ScheduleRow[] = [];
  for await (const { model, expression } of options.listSpecs()) {
    const problem = problemWith(expression, options.nowMs);
    if (problem === null)
      rows.push(rowOf(model, expression, followed.get(`${model} ${expression}`), options));
    else options.report(`${model}: the schedule "${expression}" is not followed: ${problem}`);
  }
  const table = openScheduleTable(database);
  inTransaction(database, () => {
    for (const row of rows) table.put(row);
    database.exec('DROP TABLE model_schedules');
  });
}

function problemWith(expression: string, nowMs: number): string | null {
  try {
    parseSchedule(expression);
    return nextAfter(expression, nowMs) === Number.POSITIVE_INFINITY ? 'its years are over' : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function rowOf(
  model: string,
  expression: string,
  lastAt: number | undefined,
  { settings, nowMs }: AdoptOptions,
): ScheduleRow {
  const { Name, StartDate, ...rest } = scheduleDefinition(settings, model, {
    expression,
    nowMs: lastAt ?? nowMs,
  });
  const start = StartDate && { StartDate: StartDate.getTime() / 1000 };
  const { definition } = readScheduleRequest(Name, { ...rest, ...start });
  return {
    ...{ group: definition.GroupName, name: Name, definition, clientToken: null },
    ...{ createdAt: nowMs, modifiedAt: nowMs, lastAt: lastAt ?? beginOf(definition, nowMs) },
  };
}
