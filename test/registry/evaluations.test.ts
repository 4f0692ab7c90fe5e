import { describe, expect, it } from 'vitest';
import type { EvaluationReport } from '../../lib/contracts/index.ts';
import { sha256 } from '../../lib/core/index.ts';
import {
  findReport,
  listReports,
  putReport,
  requestEvaluation,
  requestRetrain,
} from '../../lib/registry/index.ts';
import { testContext } from './records.ts';

const report = (id: string, more: Partial<EvaluationReport> = {}): EvaluationReport => ({
  id,
  model: 'heart',
  version: '1',
  reason: 'schedule',
  created: '2026-11-22T12:00:00.000Z',
  dataset: 'heart',
  data_digest: sha256('data'),
  rows: 60,
  metric: 'auc',
  metrics: { auc: { value: 0.8, low: 0.7, high: 0.9, baseline: 0.5 } },
  decision: null,
  ...more,
});

describe('reports', () => {
  it('are written once; the second of the same id gives back the first', async () => {
    const context = testContext();
    const first = await putReport(context, report('2026-11-22'));

    const second = await putReport(context, report('2026-11-22', { rows: 7 }));

    expect(first).toEqual({ report: report('2026-11-22'), created: true });
    expect(second).toEqual({ report: report('2026-11-22'), created: false });
    expect(await findReport(context, 'heart', '2026-11-22')).toEqual(report('2026-11-22'));
    expect(await findReport(context, 'heart', '2026-11-23')).toBeNull();
  });

  it('are listed newest first, and only those are read', async () => {
    const context = testContext();
    for (const day of [3, 1, 4, 2]) await putReport(context, report(`2026-11-0${day}`));
    const read: string[] = [];
    const artifacts = {
      ...context.artifacts,
      get: (key: string) => {
        read.push(key);
        return context.artifacts.get(key);
      },
    } as typeof context.artifacts;

    const { items, hasMore } = await listReports({ ...context, artifacts }, 'heart', { limit: 2 });

    expect(items.map(({ id }) => id)).toEqual(['2026-11-04', '2026-11-03']);
    expect(hasMore).toBe(true);
    expect(read).toHaveLength(2);
    expect(await listReports(context, 'none', { limit: 2 })).toEqual({ items: [], hasMore: false });
  });
});

describe('requests', () => {
  it('are small objects under the keys that wake the functions, written once', async () => {
    const context = testContext();
    await requestRetrain(context, 'heart', 'a');
    await requestEvaluation(context, 'heart', 'b');
    context.clock.timeMs += 1000;
    await requestRetrain(context, 'heart', 'a');

    const retrain = await context.artifacts.get('models/heart/retrains/a.json');
    const evaluation = await context.artifacts.get('models/heart/evaluation-requests/b.json');

    expect(JSON.parse(Buffer.from(retrain!.body).toString())).toEqual({
      id: 'a',
      requested: '2026-11-22T12:00:00.000Z',
    });
    expect(JSON.parse(Buffer.from(evaluation!.body).toString())).toMatchObject({ id: 'b' });
  });
});
