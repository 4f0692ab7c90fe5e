/** Sums hours that are over before anybody asks for them. */
import { mapConcurrent } from '../storage/index.ts';
import { dayOf, isHourOver } from './days.ts';
import { listHours } from './ledger.ts';
import { sumHour } from './sum-hours.ts';
import type { UsageContext } from './types.ts';

const dayMs = 86_400_000;
/** Older days are kept whole. */
const foldedDays = 3;

/** Sums the finished hours of today and the days before; those whose sums are kept already cost two reads. */
export async function foldUsage(context: UsageContext): Promise<void> {
  const nowMs = context.clock.now();
  for (let ago = 0; ago <= foldedDays; ago += 1) {
    const day = dayOf(nowMs - ago * dayMs);
    const hours = (await listHours(context, day)).filter((hour) => isHourOver(day, hour, nowMs));
    await mapConcurrent(hours, (hour) => sumHour(context, day, hour), 4);
  }
}
