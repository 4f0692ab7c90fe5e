/** What was used: by the caller's own key or, for those who manage everything, by everybody. */
import { type Access, coversAll, hasScope } from '../../lib/access/index.ts';
import { type UsageGroup, usageDay, usageGroups } from '../../lib/contracts/usage.ts';
import { invalidInput, type OnrampError } from '../../lib/core/index.ts';
import { dayOf, reportUsage } from '../../lib/usage/index.ts';
import { type HttpRequest, validate } from '../middleware/index.ts';
import type { Operations } from './routing.ts';

/** More days than this take longer to sum than a request may. */
const maxDays = 366;
const dayMs = 86_400_000;

export const usageOperations: Operations = {
  'GET /v1/usage': async (platform, { query, access }) => {
    const question = { ...daysAsked(query, platform.clock.now()), groupBy: groupAsked(query) };
    const whose = seesEverybody(access) ? {} : { caller: access.caller };
    return { status: 200, body: await reportUsage(platform, { ...question, ...whose }) };
  },
};

const seesEverybody = (access: Access): boolean => hasScope(access, 'manage') && coversAll(access);

function daysAsked(
  query: HttpRequest['query'],
  nowMs: number,
): { readonly from: string; readonly to: string } {
  const today = dayOf(nowMs);
  const to = query.to === undefined ? today : validate(usageDay, query.to, 'to');
  const from = query.from === undefined ? `${to.slice(0, 7)}-01` : validate(usageDay, query.from, 'from');
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) throw wrongDays(`"from" is ${from}, which is after "to", ${to}; exchange them.`);
  if (days > maxDays) {
    throw wrongDays(`From ${from} to ${to} are ${days} days, more than ${maxDays}; ask in several requests.`);
  }
  return { from, to };
}

function groupAsked({ group_by: group = 'day' }: HttpRequest['query']): UsageGroup {
  if (usageGroups.includes(group as UsageGroup)) return group as UsageGroup;
  throw invalidInput(`"group_by" must be ${usageGroups.map((name) => `"${name}"`).join(', ')}.`, {
    code: 'invalid_field',
    param: 'group_by',
  });
}

const wrongDays = (message: string): OnrampError =>
  invalidInput(message, { code: 'invalid_field', param: 'from' });
