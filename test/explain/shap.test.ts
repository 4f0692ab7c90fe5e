import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { interventionalTrees } from '../../lib/explain/interventional-trees.ts';
import { pathDependentTrees } from '../../lib/explain/path-dependent-trees.ts';
import { ensembleOf, matrix, type Shape } from './ensembles.ts';

interface ShapValues {
  readonly base: readonly number[];
  /** [rows, features, targets] */
  readonly values: readonly (readonly (readonly number[])[])[];
}

interface Fixture {
  readonly trees: readonly Shape[];
  readonly background: readonly (readonly (number | null)[])[];
  readonly rows: readonly (readonly (number | null)[])[];
  readonly interventional: ShapValues;
  readonly path_dependent: ShapValues;
}

const fixture: Fixture = JSON.parse(readFileSync(new URL('./fixtures/shap.json', import.meta.url), 'utf8'));
const matrixOf = (rows: Fixture['rows']) =>
  matrix(rows.map((row) => row.map((value) => value ?? Number.NaN)));

it.each(['interventional', 'path_dependent'] as const)(
  'equals the shap package on two outputs (%s)',
  (method) => {
    const ensemble = ensembleOf(fixture.trees, 2);
    const offsets = new Float64Array(2);
    const explain =
      method === 'interventional'
        ? interventionalTrees(ensemble, matrixOf(fixture.background), offsets)
        : pathDependentTrees(ensemble, offsets);

    const { base, values, targets, columns } = explain(matrixOf(fixture.rows));

    const expected = fixture[method];
    for (const [target, value] of expected.base.entries()) expect(base[target]).toBeCloseTo(value, 9);
    const theirs = expected.values.flatMap((row) =>
      Array.from({ length: targets }, (_, target) => row.map((feature) => feature[target]!)).flat(),
    );
    const gaps = theirs.map((value, index) => Math.abs(values[index]! - value));
    expect(values).toHaveLength(fixture.rows.length * targets * columns);
    expect(theirs).toHaveLength(values.length);
    // Single precision inside shap's interventional sums.
    expect(Math.max(...gaps)).toBeLessThan(1e-6);
  },
);
