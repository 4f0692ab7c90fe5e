/** What was used between two days, as the API tells it. */
import type { UsageGroup, UsageReport } from '../contracts/usage.ts';
import { priceTable } from '../cost/index.ts';
import { mapConcurrent } from '../storage/index.ts';
import { daysBetween } from './days.ts';
import { addFigures, figuresOf, noFigures, type Tally } from './figures.ts';
import { listLateMarks } from './ledger.ts';
import { sumDay } from './sum-hours.ts';
import type { UsageContext } from './types.ts';

/** What is asked for. */
export interface UsageQuestion {
  /** First and last day, `2026-11-22`. */
  readonly from: string;
  readonly to: string;
  readonly groupBy: UsageGroup;
  /** Only what this caller used; everybody if nothing is said. */
  readonly caller?: string;
}

/** Days summed at the same time. */
const daysAtOnce = 8;

/** Sums what was used. */
export async function reportUsage(
  context: UsageContext,
  { from, to, groupBy, caller }: UsageQuestion,
): Promise<UsageReport> {
  const late = await listLateMarks(context);
  const sumsOfDay = async (day: string) => ({ day, sums: await sumDay(context, day, late.get(day) ?? []) });
  const days = await mapConcurrent(daysBetween(from, to), sumsOfDay, daysAtOnce);
  const groups = new Map<string, Tally>();
  const total: Tally = { ...noFigures };
  for (const { day, sums } of days) {
    for (const sum of sums) {
      if (caller !== undefined && sum.caller !== caller) continue;
      addFigures(tallyOf(groups, { day, key: sum.caller, model: sum.model }[groupBy]), sum);
      addFigures(total, sum);
    }
  }
  return {
    object: 'usage',
    from,
    to,
    group_by: groupBy,
    data: [...groups.keys()].sort().map((name) => ({ [groupBy]: name, ...figuresOf(groups.get(name)!) })),
    total: figuresOf(total),
    currency: priceTable.currency,
    prices_as_of: priceTable.asOf,
  };
}

function tallyOf(groups: Map<string, Tally>, name: string): Tally {
  const known = groups.get(name);
  if (known) return known;
  const made: Tally = { ...noFigures };
  groups.set(name, made);
  return made;
}
