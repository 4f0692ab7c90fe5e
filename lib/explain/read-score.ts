/** Finds in a published graph how its score is made: backwards from the score to the trees or the weights. */
import type { ModelEncoding } from '../contracts/encoding.ts';
import { invalidInput, type OnrampError } from '../core/index.ts';
import type { NodeModel, OnnxModel } from '../onnx/index.ts';
import { readEnsemble } from './read-ensemble.ts';
import type { Score } from './types.ts';

/** Operators that change the shape or type of the score, not its value. */
const neutral: ReadonlySet<string> = new Set(['Squeeze', 'Cast', 'Identity']);

/**
 * The score of a model from its graph.
 *
 * @throws invalid_request `not_explainable` for a graph that does not make its score as our learners do
 */
export function readScore(model: OnnxModel, { features, score, style }: ModelEncoding): Score {
  const { nodes, initializers } = model.graph;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const weightOf = (name: string): Float64Array | null => {
    const tensor = initializers.get(name);
    return tensor ? Float64Array.from(tensor.data as Float64Array) : null;
  };
  const shifts: Float64Array[] = [];
  let node = makers.get(score);
  while (node && (neutral.has(node.opType) || node.opType === 'Add')) {
    const shift = node.opType === 'Add' ? weightOf(node.inputs[1]!) : null;
    if (node.opType === 'Add' && shift === null) throw notExplainable(node);
    if (shift) shifts.push(shift);
    node = makers.get(node.inputs[0]!);
  }
  if (!node) throw notExplainable(node);
  const offsetsOf = (targets: number): Float64Array => addUp(shifts, targets);
  if (style === 'trees' && node.opType === 'TreeEnsembleRegressor' && node.inputs[0] === features) {
    const ensemble = readEnsemble(node);
    return { style, ensemble, offsets: offsetsOf(ensemble.targets) };
  }
  const weights = style === 'linear' && node.opType === 'MatMul' ? weightOf(node.inputs[1]!) : null;
  if (!weights) throw notExplainable(node);
  const [, targets = 1] = initializers.get(node.inputs[1]!)!.dims;
  return { style: 'linear', weights, targets, offsets: offsetsOf(targets) };
}

/** A shift of one value is the same for every target. */
function addUp(shifts: readonly Float64Array[], targets: number): Float64Array {
  const sum = new Float64Array(targets);
  for (const shift of shifts) {
    for (let target = 0; target < targets; target += 1)
      sum[target]! += shift[shift.length === 1 ? 0 : target]!;
  }
  return sum;
}

const notExplainable = (node: NodeModel | undefined): OnrampError =>
  invalidInput(
    `The file's score cannot be followed back${node ? ` beyond a node ${node.opType}` : ''}; method=kernel explains any model.`,
    { code: 'not_explainable' },
  );
