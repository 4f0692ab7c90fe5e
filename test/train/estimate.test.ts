import { describe, expect, test } from 'vitest';
import type { TableLearnerName } from '../../lib/contracts/model-spec.ts';
import { estimateTraining, type TrainingSize } from '../../lib/train/index.ts';

const base: TrainingSize = {
  rows: 80_000,
  columns: 14,
  encodedColumns: 56,
  classes: 2,
  learners: ['forest'],
};
const sizeOf = (more: Partial<TrainingSize>): TrainingSize => ({ ...base, ...more });
const wide = { columns: 40, encodedColumns: 175 };

/** Processor seconds and peak memory in MB of real trainings, by `bench/training-needs.ts` on 22 November 2026. */
const measured: readonly [TrainingSize, number, number][] = [
  [sizeOf({ learners: ['linear'], rows: 20_000 }), 3.8, 247],
  [sizeOf({ learners: ['linear'], rows: 20_000, classes: 10 }), 8.5, 246],
  [sizeOf({ learners: ['linear'], rows: 250_000 }), 27.5, 603],
  [sizeOf({ learners: ['linear'], ...wide }), 27.4, 591],
  [sizeOf({ learners: ['forest'], rows: 20_000 }), 16.3, 573],
  [sizeOf({ learners: ['forest'], classes: 1 }), 42.6, 738],
  [sizeOf({ learners: ['forest'], rows: 20_000, classes: 10 }), 30.4, 739],
  [sizeOf({ learners: ['forest'], rows: 250_000 }), 111.5, 790],
  [sizeOf({ learners: ['forest'], ...wide }), 64.2, 784],
  [sizeOf({ learners: ['forest'], rows: 4000, parameters: { trees: 500 } }), 32.5, 778],
  [sizeOf({ learners: ['forest'], rows: 12_000, parameters: { trees: 10 } }), 4, 276],
  [sizeOf({ learners: ['boosting'], rows: 12_000, parameters: { trees: 20 } }), 3.4, 245],
  [sizeOf({ learners: ['average'], rows: 20_000 }), 31.3, 635],
  [sizeOf({ learners: ['boosting'], rows: 20_000 }), 11.6, 345],
  [sizeOf({ learners: ['boosting'], classes: 1 }), 21.1, 450],
  [sizeOf({ learners: ['boosting'], rows: 20_000, classes: 10 }), 95.9, 523],
  [sizeOf({ learners: ['boosting'], ...wide }), 57.7, 694],
  [sizeOf({ learners: ['linear', 'forest', 'boosting'], rows: 20_000 }), 28.1, 534],
];

test.each(measured)('%o is estimated within a factor of two', (size, seconds, memoryMb) => {
  const { processorSeconds, memoryBytes } = estimateTraining(size);

  expect(processorSeconds / seconds).toBeGreaterThan(0.5);
  expect(processorSeconds / seconds).toBeLessThan(2);
  expect(memoryBytes / 1_048_576 / memoryMb).toBeGreaterThan(0.5);
  expect(memoryBytes / 1_048_576 / memoryMb).toBeLessThan(2);
});

test('ten times the rows need about ten times the time, whatever the learner', () => {
  const large = { rows: 2_000_000 };

  for (const learner of ['linear', 'forest', 'boosting'] as const) {
    const one = estimateTraining(sizeOf({ learners: [learner], ...large }));
    const ten = estimateTraining(sizeOf({ learners: [learner], rows: 20_000_000 }));
    expect(ten.processorSeconds / one.processorSeconds).toBeCloseTo(10, 0);
  }
});

describe('the settings of a spec', () => {
  const seconds = (learner: TableLearnerName, parameters = {}) =>
    estimateTraining(sizeOf({ learners: [learner], parameters })).processorSeconds;

  test.each([
    ['forest', { trees: 500 }, 5],
    ['forest', { trees: 10 }, 0.1],
    ['forest', { max_depth: 4 }, 4 / Math.log2(base.rows)],
    ['forest', { max_features: 'all' }, Math.sqrt(base.columns)],
    ['extra_trees', { trees: 300 }, 3],
    ['boosting', { trees: 25 }, 0.25],
    ['nearest_neighbours', { max_rows: 1000 }, 1 / 5],
    ['network', { epochs: 10 }, 1 / 10],
  ] as const)('of %s, %o, change the time about %f times', (learner, parameters, times) => {
    const ratio = seconds(learner, parameters) / seconds(learner);

    expect(ratio / times).toBeGreaterThan(0.5);
    expect(ratio / times).toBeLessThan(2);
  });
});

