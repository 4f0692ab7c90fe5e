import { describe, expect, it } from 'vitest';
import { foldUsage, reportUsage, type UsageContext, writeUsage } from '../../lib/usage/index.ts';
import { createLedger, entry } from './support.ts';

const november = { from: '2026-11-01', to: '2026-11-30', groupBy: 'day' } as const;

const totals = async (context: UsageContext) => (await reportUsage(context, november)).total;

describe('no request is counted twice', () => {
  it('a batch that is delivered again writes nothing', async () => {
    const ledger = createLedger();
    const batch = [entry('r1', '2026-11-20T10:15:00Z'), entry('r2', '2026-11-20T10:16:00Z')];

    await writeUsage(ledger, batch);
    await writeUsage(ledger, batch);

    expect(ledger.writes).toHaveLength(1);
    expect(await totals(ledger)).toMatchObject({ calls: 2, rows: 4, bytes_in: 200, bytes_out: 500, ms: 5 });
  });

  it('a request that comes in two batches counts once, whatever else they hold', async () => {
    const ledger = createLedger();
    const shared = entry('r2', '2026-11-20T10:16:00Z');

    await writeUsage(ledger, [entry('r1', '2026-11-20T10:15:00Z'), shared]);
    await writeUsage(ledger, [shared, entry('r3', '2026-11-20T10:17:00Z')]);

    expect(await totals(ledger)).toMatchObject({ calls: 3 });
  });

  it('a request that waits in a queue counts as a call, and once its outcome is known as that', async () => {
    const ledger = createLedger();
    const at = '2026-11-20T10:15:00.000Z';
    const made = (id: string, ms: number) =>
      entry(id, '2026-11-20T11:01:00Z', { usage_of: 'job-1', usage_at: at, rows: undefined, ms });
    const outcome = entry('job-1', '2026-11-21T09:00:00Z', { usage_at: at, rows: 7, job: 'job-1' });

    await writeUsage(ledger, [made('r1', 1), entry('r2', at)]);
    await writeUsage(ledger, [made('r3', 2)]);
    const waiting = await totals(ledger);
    await writeUsage(ledger, [outcome]);
    await writeUsage(ledger, [outcome, entry('r4', '2026-11-20T10:20:00Z')]);
    const done = await totals(ledger);

    expect(waiting).toMatchObject({ calls: 2, rows: 2 });
    expect(done).toMatchObject({ calls: 3, rows: 2 + 7 + 2 });
  });

  it('the same work asked for again under another id is another call', async () => {
    const ledger = createLedger();

    await writeUsage(ledger, [entry('r1', '2026-11-20T10:15:00Z'), entry('r2', '2026-11-20T10:15:00Z')]);

    expect(await totals(ledger)).toMatchObject({ calls: 2 });
  });

  it('a batch over midnight is divided, and delivered again it is the same parts', async () => {
    const ledger = createLedger('2026-11-21T00:01:00Z');
    const batch = [entry('r1', '2026-11-20T23:59:59.999Z'), entry('r2', '2026-11-21T00:00:00.000Z')];

    await writeUsage(ledger, batch);
    await writeUsage(ledger, batch);

    const { data } = await reportUsage(ledger, november);
    expect(data).toMatchObject([
      { day: '2026-11-20', calls: 1 },
      { day: '2026-11-21', calls: 1 },
    ]);
    expect(ledger.writes).toHaveLength(2);
  });

  it('sums that are made again after every delivery, in any order, are those of all requests', async () => {
    const ledger = createLedger();
    const all = Array.from({ length: 60 }, (_, at) =>
      entry(`r${at}`, `2026-11-20T${String(at % 12).padStart(2, '0')}:15:00Z`),
    );
    const batches = [all.slice(0, 30), all.slice(20, 45), all.slice(40), all.slice(0, 30)];

    const counts: number[] = [];
    for (const [step, batch] of batches.entries()) {
      ledger.setTime(`2026-11-2${step}T12:30:00Z`);
      await writeUsage(ledger, batch);
      await foldUsage(ledger);
      counts.push((await totals(ledger)).calls);
    }

    expect(counts).toEqual([30, 45, 60, 60]);
  });
});

