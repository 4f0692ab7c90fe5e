import { expect, it } from 'vitest';
import type { Table } from '../../lib/dataset/index.ts';
import { createModelExplainer } from '../../lib/explain/index.ts';
import { createSession } from '../../lib/onnx/index.ts';
import { fitPreprocessor, packColumns, selectFeatures } from '../../lib/preprocess/index.ts';
import { meanPathLength } from '../../lib/train/trees/fit-isolation-forest.ts';
import { emitIsolationForest, type IsolationForest, type Tree } from '../../lib/train/trees/index.ts';
import { assembleUnsupervised } from '../../lib/train/unsupervised/assemble-unsupervised.ts';
import reference from './fixtures/isolation-shap.json' with { type: 'json' };

const names = ['a', 'b', 'c', 'd'];

const tableOf = (rows: readonly (readonly number[])[]): Table => ({
  rows: rows.length,
  columns: names.map((name, column) => ({
    name,
    type: 'numeric',
    values: Float64Array.from(rows, (row) => row[column]!),
  })),
});

/** A tree as scikit-learn has grown it; leaves hold the length of their paths. */
function treeOf({ feature, threshold, left, right, rows }: (typeof reference.trees)[number]): Tree {
  const depth = new Int32Array(feature.length);
  for (const [node, child] of left.entries()) {
    if (child < 0) continue;
    depth[child] = depth[node]! + 1;
    depth[right[node]!] = depth[node]! + 1;
  }
  return {
    feature: Int32Array.from(feature, (column) => Math.max(-1, column)),
    threshold: Float32Array.from(threshold),
    setStart: new Int32Array(feature.length).fill(-1),
    setWords: new Uint32Array(0),
    missingLeft: new Uint8Array(feature.length),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    values: Float32Array.from(left, (child, node) =>
      child < 0 ? depth[node]! + meanPathLength(rows[node]!) : 0,
    ),
    cover: Float32Array.from(rows),
  };
}

const forest: IsolationForest = {
  kind: 'isolation_forest',
  columns: names.length,
  samples: reference.samples,
  trees: reference.trees.map(treeOf),
};
const background = tableOf(reference.background);
const asked = tableOf(reference.rows);
const { features } = selectFeatures(background.columns, {});
const rows = Uint32Array.from(reference.background.keys());
const preprocessor = fitPreprocessor(background, features, rows, { spec: {}, style: 'tree' });
const file = assembleUnsupervised({
  preprocessor,
  fitted: { threshold: 0.5, emit: (builder, encoded) => emitIsolationForest(builder, encoded, forest) },
});

it('scores rows as the forest of scikit-learn does whose trees it has', async () => {
  const session = await createSession(file);

  const { score } = await session.run(packColumns(asked, features));

  await session.release();
  const gaps = reference.scores.map((value, row) => Math.abs(value - Number(score!.data[row])));
  expect(Math.max(...gaps)).toBeLessThan(1e-6);
});

it.each(['interventional', 'path_dependent'] as const)(
  'shares the logarithm of the score out as the shap package does the length of paths (%s)',
  async (method) => {
    const explainer = await createModelExplainer(file);

    const { base, values, scores } = await explainer.explain(
      packColumns(asked, features),
      packColumns(background, features),
      method,
    );

    await explainer.release();
    const factor = -Math.LN2 / meanPathLength(reference.samples);
    expect(base[0]).toBeCloseTo(factor * reference[method].base, 6);
    const theirs = reference[method].values.flat().map((value) => factor * value);
    expect(theirs).toHaveLength(values.length);
    expect(Math.max(...theirs.map((value, at) => Math.abs(value - values[at]!)))).toBeLessThan(1e-6);
    for (const [row, score] of reference.scores.entries())
      expect(scores[row]).toBeCloseTo(Math.log(score), 6);
  },
);
