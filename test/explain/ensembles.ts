/** Small ensembles for tests, and Shapley values by their definition, over all subsets. */
import { createRandom, type Matrix, type Random } from '../../lib/core/index.ts';
import type { Ensemble } from '../../lib/explain/types.ts';

/** A tree as nested splits; a leaf is its values, one a target. */
export type Shape =
  | { readonly leaf: readonly number[]; readonly rows: number }
  | {
      readonly column: number;
      readonly threshold: number;
      /** Go left in place of what is not above the threshold. */
      readonly codes?: readonly number[];
      readonly missingLeft?: boolean;
      readonly left: Shape;
      readonly right: Shape;
    };

export const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float32Array.from(rows.flat()),
});

/** The flat form of some trees. */
export function ensembleOf(trees: readonly Shape[], targets = 1): Ensemble {
  const nodes: { feature: number; threshold: number; missing: number; left: number; right: number }[] = [];
  const cover: number[] = [];
  const leaves: (readonly number[])[] = [];
  const codes: (ReadonlySet<number> | null)[] = [];
  let depth = 0;
  const place = (shape: Shape, level: number): number => {
    depth = Math.max(depth, level);
    const node = nodes.push({ feature: -1, threshold: 0, missing: 0, left: -1, right: -1 }) - 1;
    leaves.push([]);
    codes.push('codes' in shape ? new Set(shape.codes) : null);
    if ('leaf' in shape) {
      leaves[node] = shape.leaf;
      cover[node] = shape.rows;
      return node;
    }
    const { column, threshold, missingLeft = false } = shape;
    const left = place(shape.left, level + 1);
    const right = place(shape.right, level + 1);
    nodes[node] = { feature: column, threshold, missing: missingLeft ? 1 : 0, left, right };
    cover[node] = cover[left]! + cover[right]!;
    return node;
  };
  const roots = trees.map((tree) => place(tree, 0));
  const starts = leaves.map((_, node) => leaves.slice(0, node).flat().length);
  return {
    roots: Int32Array.from(roots),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    threshold: Float32Array.from(nodes, ({ threshold }) => threshold),
    codes,
    missingLeft: Uint8Array.from(nodes, ({ missing }) => missing),
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    cover: Float32Array.from(cover),
    valueStart: Int32Array.from([...starts, leaves.flat().length]),
    valueTarget: Int32Array.from(leaves.flatMap((leaf) => leaf.map((_, target) => target))),
    values: Float64Array.from(leaves.flat()),
    targets,
    depth,
  };
}

/** A random tree of thresholds and sets of codes over few distinct values, so that features come again on a path and values tie with thresholds. */
export function randomTree(
  random: Random,
  options: { columns: number; depth: number; targets: number },
): Shape {
  const { columns, depth, targets } = options;
  if (depth === 0 || random.uniform() < 0.15) {
    return { leaf: Array.from({ length: targets }, () => random.normal()), rows: 1 + random.integer(9) };
  }
  const below = { ...options, depth: depth - 1 };
  return {
    column: random.integer(columns),
    threshold: random.integer(5),
    ...(random.uniform() < 0.3 && { codes: [0, 2, 3, 5].filter(() => random.uniform() < 0.6) }),
    missingLeft: random.uniform() < 0.5,
    left: randomTree(random, below),
    right: randomTree(random, below),
  };
}

/** Rows of small whole numbers, some of them missing. */
export function randomRows(seed: number, rows: number, columns: number): Matrix {
  const random = createRandom(seed);
  const value = (): number => (random.uniform() < 0.1 ? Number.NaN : random.integer(6));
  return matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, value)));
}

/** Shapley values of a game by their definition: the mean marginal contribution over all orders. */
export function shapleyValues(
  players: number,
  worth: (isIn: (player: number) => boolean) => number,
): number[] {
  const worths = Array.from({ length: 2 ** players }, (_, set) =>
    worth((player) => ((set >> player) & 1) === 1),
  );
  const factorial = (count: number): number => (count < 2 ? 1 : count * factorial(count - 1));
  return Array.from({ length: players }, (_, player) => {
    let value = 0;
    for (const [set, without] of worths.entries()) {
      if ((set >> player) & 1) continue;
      const size = set.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(players - size - 1)) / factorial(players);
      value += weight * (worths[set | (1 << player)]! - without);
    }
    return value;
  });
}