describe('an ensemble', () => {
  const learners = [{ learner: 'linear' }, { learner: 'forest', parameters: { trees: 30 } }] as const;
  const alone = learners.map(({ learner, ...more }) =>
    estimateTraining(sizeOf({ learners: [learner], ...more })),
  );
  const sum = alone.reduce((total, { processorSeconds }) => total + processorSeconds, 0);

  test('needs what its learners need together, a stacking four times over and its last one, and memory for both', () => {
    const [average, stacking] = (['average', 'stacking'] as const).map((name) =>
      estimateTraining(sizeOf({ learners: [name], parameters: { learners } })),
    );

    expect(average!.processorSeconds).toBeCloseTo(sum, 6);
    const last = estimateTraining(sizeOf({ learners: ['linear'], columns: 2, encodedColumns: 2 }));
    expect(stacking!.processorSeconds).toBeCloseTo(4 * sum + last.processorSeconds, 6);
    expect(average!.memoryBytes).toBeGreaterThan(Math.max(...alone.map(({ memoryBytes }) => memoryBytes)));
  });

  test('needs less for a learner that looks at some columns only', () => {
    const narrow = learners.map((one) => ({ ...one, columns: ['age'] }));
    const ofColumns = (columns: readonly string[]) =>
      sizeOf({ columns: columns.length, encodedColumns: columns.length });

    const some = estimateTraining(
      sizeOf({ learners: ['average'], parameters: { learners: narrow }, ofColumns }),
    );

    expect(some.processorSeconds).toBeLessThan(0.7 * sum);
  });

  test.each([
    ['average', { learners: ['linear', 'kernel_svm'] }],
    ['stacking', { final: 'kernel_svm' }],
  ] as const)('bad call: too many rows for one of its learners are refused (%s, %o)', (name, parameters) => {
    const size = sizeOf({ learners: [name], parameters });

    expect(() => estimateTraining(size)).toThrow(/"kernel_svm" takes at most 20000 rows/);
  });
});

test('what a pause would have begun anew is a fold, of networks nothing', () => {
  const partOf = (name: TableLearnerName, parameters = {}) => {
    const { processorSeconds, longestPartSeconds } = estimateTraining(
      sizeOf({ learners: [name], parameters }),
    );
    return longestPartSeconds / processorSeconds;
  };
  const half = ['network', { learner: 'forest', parameters: { trees: 10 } }];

  expect(partOf('forest')).toBeCloseTo(1 / 5, 9);
  expect(partOf('network')).toBe(0);
  expect(partOf('average', { learners: half })).toBeLessThan(1 / 5);
  expect(partOf('average', { learners: half })).toBeGreaterThan(0);
});

test('a column of texts needs memory for the numbers that its terms become, not for so many texts', () => {
  const terms = 2000;
  const text = { length: 100, vocabulary: 20_000, terms };
  const size = { learners: ['linear'], columns: terms, encodedColumns: terms } as const;

  const plain = estimateTraining(sizeOf(size)).memoryBytes;
  const read = estimateTraining(sizeOf({ ...size, reads: { pictures: [], texts: [text] } })).memoryBytes;

  expect(read).toBeLessThan(0.2 * plain);
  expect(read).toBeGreaterThan(base.rows * terms * 4);
});

test('a path of penalties needs time with the third power of very many columns', () => {
  const secondsOf = (encodedColumns: number) =>
    estimateTraining(sizeOf({ learners: ['ridge'], rows: 1000, encodedColumns })).processorSeconds;

  expect(secondsOf(4000) / secondsOf(2000)).toBeCloseTo(8, 0);
});

test('a kernel machine needs time with the square of its rows', () => {
  const one = estimateTraining(sizeOf({ learners: ['kernel_svm'], rows: 5000 }));
  const double = estimateTraining(sizeOf({ learners: ['kernel_svm'], rows: 10_000 }));

  expect(double.processorSeconds / one.processorSeconds).toBeCloseTo(4, 0);
});

test('bad call: a million rows for a kernel machine are refused before a row is read', () => {
  const estimate = () => estimateTraining(sizeOf({ learners: ['kernel_svm'], rows: 1_000_000 }));

  expect(estimate).toThrow(/takes at most 20000 rows.* there are 1000000\. Use "svm"/);
});
