import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { UsageLimit } from '../../lib/access/index.ts';
import { createRandom, upstream } from '../../lib/core/index.ts';
import type { ObjectStore } from '../../lib/storage/index.ts';
import { type Amounts, createLimiter, type Limiter } from '../../lib/usage/index.ts';
import { createLedger, type TestLedger } from './support.ts';

const oneCall: Amounts = { calls: 1, tokens: 0, usd: 0 };

/** Processes that share a store, and whatever they have put off. */
function processes(count: number, ledger: TestLedger = createLedger('2026-11-20T10:15:12Z')) {
  let ids = 0;
  const later: (() => void)[] = [];
  const make = (artifacts: ObjectStore = ledger.artifacts): Limiter =>
    createLimiter({
      artifacts,
      clock: ledger.clock,
      newId: () => `id-${++ids}`,
      later: (work) => void later.push(work),
      pause: () => setImmediate(),
    });
  const limiters = Array.from({ length: count }, () => make());
  const wait = async (): Promise<void> => {
    for (const work of later.splice(0)) work();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  };
  return { ledger, limiters, make, wait };
}

/** Asks; true if it was let through, after which it uses what it says. */
async function ask(
  limiter: Limiter,
  limits: readonly UsageLimit[],
  { need = oneCall, used = need, caller = 'shop' }: { need?: Amounts; used?: Amounts; caller?: string } = {},
): Promise<boolean> {
  try {
    const reservation = await limiter.reserve({ caller, limits }, need);
    await setImmediate();
    await reservation.settle(used);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ kind: 'rate_limited' });
    return false;
  }
}

/** Asks every other second, so that nobody is in a rush. */
async function oneByOne(
  ledger: TestLedger,
  count: number,
  askAt: (at: number) => Promise<boolean>,
): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let at = 0; at < count; at += 1) {
    ledger.setTime(new Date(ledger.clock.now() + 2000).toISOString());
    answers.push(await askAt(at));
  }
  return answers;
}

const passed = (answers: readonly boolean[]): number => answers.filter(Boolean).length;

const records = async ({ artifacts, keys }: TestLedger) => {
  const [key, ...others] = await keys('usage/limits/');
  expect(others).toEqual([]);
  return JSON.parse(Buffer.from((await artifacts.get(key!))!.body).toString());
};

describe('a limit of calls', () => {
  const limits = [{ per: 'minute', calls: 100 }] as const;

  it('lets exactly so many through, over several processes at once', async () => {
    const { limiters } = processes(4);

    const answers = await Promise.all(Array.from({ length: 600 }, (_, at) => ask(limiters[at % 4]!, limits)));

    expect(passed(answers)).toBe(100);
  });

  it('lets exactly so many through when they come one after the other, anywhere', async () => {
    const { limiters } = processes(4);
    const random = createRandom(7);

    const answers: boolean[] = [];
    for (let at = 0; at < 400; at += 1) answers.push(await ask(limiters[random.integer(4)]!, limits));

    expect(passed(answers)).toBe(100);
  });

  it.each([
    [{ per: 'minute', calls: 3 }, '2026-11-20T10:16:00Z', 48, 'rate_limited'],
    [{ per: 'hour', calls: 3 }, '2026-11-20T11:00:00Z', 2688, 'rate_limited'],
    [{ per: 'day', calls: 3 }, '2026-11-21T00:00:00Z', 49_488, 'budget_exceeded'],
    [{ per: 'month', calls: 3 }, '2026-12-01T00:00:00Z', 913_488, 'budget_exceeded'],
  ] as const)('begins anew with the next window: %o', async (limit, next, retryAfterSeconds, code) => {
    const { limiters, ledger } = processes(1);
    const [limiter] = limiters;
    for (let call = 0; call < 3; call += 1) await ask(limiter!, [limit]);

    const refusal = limiter!.reserve({ caller: 'shop', limits: [limit] }, oneCall);
    await expect(refusal).rejects.toMatchObject({ kind: 'rate_limited', code, retryAfterSeconds });
    await expect(refusal).rejects.toThrow(`3 calls per ${limit.per}`);
    ledger.setTime(next);

    expect(await ask(limiter!, [limit])).toBe(true);
  });

  it('in a rush asks the store for a small part of the requests, and refuses without asking at all', async () => {
    const { limiters, ledger } = processes(1);
    const large = [{ per: 'day', calls: 5000 }] as const;

    for (let call = 0; call < 2000; call += 1) await ask(limiters[0]!, large);
    const writes = ledger.writes.length;
    const small = [{ per: 'day', calls: 1 }] as const;
    await ask(limiters[0]!, small, { caller: 'till' });
    await ask(limiters[0]!, small, { caller: 'till' });
    ledger.reads.length = 0;
    for (let call = 0; call < 100; call += 1) await ask(limiters[0]!, small, { caller: 'till' });

    expect(writes).toBeLessThan(20);
    expect(ledger.reads).toEqual([]);
  });

  it('takes one at a time while they come one by one: a process that vanishes takes nothing with it', async () => {
    const ledger = createLedger('2026-11-20T10:00:00Z');
    const { make } = processes(0, ledger);
    const few = [{ per: 'day', calls: 10 }] as const;

    const answers: boolean[] = [];
    for (let minute = 10; minute < 25; minute += 1) {
      ledger.setTime(`2026-11-20T10:${minute}:00Z`);
      answers.push(await ask(make(), few));
    }

    expect(passed(answers)).toBe(10);
  });

  it('gives back what is left of a share when the rush is over', async () => {
    const { limiters, ledger, wait } = processes(2);
    const many = [{ per: 'day', calls: 1000 }] as const;
    for (let call = 0; call < 130; call += 1) await ask(limiters[0]!, many);
    const inTheRush = (await records(ledger)).taken.day.calls;

    ledger.setTime('2026-11-20T10:15:20Z');
    await wait();

    expect(inTheRush).toBeGreaterThan(130);
    expect((await records(ledger)).taken.day.calls).toBe(130);
    const rest: boolean[] = [];
    for (let call = 0; call < 900; call += 1) rest.push(await ask(limiters[1]!, many));
    expect(passed(rest)).toBe(870);
  });

  it('holds for each key by itself', async () => {
    const { limiters, ledger } = processes(1);

    const answers = await Promise.all(
      ['shop', 'till'].flatMap((caller) =>
        Array.from({ length: 150 }, () => ask(limiters[0]!, limits, { caller })),
      ),
    );

    expect(passed(answers)).toBe(200);
    expect((await ledger.keys('usage/limits/')).join()).not.toMatch(/shop|till/);
  });

  it('of which there are several holds for each', async () => {
    const { limiters, ledger } = processes(2);
    const both = [
      { per: 'minute', calls: 10 },
      { per: 'hour', calls: 25 },
    ] as const;

    const counts: number[] = [];
    for (const minute of [15, 16, 17, 18]) {
      ledger.setTime(`2026-11-20T10:${minute}:00Z`);
      const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => ask(limiters[at % 2]!, both)));
      counts.push(passed(answers));
    }

    expect(counts).toEqual([10, 10, 5, 0]);
  });

  it('changed by its owner holds from then on', async () => {
    const { limiters } = processes(1);
    for (let call = 0; call < 5; call += 1) await ask(limiters[0]!, [{ per: 'day', calls: 5 }]);

    const refused = await ask(limiters[0]!, [{ per: 'day', calls: 5 }]);
    const more = await ask(limiters[0]!, [{ per: 'day', calls: 6 }]);

    expect([refused, more]).toEqual([false, true]);
  });
});

