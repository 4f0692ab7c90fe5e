import { describe, expect, it } from 'vitest';
import type { LearnerName, MetricName } from '../../lib/contracts/model-spec.ts';
import { examples, prepare, publish } from './examples.ts';

type Scores = Readonly<Partial<Record<MetricName, number>>>;

/**
 * What scikit-learn 1.9 reaches in five folds: a pipeline of imputer, scaler, one-hot encoder and LogisticRegression
 * or LinearRegression, and HistGradientBoosting on ordinal codes. Ridership is tested in consecutive blocks of time.
 */
const reference: Readonly<Record<string, Readonly<Partial<Record<LearnerName, Scores>>>>> = {
  'breast-cancer': { linear: { accuracy: 0.979 }, boosting: { accuracy: 0.97 } },
  'bird-strikes': { linear: { auc: 0.808 }, boosting: { auc: 0.798 } },
  'seattle-weather': {
    linear: { accuracy: 0.802, balanced_accuracy: 0.423 },
    boosting: { accuracy: 0.839, balanced_accuracy: 0.525 },
  },
  'chicago-ridership': { linear: { r2: 0.783, rmse: 2.95 }, boosting: { r2: 0.918, rmse: 1.81 } },
};

/** How much worse than the reference is still its equal; RMSE is in thousands of riders. */
const slack = 0.01;

describe.each(examples)('cross-validated scores on the $model example', (example) => {
  it.each(['linear', 'boosting'] as const)(
    'are no worse than those of scikit-learn (%s)',
    async (learner) => {
      const wanted = Object.entries(reference[example.model]![learner]!) as [MetricName, number][];

      const { manifest } = await publish(example, learner);

      const shortfalls = wanted.map(([metric, value]) => {
        const ours = manifest.metrics[metric]!.value;
        return metric === 'rmse' ? ours - value : value - ours;
      });
      expect(wanted.length).toBeGreaterThan(0);
      expect(Math.max(...shortfalls), JSON.stringify(manifest.metrics)).toBeLessThan(slack);
    },
  );
});

describe('bird strikes with the columns that only the damage explains', () => {
  it('come with a warning of leakage for each of the three', async () => {
    const strikes = examples.find(({ model }) => model === 'bird-strikes')!;
    const spec = { ...strikes.spec, features: { exclude: ['Flight Date'] } };

    const { profile } = await prepare({ ...strikes, spec });

    const leaks = profile.warnings.filter(({ code }) => code === 'leakage').map(({ column }) => column);
    expect(leaks.sort()).toEqual(['Cost Other', 'Cost Repair', 'Cost Total $']);
  });
});
