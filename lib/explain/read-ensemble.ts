/** Reads the trees of a TreeEnsembleRegressor node (ONNX operators ai.onnx.ml, version 3). */
import { invalidInput } from '../core/index.ts';
import type { AttributeValue, NodeModel } from '../onnx/index.ts';
import type { Ensemble } from './types.ts';

const ourModes: ReadonlySet<string> = new Set(['LEAF', 'BRANCH_LEQ', 'BRANCH_EQ']);

/**
 * The trees of a node that our learners have written: branches `x <= threshold`, chains of branches `x = code` that share
 * their left child, sums or averages.
 *
 * @throws invalid_request `not_explainable` for another kind of ensemble
 */
export function readEnsemble({ attributes }: NodeModel): Ensemble {
  const numbers = (name: string): readonly number[] => numbersOf(attributes[name]);
  const treeIds = numbers('nodes_treeids');
  const nodeIds = numbers('nodes_nodeids');
  const modes = textsOf(attributes.nodes_modes);
  const isLeaf = (node: number): boolean => modes[node] === 'LEAF';
  const isOurs = modes.every((mode) => ourModes.has(mode));
  if (!isOurs || attributes.base_values !== undefined) {
    throw invalidInput(
      'The file has trees of a kind that Onramp does not write; method=kernel explains any model.',
      {
        code: 'not_explainable',
      },
    );
  }
  const places = placeNodes(treeIds, nodeIds);
  const childrenOf = (name: string): Int32Array => {
    const ids = numbers(name);
    return Int32Array.from(ids, (id, node) => (isLeaf(node) ? -1 : places(treeIds[node]!, id)));
  };
  const features = numbers('nodes_featureids');
  const left = childrenOf('nodes_truenodeids');
  const tested = numbers('nodes_values');
  const { right, codes } = foldChains(childrenOf('nodes_falsenodeids'), { left, features, modes, tested });
  const roots = Int32Array.from(new Set(treeIds), (tree) => places(tree, 0));
  const hitRates = numbers('nodes_hitrates');
  const isMean = textOf(attributes.aggregate_function) === 'AVERAGE';
  return {
    roots,
    feature: Int32Array.from(features, (column, node) => (isLeaf(node) ? -1 : column)),
    threshold: Float32Array.from(tested),
    codes,
    missingLeft: Uint8Array.from(numbers('nodes_missing_value_tracks_true')),
    left,
    right,
    cover: hitRates.length > 0 ? Float32Array.from(hitRates) : null,
    ...readValues(attributes, { places, nodes: nodeIds.length, divisor: isMean ? roots.length : 1 }),
    targets: numbers('n_targets')[0] ?? 1,
    depth: depthOf({ roots, left, right }),
  };
}

/**
 * Makes one split of every chain of branches `x = code` by one feature to one left child: its first node gets all codes,
 * and the right child of its last. The other nodes of a chain are no longer reached.
 */
function foldChains(
  right: Int32Array,
  {
    left,
    features,
    modes,
    tested,
  }: {
    readonly left: Int32Array;
    readonly features: readonly number[];
    readonly modes: readonly string[];
    readonly tested: readonly number[];
  },
): { readonly right: Int32Array; readonly codes: readonly (ReadonlySet<number> | null)[] } {
  const ends = right.slice();
  const codes = modes.map((mode, node) => {
    if (mode !== 'BRANCH_EQ') return null;
    const found = new Set([tested[node]!]);
    for (let next = right[node]!; isSameChain(next, node); next = right[next]!) {
      found.add(tested[next]!);
      ends[node] = right[next]!;
    }
    return found;
  });
  return { right: ends, codes };

  function isSameChain(next: number, node: number): boolean {
    return modes[next] === 'BRANCH_EQ' && features[next] === features[node] && left[next] === left[node];
  }
}

type Places = (tree: number, node: number) => number;

/** Where a node lies among all of them; nodes of one tree follow each other and are numbered from 0. */
function placeNodes(treeIds: readonly number[], nodeIds: readonly number[]): Places {
  const starts = new Map<number, number>();
  for (let place = 0; place < treeIds.length; place += 1) {
    if (nodeIds[place] === 0) starts.set(treeIds[place]!, place);
  }
  return (tree, node) => starts.get(tree)! + node;
}

function readValues(
  attributes: NodeModel['attributes'],
  { places, nodes, divisor }: { readonly places: Places; readonly nodes: number; readonly divisor: number },
): Pick<Ensemble, 'valueStart' | 'valueTarget' | 'values'> {
  const trees = numbersOf(attributes.target_treeids);
  const ids = numbersOf(attributes.target_nodeids);
  const targets = numbersOf(attributes.target_ids);
  const weights = numbersOf(attributes.target_weights);
  const owners = Int32Array.from(ids, (id, entry) => places(trees[entry]!, id));
  const valueStart = new Int32Array(nodes + 1);
  for (const owner of owners) valueStart[owner + 1]! += 1;
  for (let node = 0; node < nodes; node += 1) valueStart[node + 1]! += valueStart[node]!;
  const next = valueStart.slice();
  const valueTarget = new Int32Array(owners.length);
  const values = new Float64Array(owners.length);
  for (const [entry, owner] of owners.entries()) {
    const place = next[owner]!;
    next[owner] = place + 1;
    valueTarget[place] = targets[entry]!;
    values[place] = weights[entry]! / divisor;
  }
  return { valueStart, valueTarget, values };
}

/** Parents come before their children, so that one pass suffices. */
function depthOf({ roots, left, right }: Pick<Ensemble, 'roots' | 'left' | 'right'>): number {
  const depths = new Int32Array(left.length);
  for (const root of roots) depths[root] = 0;
  let deepest = 0;
  for (let node = 0; node < left.length; node += 1) {
    if (left[node]! < 0) continue;
    const below = depths[node]! + 1;
    depths[left[node]!] = below;
    depths[right[node]!] = below;
    deepest = Math.max(deepest, below);
  }
  return deepest;
}

function numbersOf(attribute: AttributeValue | undefined): readonly number[] {
  if (attribute?.kind === 'ints') return Array.from(attribute.value as ArrayLike<number>, Number);
  if (attribute?.kind === 'floats') return Array.from(attribute.value);
  return attribute?.kind === 'int' ? [Number(attribute.value)] : [];
}

const textsOf = (attribute: AttributeValue | undefined): readonly string[] =>
  attribute?.kind === 'strings' ? attribute.value : [];

const textOf = (attribute: AttributeValue | undefined): string =>
  attribute?.kind === 'string' ? attribute.value : '';