describe('a limit of tokens', () => {
  const limits = [{ per: 'day', tokens: 1000 }] as const;
  const need: Amounts = { calls: 1, tokens: 300, usd: 0 };

  it('is reserved before and settled after: what was not used is there for others', async () => {
    const { limiters, ledger } = processes(2);
    const used = { ...need, tokens: 100 };

    const answers = await oneByOne(ledger, 12, (at) => ask(limiters[at % 2]!, limits, { need, used }));

    // After seven calls 300 are left, after eight no longer what a call may need.
    expect(passed(answers)).toBe(8);
    expect((await records(ledger)).taken.day.tokens).toBe(800);
  });

  it('is never overspent by requests under way at the same time', async () => {
    const { limiters } = processes(3);
    const reservations = await Promise.allSettled(
      Array.from({ length: 12 }, (_, at) => limiters[at % 3]!.reserve({ caller: 'shop', limits }, need)),
    );

    expect(reservations.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(3);
    expect(reservations.some(({ status }) => status === 'fulfilled')).toBe(true);
  });

  it('that was passed by more than reserved is told to the others', async () => {
    const { limiters } = processes(2);

    await ask(limiters[0]!, limits, { need, used: { ...need, tokens: 1200 } });

    expect(await ask(limiters[1]!, limits, { need: { ...need, tokens: 1 } })).toBe(false);
    expect(await ask(limiters[1]!, limits, { need: { ...need, tokens: 0 } })).toBe(true);
  });

  it('bad call: a request that needs more than there is at all is told so', async () => {
    const { limiters } = processes(1);

    const refusal = limiters[0]!.reserve({ caller: 'shop', limits }, { ...need, tokens: 5000 });

    await expect(refusal).rejects.toThrow('the request may need 5000; ask for less of it');
  });

  it('bad call: a request that needs more than there is at all keeps nothing from the others', async () => {
    const { limiters, ledger } = processes(2);
    const [one, other] = limiters;
    await ask(one!, limits, { need: { ...oneCall, tokens: 10 } });
    const before = await records(ledger);

    const refused = ask(one!, limits, { need: { ...oneCall, tokens: 1_000_000 } });
    const answer = ask(other!, limits, { need: { ...oneCall, tokens: 10 }, used: { ...oneCall, tokens: 0 } });

    expect(await Promise.all([refused, answer])).toEqual([false, true]);
    expect((await records(ledger)).taken).toEqual(before.taken);
  });

  it('of a window that ended meanwhile takes nothing from the next one, and gives nothing to it', async () => {
    const { limiters, ledger } = processes(1);
    const reservation = await limiters[0]!.reserve({ caller: 'shop', limits }, need);

    ledger.setTime('2026-11-21T00:00:01Z');
    await reservation.settle({ ...need, tokens: 10 });
    await ask(limiters[0]!, limits, { need });

    expect((await records(ledger)).taken.day).toMatchObject({ window: '2026-11-21', tokens: 300 });
  });
});

describe('money', () => {
  it('is counted to the fraction of a cent, and is a budget in every window', async () => {
    const { limiters, ledger } = processes(2);
    const limits = [{ per: 'hour', usd: 0.001 }] as const;
    const need: Amounts = { calls: 1, tokens: 0, usd: 0.0004 };
    const used = { ...need, usd: 0.00005 };

    const answers = await oneByOne(ledger, 20, (at) => ask(limiters[at % 2]!, limits, { need, used }));
    const refusal = limiters[0]!.reserve({ caller: 'shop', limits }, need);

    // 12 calls leave 0.0004, and another one leaves less than a call may cost.
    expect(passed(answers)).toBe(13);
    await expect(refusal).rejects.toMatchObject({ code: 'budget_exceeded' });
  });
});

describe('a clock that is set', () => {
  const limits = [{ per: 'month', calls: 2 }] as const;

  it('back by an hour keeps nobody out for an hour', async () => {
    const { limiters, ledger } = processes(2);
    const [one, other] = limiters;
    const unused = await one!.reserve({ caller: 'shop', limits }, oneCall);
    const used = await one!.reserve({ caller: 'shop', limits }, oneCall);
    expect(await ask(other!, limits)).toBe(false);
    ledger.setTime('2026-11-20T09:15:12Z');
    await used.settle(oneCall);
    await unused.settle({ calls: 0, tokens: 0, usd: 0 });

    expect(await ask(other!, limits)).toBe(true);
  });

  it('right after it ran years ahead begins windows anew', async () => {
    const ledger = createLedger('2031-01-05T00:00:00Z');
    const { limiters, make } = processes(1, ledger);
    expect(await oneByOne(ledger, 3, () => ask(limiters[0]!, limits))).toEqual([true, true, false]);

    ledger.setTime('2026-11-20T10:15:12Z');

    const limiter = make();
    expect(await oneByOne(ledger, 3, () => ask(limiter, limits))).toEqual([true, true, false]);
  });

  it('of one machine a little before that of another never gives a window twice', async () => {
    const { limiters, ledger } = processes(2);
    ledger.setTime('2026-12-01T00:00:01Z');
    expect(await oneByOne(ledger, 2, () => ask(limiters[0]!, limits))).toEqual([true, true]);

    ledger.setTime('2026-11-30T23:50:00Z');

    expect(await ask(limiters[1]!, limits)).toBe(false);
  });
});

describe('a store that fails', () => {
  const limits = [{ per: 'day', calls: 10 }] as const;
  const broken: ObjectStore['put'] = async () => Promise.reject(upstream('no answer'));

  it('expected failure: refuses, since nobody knows what is left', async () => {
    const { make, ledger } = processes(0);
    const limiter = make({ ...ledger.artifacts, put: broken });

    const refusal = limiter.reserve({ caller: 'shop', limits }, oneCall);

    await expect(refusal).rejects.toMatchObject({ kind: 'not_ready', code: 'limits_unavailable' });
  });

  it('and keeps an answer to itself has its change made once all the same', async () => {
    const { make, ledger } = processes(0);
    let writes = 0;
    const { put } = ledger.artifacts;
    // The first answer is lost, and the client tries again: by then the condition does not hold any more.
    const forgetful: ObjectStore['put'] = async (key, body, options) => {
      const written = await put(key, body, options);
      writes += 1;
      return writes === 1 ? null : written;
    };
    const limiter = make({ ...ledger.artifacts, put: forgetful });

    for (let call = 0; call < 12; call += 1) await ask(limiter, limits);

    expect((await records(ledger)).taken.day.calls).toBe(10);
  });

  it('at a settlement loses at most what was left over', async () => {
    const { make, ledger } = processes(0);
    let fails = false;
    const moody: ObjectStore['put'] = (key, body, options) =>
      fails ? broken(key, body, options) : ledger.artifacts.put(key, body, options);
    const limiter = make({ ...ledger.artifacts, put: moody });
    const tokens = [{ per: 'day', tokens: 1000 }] as const;
    const need: Amounts = { calls: 1, tokens: 600, usd: 0 };

    const reservation = await limiter.reserve({ caller: 'shop', limits: tokens }, need);
    fails = true;
    await reservation.settle({ ...need, tokens: 10 });
    fails = false;

    expect((await records(ledger)).taken.day.tokens).toBe(600);
    expect(await ask(limiter, tokens, { need: { ...need, tokens: 400 } })).toBe(true);
  });
});
