import { describe, expect, it } from 'vitest';
import { metricName } from '../../lib/contracts/model-spec.ts';
import {
  answerScores,
  averagePrecision,
  brierScore,
  classTable,
  confusionMatrix,
  evaluateClassification,
  logLoss,
  type MetricName,
  medianAbsoluteError,
  metrics,
  mostProbable,
  primaryMetric,
  rocAuc,
  valueScores,
} from '../../lib/evaluate/index.ts';
import oracle from './fixtures/metrics.json' with { type: 'json' };

const exactly = 1e-12;

function expectClose(actual: number | null | undefined, expected: number): void {
  expect(actual).toBeTypeOf('number');
  expect(Math.abs(actual! - expected)).toBeLessThanOrEqual(exactly * Math.max(1, Math.abs(expected)));
}

describe('classification metrics equal scikit-learn', () => {
  it.each(oracle.classification)('$name', (answers) => {
    const probabilities = Float64Array.from(answers.probabilities);

    const table = evaluateClassification({ ...answers, probabilities, seed: 1, resamples: 2 });

    for (const [name, expected] of Object.entries(answers.expected)) {
      expectClose(table[name as MetricName]?.value, expected);
    }
  });

  it.each(oracle.classification)('$name: confusion matrix and table of classes', (answers) => {
    const matrix = confusionMatrix(answers);

    const table = classTable(matrix);

    expect([...matrix.counts]).toEqual(answers.confusion);
    for (const key of ['precision', 'recall', 'f1', 'support'] as const) {
      for (const [k, scores] of table.entries()) expectClose(scores[key], answers.table[key][k]!);
    }
  });

  it('the functions for one metric agree with the table of all', () => {
    const answers = oracle.classification[1]!;
    const probabilities = Float64Array.from(answers.probabilities);
    const scores = answers.actual.map((_, row) => probabilities[2 * row + 1]!);

    const scored = { ...answers, probabilities };

    expectClose(rocAuc(scores, answers.actual), answers.expected.auc);
    expectClose(averagePrecision(scores, answers.actual), answers.expected.average_precision);
    expectClose(logLoss(scored), answers.expected.log_loss);
    expectClose(brierScore(scored), answers.expected.brier);
    expectClose(answerScores(confusionMatrix(answers), 1).f1, answers.expected.f1);
  });
});

describe('regression metrics equal scikit-learn', () => {
  it.each(oracle.regression)('$name', (answers) => {
    const scores = valueScores(answers);

    for (const [name, expected] of Object.entries(answers.expected)) {
      const found = scores[name as keyof typeof scores];
      if (expected === null) expect(found).toBeNull();
      else expectClose(found, expected);
    }
    expectClose(medianAbsoluteError(answers), answers.median_absolute_error);
  });

  it('the quantile loss weighs rows above by the quantile, and rows below by the rest', () => {
    const answers = { actual: [3, 0, 5], predicted: [1, 1, 5] };

    expect(valueScores({ ...answers, quantile: 0.9 }).pinball).toBeCloseTo((0.9 * 2 + 0.1 * 1) / 3, 12);
    expect(valueScores(answers).pinball).toBeUndefined();
  });

  it('R2 of one row is undefined', () => {
    expect(valueScores({ actual: [1], predicted: [2] }).r2).toBeNull();
  });
});

describe('what is undefined is null, not NaN', () => {
  it('AUC of rows of one class', () => {
    expect(rocAuc([0.2, 0.7], [1, 1])).toBeNull();
    expect(rocAuc([0.2, 0.7], [0, 0])).toBeNull();
  });

  it('average precision without a positive row', () => {
    expect(averagePrecision([0.2, 0.7], [0, 0])).toBeNull();
  });

  it('a class that does not occur is left out of the multiclass AUC', () => {
    const probabilities = Float64Array.of(0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.5, 0.4, 0.1);

    const table = evaluateClassification({
      actual: [0, 1, 1],
      probabilities,
      classes: 3,
      seed: 1,
      resamples: 2,
    });

    expect(table.auc?.value).toBe(1);
  });
});

describe('log loss', () => {
  it('clips float32 probabilities at the epsilon of float32', () => {
    const loss = logLoss({ actual: [1], probabilities: Float32Array.of(1, 0), classes: 2 });

    expect(loss).toBeCloseTo(23 * Math.LN2, 12);
  });
});

describe('most probable class', () => {
  it('is the first of equal ones', () => {
    expect([...mostProbable(Float64Array.of(0.5, 0.5, 0.1, 0.9), 2)]).toEqual([0, 1]);
  });
});

describe('the table of metrics', () => {
  it('describes every metric a model may be chosen by, under its own name', () => {
    expect(Object.keys(metrics).sort()).toEqual([...metricName.options].sort());
    for (const [name, info] of Object.entries(metrics)) expect(info.name).toBe(name);
  });

  it('calls errors and losses better when lower', () => {
    const lower = Object.values(metrics).filter(({ better }) => better === 'lower');

    expect(lower.map(({ name }) => name)).toEqual([
      ...['log_loss', 'brier', 'mse', 'rmse', 'mae', 'mape'],
      ...['smape', 'mase', 'pinball', 'inertia'],
    ]);
  });

  it('chooses a metric that a trivial answer does not satisfy', () => {
    expect(primaryMetric('classification', [900, 100])).toBe('auc');
    expect(primaryMetric('classification', [40, 30, 30])).toBe('accuracy');
    expect(primaryMetric('classification', [95, 3, 2])).toBe('balanced_accuracy');
    expect(primaryMetric('regression')).toBe('rmse');
  });
});

describe('bad call', () => {
  it.each([
    [
      'different lengths',
      () => confusionMatrix({ actual: [0], predicted: [0, 1], classes: 2 }),
      '1 actual classes',
    ],
    ['a class number too high', () => confusionMatrix({ actual: [2], predicted: [0], classes: 2 }), 'Row 0'],
    ['a NaN score', () => rocAuc([0.1, Number.NaN], [0, 1]), 'row 1 is NaN'],
    ['scores of other rows', () => rocAuc([0.1], [0, 1]), '1 scores but 2'],
    [
      'too few probabilities',
      () => logLoss({ actual: [0, 1], probabilities: Float64Array.of(1, 0), classes: 2 }),
      '4',
    ],
    [
      'a probability above 1',
      () => brierScore({ actual: [0], probabilities: Float64Array.of(1.5, -0.5), classes: 2 }),
      'probability 1.5',
    ],
    ['a prediction that is not finite', () => valueScores({ actual: [1], predicted: [Number.NaN] }), 'Row 0'],
    ['no rows', () => valueScores({ actual: [], predicted: [] }), 'no rows'],
  ])('bad call: %s', (_title, call, message) => {
    expect(call).toThrow(message);
  });
});