describe('sums are kept', () => {
  it('of an hour that is over, until a batch comes late', async () => {
    const ledger = createLedger();
    await writeUsage(ledger, [entry('r1', '2026-11-20T10:15:00Z')]);

    await totals(ledger);
    const early = await ledger.keys('usage/hours/');
    ledger.setTime('2026-11-20T11:05:00Z');
    await foldUsage(ledger);
    const kept = await ledger.keys('usage/hours/');
    ledger.reads.length = 0;
    const first = await totals(ledger);
    const ledgerReads = ledger.reads.filter((key) => key.startsWith('usage/ledger/'));
    await writeUsage(ledger, [entry('r2', '2026-11-20T10:16:00Z')]);
    const second = await totals(ledger);

    expect(early).toEqual([]);
    expect(kept).toEqual([expect.stringMatching(/^usage\/hours\/2026-11-20\/10\/[0-9a-f]{64}\.json$/)]);
    expect(ledgerReads).toEqual([]);
    expect([first.calls, second.calls]).toEqual([1, 2]);
  });

  it('of a day of which nothing more is expected, so that a month is as many reads as days', async () => {
    const ledger = createLedger('2026-11-18T12:00:00Z');
    const days = [10, 11, 12, 13, 14];
    for (const day of days) {
      const batch = Array.from({ length: 24 }, (_, hour) =>
        entry(`d${day}h${hour}`, `2026-11-${day}T${String(hour).padStart(2, '0')}:10:00Z`),
      );
      await writeUsage(ledger, batch);
    }

    const first = await totals(ledger);
    ledger.reads.length = 0;
    const second = await totals(ledger);

    expect(first.calls).toBe(120);
    expect(second).toEqual(first);
    // Of the first to the fifteenth: of the days after them, something may still come.
    expect(ledger.reads).toHaveLength(15);
    expect(ledger.reads.every((key) => key.startsWith('usage/days/'))).toBe(true);
  });

  it('and made anew when a batch comes for such a day all the same', async () => {
    const ledger = createLedger('2026-11-18T12:00:00Z');
    await writeUsage(ledger, [entry('r1', '2026-11-10T10:15:00Z')]);
    const before = await totals(ledger);

    await writeUsage(ledger, [entry('r2', '2026-11-10T10:16:00Z'), entry('r1', '2026-11-10T10:15:00Z')]);
    const after = await totals(ledger);

    expect([before.calls, after.calls]).toEqual([1, 2]);
    expect(await ledger.keys('usage/days/')).toHaveLength(2);
  });

  it('in the order in which batches came, sums say the same', async () => {
    const entries = Array.from({ length: 9 }, (_, at) =>
      entry(`r${at}`, '2026-11-20T10:15:00Z', { caller: at % 2 === 0 ? 'shop' : 'till', ms: at / 7 }),
    );
    const forward = createLedger();
    for (const one of entries) await writeUsage(forward, [one]);
    const backward = createLedger();
    for (const one of entries.toReversed()) await writeUsage(backward, [one]);

    const reports = [await reportUsage(forward, november), await reportUsage(backward, november)];

    expect(reports[0]).toEqual(reports[1]);
  });
});

describe('a report', () => {
  const written = async () => {
    const ledger = createLedger();
    await writeUsage(ledger, [
      entry('r1', '2026-11-19T10:15:00Z'),
      entry('r2', '2026-11-20T10:15:00Z', { caller: 'till', model: 'chat', rows: 0, output_tokens: 7 }),
      entry('r3', '2026-11-20T10:15:00Z', { model: 'chat' }),
      entry('r4', '2026-11-20T10:15:00Z', { model: undefined, status: 429 }),
    ]);
    return ledger;
  };

  it.each([
    [
      'day',
      [
        { day: '2026-11-19', calls: 1 },
        { day: '2026-11-20', calls: 2, refused: 1 },
      ],
    ],
    [
      'key',
      [
        { key: 'shop', calls: 2, refused: 1 },
        { key: 'till', calls: 1, output_tokens: 7 },
      ],
    ],
    [
      'model',
      [
        { model: 'chat', calls: 2 },
        { model: 'heart', calls: 1, refused: 1 },
      ],
    ],
  ] as const)('tells figures apart by %s', async (groupBy, expected) => {
    const report = await reportUsage(await written(), { ...november, groupBy });

    expect(report.data).toMatchObject(expected);
    expect(report.total).toMatchObject({ calls: 3, refused: 1 });
  });

  it('is of one caller alone where it is asked so', async () => {
    const report = await reportUsage(await written(), { ...november, groupBy: 'key', caller: 'till' });

    expect(report.data).toEqual([expect.objectContaining({ key: 'till', calls: 1 })]);
    expect(report.total).toMatchObject({ calls: 1, refused: 0, output_tokens: 7 });
  });

  it('holds both of its days and no other', async () => {
    const ledger = createLedger();
    for (const day of ['18', '19', '20', '21']) {
      await writeUsage(ledger, [entry(`r${day}`, `2026-11-${day}T23:59:59Z`)]);
    }

    const report = await reportUsage(ledger, { from: '2026-11-19', to: '2026-11-20', groupBy: 'day' });

    expect(report.data.map(({ day }) => day)).toEqual(['2026-11-19', '2026-11-20']);
  });

  it('of an empty ledger is nothing, and leaves nothing behind', async () => {
    const ledger = createLedger();

    const report = await reportUsage(ledger, november);

    expect(report).toMatchObject({ data: [], total: { calls: 0, usd: 0 } });
    expect(ledger.writes).toEqual([]);
  });
});
