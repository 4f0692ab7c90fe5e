import { describe, expect, it } from 'vitest';
import {
  compareClusters,
  evaluateAnomalies,
  evaluateClusters,
  judgeClusters,
  scoreClusters,
} from '../../lib/evaluate/index.ts';

/** Two pairs on a line: 0 and 2, 10 and 12; their centres are 1 and 11. */
const features = { rows: 4, columns: 1, data: Float32Array.of(0, 2, 10, 12) };
const paired = judgeClusters({ features, groups: [0, 0, 1, 1], distances: [1, 1, 1, 1] });

describe('scores of groups', () => {
  it('are what they are by hand, next to one group and to chance', () => {
    const { silhouette, inertia, explained } = evaluateClusters([paired], { seed: 1 });

    // Rows 0 and 12: a = 2, b = 11; rows 2 and 10: a = 2, b = 9.
    expect(silhouette).toMatchObject({ baseline: 0 });
    expect(silhouette!.value).toBeCloseTo((9 / 11 + 7 / 9) / 2, 12);
    expect(inertia).toMatchObject({ value: 1, baseline: 26 });
    expect(explained).toMatchObject({ baseline: 0 });
    expect(explained!.value).toBeCloseTo(1 - 1 / 26, 12);
  });

  it('are undefined where all rows are in one group, and means over the folds otherwise', () => {
    const single = judgeClusters({ features, groups: [0, 0, 0, 0], distances: [6, 4, 4, 6] });

    const [first, second] = scoreClusters([paired, single]);
    const both = evaluateClusters([paired, single], { seed: 1 });

    expect(second!.has('silhouette')).toBe(false);
    expect(second!.get('explained')).toBeCloseTo(0, 12);
    expect(both.silhouette!.value).toBe(first!.get('silhouette'));
    expect(both.inertia!.value).toBe((1 + 26) / 2);
  });

  it('tell which of two ways to group the same rows is better, beyond chance', () => {
    const good = { candidate: [0, 0, 1, 1], champion: [0, 1, 0, 1] };

    const { verdict, difference } = compareClusters(features, good, { seed: 1 });
    const same = compareClusters(features, { candidate: [1, 1, 0, 0], champion: [0, 0, 1, 1] }, { seed: 1 });

    expect(verdict).toBe('better');
    expect(difference).toBeGreaterThan(0.8);
    expect(same).toEqual({ difference: 0, low: 0, high: 0, verdict: 'indistinguishable' });
  });
});

describe('scores of anomalies', () => {
  const scores = Float32Array.of(0.25, 0.375, 0.5, 0.75);

  it('are the share above the threshold where nothing is known of the rows', () => {
    const table = evaluateAnomalies([{ scores, threshold: 0.5 }], { seed: 1 });

    expect(Object.keys(table)).toEqual(['anomaly_share']);
    expect(table.anomaly_share).toMatchObject({ value: 0.5, baseline: null });
  });

  it('are those of a ranking for the rows that have a label', () => {
    const labels = [0, -1, 0, 1];

    const table = evaluateAnomalies([{ scores, threshold: 0.5, labels }], { seed: 1 });

    expect(table.auc).toMatchObject({ value: 1, baseline: 0.5 });
    expect(table.precision!.value).toBe(0.5);
    expect(table.recall!.value).toBe(1);
    expect(table.log_loss).toBeUndefined();
  });

  it('leave out what labels of one kind do not tell', () => {
    const table = evaluateAnomalies([{ scores, threshold: 0.5, labels: [0, 0, 0, -1] }], { seed: 1 });

    expect(Object.keys(table)).toEqual(['anomaly_share']);
  });
});
