import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/core/index.ts';
import { answerScores, chooseThreshold, confusionMatrix } from '../../lib/evaluate/index.ts';

function scoreAt(threshold: number, actual: readonly number[], scores: readonly number[]) {
  const predicted = scores.map((score) => (score >= threshold ? 1 : 0));
  return answerScores(confusionMatrix({ actual, predicted, classes: 2 }), 1);
}

describe('choosing a threshold', () => {
  it.each(['f1', 'balanced_accuracy'] as const)(
    'finds the best %s of all thresholds, also among ties',
    (objective) => {
      const random = createRandom(5);
      const actual = Array.from({ length: 300 }, () => (random.uniform() < 0.1 ? 1 : 0));
      const scores = actual.map(
        (label) => Math.round(20 * Math.min(1, 0.3 * random.uniform() + 0.2 * label)) / 20,
      );

      const { threshold, value } = chooseThreshold({ actual, scores, objective });
      const best = Math.max(...scores.map((score) => scoreAt(score, actual, scores)[objective]));

      expect(value).toBeCloseTo(best, 12);
      expect(scoreAt(threshold, actual, scores)[objective]).toBeCloseTo(best, 12);
      expect(scores).not.toContain(threshold);
    },
  );

  it('lies half-way between the scores it parts', () => {
    const choice = chooseThreshold({ actual: [0, 0, 1], scores: [0.1, 0.2, 0.4], objective: 'f1' });

    expect(choice.threshold).toBeCloseTo(0.3, 15);
    expect(choice.value).toBe(1);
  });

  it('never parts equal scores, however close their neighbours', () => {
    const next = 0.5 + Number.EPSILON / 2;
    const scores = [0.5, 0.5, next, next];
    const actual = [0, 0, 1, 1];

    const { threshold } = chooseThreshold({ actual, scores, objective: 'f1' });

    expect(scoreAt(threshold, actual, scores).f1).toBe(1);
  });

  it('takes the nearest to one half of equally good ones', () => {
    // Both 0.35 and 0.75 give a balanced accuracy of 0.75.
    const choice = chooseThreshold({
      actual: [0, 1, 0, 1],
      scores: [0.1, 0.6, 0.7, 0.8],
      objective: 'balanced_accuracy',
    });

    expect(choice.threshold).toBeCloseTo(0.35, 15);
    expect(choice.value).toBe(0.75);
  });

  it('stays at one half with one class', () => {
    expect(chooseThreshold({ actual: [1, 1], scores: [0.2, 0.9], objective: 'f1' })).toEqual({
      threshold: 0.5,
      value: null,
    });
  });

  it('bad call: a NaN score', () => {
    expect(() => chooseThreshold({ actual: [0, 1], scores: [0.2, Number.NaN], objective: 'f1' })).toThrow(
      'row 1',
    );
  });
});
