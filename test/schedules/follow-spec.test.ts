import { expect, test } from 'vitest';
import { isOnrampError } from '../../lib/core/index.ts';
import { deleteModel, putSpec } from '../../lib/registry/index.ts';
import { followSpec } from '../../lib/schedules/index.ts';
import { heartSpec, testContext } from '../registry/records.ts';
import { createMemorySchedules } from './memory-schedules.ts';

const makeContext = () => ({ ...testContext(), schedules: createMemorySchedules() });
const daily = { ...heartSpec, schedule: 'rate(1 day)' };

test('a spec sets, changes and takes away the schedule of its model', async () => {
  const context = makeContext();
  const seen: (string | undefined)[] = [];

  for (const spec of [daily, { ...heartSpec, schedule: 'cron(0 6 * * ? *)' }, heartSpec]) {
    await putSpec(context, 'heart', spec);
    await followSpec(context, 'heart');
    seen.push(context.schedules.expressions.get('heart'));
  }

  expect(seen).toEqual(['rate(1 day)', 'cron(0 6 * * ? *)', undefined]);
});

test('a model that is gone has no schedule', async () => {
  const context = makeContext();
  await putSpec(context, 'heart', daily);
  await followSpec(context, 'heart');
  await deleteModel(context, 'heart');

  await followSpec(context, 'heart');

  expect(context.schedules.expressions.size).toBe(0);
});

test('a schedule whose years are over is not set, as it would never fire', async () => {
  const context = makeContext();
  await putSpec(context, 'heart', { ...heartSpec, schedule: 'cron(0 0 * * ? 2025)' });

  await followSpec(context, 'heart');

  expect(context.schedules.calls).toEqual(['remove heart']);
});

test('a spec that changes during the call is followed to the end', async () => {
  const context = makeContext();
  await putSpec(context, 'heart', daily);
  const { put } = context.schedules;
  context.schedules.put = async (model, expression) => {
    await put(model, expression);
    if (expression === 'rate(1 day)')
      await putSpec(context, 'heart', { ...heartSpec, schedule: 'rate(2 days)' });
  };

  await followSpec(context, 'heart');

  expect(context.schedules.expressions.get('heart')).toBe('rate(2 days)');
});

test('a model that is deleted during the call keeps no schedule', async () => {
  const context = makeContext();
  await putSpec(context, 'heart', daily);
  const { put } = context.schedules;
  context.schedules.put = async (model, expression) => {
    await put(model, expression);
    await deleteModel(context, 'heart');
  };

  await followSpec(context, 'heart');

  expect(context.schedules.expressions.size).toBe(0);
});

test('expected failure: a spec that never stands still ends in a conflict', async () => {
  const context = makeContext();
  await putSpec(context, 'heart', daily);
  let days = 1;
  context.schedules.put = async () => {
    days += 1;
    await putSpec(context, 'heart', { ...heartSpec, schedule: `rate(${days} days)` });
  };

  const failure = await followSpec(context, 'heart').catch((error: unknown) => error);

  expect(isOnrampError(failure) && failure.code).toBe('too_much_contention');
});
