import { describe, expect, it } from 'vitest';
import { getAliases, refreshAliases, rollback, setLive } from '../../lib/registry/index.ts';
import { publishOne, type TestContext, testContext } from './records.ts';

const reason = 'test';

async function withVersions(count: number): Promise<TestContext> {
  const context = testContext();
  for (let index = 0; index < count; index += 1) await publishOne(context, `run ${index}`);
  return context;
}

const live = (context: TestContext, version: string, more: object = {}) =>
  setLive(context, 'heart', { version, reason, ...more });

describe('setLive', () => {
  it('makes a version live and remembers what was live before, newest first', async () => {
    const context = await withVersions(3);

    await live(context, '1');
    await live(context, '2');
    const now = await live(context, '3', { reason: 'better' });

    expect(now).toEqual({
      live: '3',
      previous: ['2', '1'],
      changed: '2026-11-22T12:00:00.000Z',
      reason: 'better',
    });
    expect((await getAliases(context, 'heart'))?.value).toEqual(now);
  });

  it('lists a version that comes back once only', async () => {
    const context = await withVersions(2);
    await live(context, '1');
    await live(context, '2');

    expect(await live(context, '1')).toMatchObject({ live: '1', previous: ['2'] });
  });

  it('writes nothing if the version is live already', async () => {
    const context = await withVersions(1);
    await live(context, '1');
    const before = await getAliases(context, 'heart');
    context.clock.timeMs += 1000;

    await live(context, '1', { expectedLive: '7' });

    expect(await getAliases(context, 'heart')).toEqual(before);
  });

  it('refuses when another version is live than the decision was made against', async () => {
    const context = await withVersions(3);
    await live(context, '1', { expectedLive: null });
    await live(context, '2', { expectedLive: '1' });

    await expect(live(context, '3', { expectedLive: '1' })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'live_changed',
    });
    await expect(live(context, '3', { expectedLive: null })).rejects.toMatchObject({ code: 'live_changed' });
    expect((await getAliases(context, 'heart'))?.value.live).toBe('2');
  });

  it('lets one of two deciders through that saw the same live version', async () => {
    const context = await withVersions(3);
    await live(context, '1');

    const both = await Promise.allSettled(
      ['2', '3'].map((version) => live(context, version, { expectedLive: '1' })),
    );

    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await getAliases(context, 'heart'))?.value.previous).toEqual(['1']);
  });

  it('loses no history when many versions are promoted at once', async () => {
    const context = await withVersions(6);

    await Promise.all(['1', '2', '3', '4', '5', '6'].map((version) => live(context, version)));

    const { value } = (await getAliases(context, 'heart'))!;
    expect([value.live!, ...value.previous].sort()).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('bad call: a version that is not published', async () => {
    const context = await withVersions(1);

    await expect(live(context, '2')).rejects.toMatchObject({ kind: 'not_found', code: 'version_not_found' });
    expect(await getAliases(context, 'heart')).toBeNull();
  });
});

describe('rollback', () => {
  it('goes back step by step and does not return to what was left', async () => {
    const context = await withVersions(3);
    for (const version of ['1', '2', '3']) await live(context, version);

    const once = await rollback(context, 'heart', { reason });
    const twice = await rollback(context, 'heart', { reason });

    expect(once).toMatchObject({ live: '2', previous: ['1'] });
    expect(twice).toMatchObject({ live: '1', previous: [] });
    await expect(rollback(context, 'heart', { reason })).rejects.toMatchObject({
      code: 'nothing_to_roll_back',
    });
  });

  it('goes back one step when two ask for it at once', async () => {
    const context = await withVersions(3);
    for (const version of ['1', '2', '3']) await live(context, version);

    const both = await Promise.all([1, 2].map(() => rollback(context, 'heart', { reason })));

    expect(both.map((aliases) => aliases.live)).toEqual(['2', '2']);
    expect((await getAliases(context, 'heart'))?.value).toMatchObject({ live: '2', previous: ['1'] });
  });

  it('does not undo a promotion that came in between', async () => {
    const context = await withVersions(3);
    for (const version of ['1', '2']) await live(context, version);
    let interfered = false;
    const artifacts: typeof context.artifacts = {
      ...context.artifacts,
      put: async (...args) => {
        if (!interfered) {
          interfered = true;
          await live(context, '3');
        }
        return context.artifacts.put(...args);
      },
    };

    const rolled = rollback({ ...context, artifacts }, 'heart', { reason });

    await expect(rolled).rejects.toMatchObject({ code: 'live_changed' });
    expect((await getAliases(context, 'heart'))?.value.live).toBe('3');
  });

  it('bad call: nothing was ever live', async () => {
    const rolled = rollback(testContext(), 'heart', { reason });

    await expect(rolled).rejects.toMatchObject({ kind: 'conflict', code: 'nothing_to_roll_back' });
  });
});

describe('refreshAliases', () => {
  it('says unchanged until they change', async () => {
    const context = await withVersions(2);
    await live(context, '1');
    const { etag } = (await getAliases(context, 'heart'))!;

    expect(await refreshAliases(context, 'heart', etag)).toBe('unchanged');
    await live(context, '2');
    expect(await refreshAliases(context, 'heart', etag)).toMatchObject({ value: { live: '2' } });
    expect(await refreshAliases(context, 'none', etag)).toBeNull();
  });
});
