import { expect, it } from 'vitest';
import { createControl } from '../../../functions/control/control.ts';
import type { ControlPlatform } from '../../../functions/control/routing.ts';
import { httpStack } from '../../../functions/middleware/http-stack.ts';
import { type Access, fullAccess } from '../../../lib/access/index.ts';
import { usageReport } from '../../../lib/contracts/usage.ts';
import { silentLogger } from '../../../lib/core/index.ts';
import { writeUsage } from '../../../lib/usage/index.ts';
import { createLedger, entry } from '../../usage/support.ts';
import { gatewayEvent, lambdaContext } from '../api-gateway.ts';

const ledger = createLedger('2026-11-20T10:30:00Z');
await writeUsage(ledger, [
  entry('r1', '2026-10-31T23:59:59Z'),
  entry('r2', '2026-11-01T00:00:00Z'),
  entry('r3', '2026-11-20T10:15:00Z', { caller: 'till', model: 'chat' }),
]);
const platform = { ...ledger, data: ledger.artifacts } as unknown as ControlPlatform;
const handler = httpStack(createControl(platform), { service: 'control', logger: silentLogger });

const own: Access = { caller: 'till', scopes: ['predict'], models: ['*'] };

async function usage(query: Record<string, string> = {}, access: Access = fullAccess('admin')) {
  const event = gatewayEvent({ method: 'GET', route: '/v1/usage', query, access });
  const { statusCode, body } = await handler(event, lambdaContext);
  return { status: statusCode, body: JSON.parse(body) };
}

it('is that of this month by day, unless something else is said', async () => {
  const { status, body } = await usage();

  expect(status).toBe(200);
  expect(usageReport.parse(body)).toMatchObject({ from: '2026-11-01', to: '2026-11-20', group_by: 'day' });
  expect(body.data.map(({ day }: { day: string }) => day)).toEqual(['2026-11-01', '2026-11-20']);
});

it('begins with the month of its last day', async () => {
  const { body } = await usage({ to: '2026-10-31' });

  expect(body).toMatchObject({ from: '2026-10-01', to: '2026-10-31', total: { calls: 1 } });
});

it.each([
  ['who manages everything', fullAccess('admin'), ['shop', 'till']],
  ['who only predicts', own, ['till']],
  [
    'who manages some models',
    { ...own, scopes: ['predict', 'manage'], models: ['chat'] } as Access,
    ['till'],
  ],
  [
    'who looks at everything and manages nothing',
    { ...own, scopes: ['predict', 'read'] } as Access,
    ['till'],
  ],
])('is told to one %s', async (_who, access, keys) => {
  const { body } = await usage({ group_by: 'key' }, access);

  expect(body.data.map(({ key }: { key: string }) => key)).toEqual(keys);
});

it.each([
  [{ from: '2026-11-31' }, 'from'],
  [{ to: 'today' }, 'to'],
  [{ from: '2026-11-02', to: '2026-11-01' }, 'from'],
  [{ from: '2025-01-01', to: '2026-11-01' }, 'from'],
  [{ group_by: 'week' }, 'group_by'],
])('bad call: %o', async (query, param) => {
  const { status, body } = await usage(query);

  expect(status).toBe(400);
  expect(body.error).toMatchObject({ code: 'invalid_field', param });
});
