/** Limits of what a key may use: what they say, and what is wrong with one. */

/** Windows of time, in UTC: they begin with the minute, hour, day or month, not with the first request. */
export const limitWindows = ['minute', 'hour', 'day', 'month'] as const;
export type LimitWindow = (typeof limitWindows)[number];

/** What can be limited: requests to models, tokens in and out, estimated US dollars. */
export const limitUnits = ['calls', 'tokens', 'usd'] as const;
export type LimitUnit = (typeof limitUnits)[number];

/** How much of something a key may use in a window; at least one unit is given. */
export interface UsageLimit {
  readonly per: LimitWindow;
  readonly calls?: number;
  readonly tokens?: number;
  readonly usd?: number;
}

/** What is wrong with the limits of a grant, `null` if nothing is. */
export function limitsProblem(limits: unknown): string | null {
  if (!Array.isArray(limits) || limits.length === 0) {
    return '"limits" must be a list such as [{"per": "minute", "calls": 60}]; leave it out for none';
  }
  const problem = limits.map(limitProblem).find((one) => one !== null);
  if (problem !== undefined) return problem;
  const windows = (limits as readonly UsageLimit[]).map(({ per }) => per);
  const twice = windows.find((per, index) => windows.indexOf(per) !== index);
  return twice === undefined ? null : `"limits" has two entries per ${twice}; put their units into one`;
}

function limitProblem(limit: unknown): string | null {
  if (limit === null || typeof limit !== 'object') return '"limits" must be a list of objects';
  const { per, ...units } = limit as Readonly<Record<string, unknown>>;
  if (!limitWindows.includes(per as LimitWindow)) return `"limits": "per" must be ${choices(limitWindows)}`;
  const entries = Object.entries(units);
  if (entries.length === 0) return `"limits": the one per ${String(per)} needs ${choices(limitUnits)}`;
  for (const [unit, amount] of entries) {
    if (!limitUnits.includes(unit as LimitUnit)) return `"limits": "${unit}" is not ${choices(limitUnits)}`;
    const isWhole = unit === 'usd' || Number.isSafeInteger(amount);
    if (typeof amount !== 'number' || !Number.isFinite(amount) || amount < 0 || !isWhole) {
      return `"limits": "${unit}" per ${String(per)} must be ${unit === 'usd' ? 'a' : 'a whole'} number from 0`;
    }
  }
  return null;
}

const choices = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(', ');
