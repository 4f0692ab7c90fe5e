import { describe, expect, it } from 'vitest';
import { createRandom, type Matrix } from '../../lib/core/index.ts';
import { ensembleScores, goesLeft } from '../../lib/explain/ensemble-scores.ts';
import { interventionalTrees } from '../../lib/explain/interventional-trees.ts';
import { pathDependentTrees } from '../../lib/explain/path-dependent-trees.ts';
import type { Attribution, Ensemble } from '../../lib/explain/types.ts';
import { ensembleOf, matrix, randomRows, randomTree, type Shape, shapleyValues } from './ensembles.ts';

const noOffsets = new Float64Array(2);
const rowOf = ({ columns, data }: Matrix, row: number): number[] => [
  ...data.subarray(row * columns, (row + 1) * columns),
];

/** The mean score if the row keeps the features of a coalition and takes the others from each background row. */
function interventionalWorth(ensemble: Ensemble, row: number[], background: Matrix, target: number) {
  return (isIn: (feature: number) => boolean): number => {
    const mixed = Array.from({ length: background.rows }, (_, sample) =>
      rowOf(background, sample).map((value, feature) => (isIn(feature) ? row[feature]! : value)),
    );
    const scores = ensembleScores(ensemble, matrix(mixed)).filter(
      (_, index) => index % ensemble.targets === target,
    );
    return scores.reduce((sum, score) => sum + score, 0) / background.rows;
  };
}

/** The mean leaf if a feature outside the coalition sends the row both ways, by the training rows. */
function pathDependentWorth(ensemble: Ensemble, row: number[], target: number) {
  const { roots, feature, left, right, cover, valueStart, values } = ensemble;
  return (isIn: (feature: number) => boolean): number => {
    const meanBelow = (node: number): number => {
      const column = feature[node]!;
      if (column < 0) return values[valueStart[node]! + target]!;
      const [l, r] = [left[node]!, right[node]!];
      if (isIn(column)) return meanBelow(goesLeft(ensemble, node, row[column]!) ? l : r);
      return (cover![l]! * meanBelow(l) + cover![r]! * meanBelow(r)) / cover![node]!;
    };
    return [...roots].reduce((sum, root) => sum + meanBelow(root), 0);
  };
}

function expectEqualToBruteForce(
  attribution: Attribution,
  worthOf: (row: number, target: number) => (isIn: (feature: number) => boolean) => number,
): void {
  const { rows, targets, columns, base, scores, values } = attribution;
  for (let row = 0; row < rows; row += 1) {
    for (let target = 0; target < targets; target += 1) {
      const place = row * targets + target;
      const own = [...values.subarray(place * columns, (place + 1) * columns)];
      const worth = worthOf(row, target);
      const expected = shapleyValues(columns, worth);
      for (const [feature, value] of expected.entries()) expect(own[feature]).toBeCloseTo(value, 10);
      expect(base[target]).toBeCloseTo(
        worth(() => false),
        10,
      );
      expect(scores[place]).toBeCloseTo(
        worth(() => true),
        10,
      );
      expect(own.reduce((sum, value) => sum + value, base[target]!)).toBeCloseTo(scores[place]!, 10);
    }
  }
}

const random = createRandom(11);
const ensembles = Array.from({ length: 6 }, (_, index) => {
  const options = { columns: 5, depth: 2 + index, targets: 1 + (index % 2) };
  return { ...options, trees: Array.from({ length: 3 }, () => randomTree(random, options)) };
});

describe.each(ensembles)('trees of depth $depth with $targets target(s)', ({ trees, targets, columns }) => {
  const ensemble = ensembleOf(trees, targets);
  const rows = randomRows(21, 6, columns);

  it('have the interventional values that all subsets give, ties and missing values among them', () => {
    // More rows than fit into one word of bits.
    const background = randomRows(22, 40, columns);

    const attribution = interventionalTrees(ensemble, background, noOffsets)(rows);

    expectEqualToBruteForce(attribution, (row, target) =>
      interventionalWorth(ensemble, rowOf(rows, row), background, target),
    );
  });

  it('have the path-dependent values that all subsets give, ties and missing values among them', () => {
    const attribution = pathDependentTrees(ensemble, noOffsets)(rows);

    expectEqualToBruteForce(attribution, (row, target) =>
      pathDependentWorth(ensemble, rowOf(rows, row), target),
    );
  });
});

describe('an ensemble without splits', () => {
  const ensemble = ensembleOf([{ leaf: [0.25], rows: 9 }]);
  const rows = matrix([[1, 2]]);

  it.each([
    ['interventional', interventionalTrees(ensemble, matrix([[3, 4]]), Float64Array.of(2))],
    ['path-dependent', pathDependentTrees(ensemble, Float64Array.of(2))],
  ])('gives every feature zero and the offset to the base (%s)', (_name, explain) => {
    const { base, scores, values } = explain(rows);

    expect([...base, ...scores, ...values]).toEqual([2.25, 2.25, 0, 0]);
  });
});

it('a feature that no split uses gets exactly zero', () => {
  const stump: Shape = {
    column: 1,
    threshold: 2,
    left: { leaf: [1], rows: 3 },
    right: { leaf: [5], rows: 1 },
  };
  const ensemble = ensembleOf([stump, stump]);

  const { values } = interventionalTrees(ensemble, matrix([[0, 3, 0]]), noOffsets)(matrix([[9, 2, 9]]));

  expect([...values]).toEqual([0, -8, 0]);
});

it('a deep path with one feature again and again still adds up', () => {
  let chain: Shape = { leaf: [40], rows: 1 };
  for (let threshold = 40; threshold > 0; threshold -= 1) {
    const left: Shape = { leaf: [threshold], rows: 2 };
    chain = { column: threshold % 3, threshold: -threshold, left, right: chain };
  }
  const ensemble = ensembleOf([chain]);
  const rows = matrix([[1, 1, 1]]);

  const { base, scores, values } = pathDependentTrees(ensemble, noOffsets)(rows);

  expect(scores[0]).toBe(40);
  expect(base[0]! + values.reduce((sum, value) => sum + value)).toBeCloseTo(40, 9);
});

it('expected failure: trees that do not say how many rows came to each node', () => {
  const ensemble = { ...ensembleOf([{ leaf: [1], rows: 1 }]), cover: null };

  expect(() => pathDependentTrees(ensemble, noOffsets)).toThrow('tree_path_dependent needs');
});
