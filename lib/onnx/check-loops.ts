/** Refuses loops that have no end, or none that can be known to come in time. */
import { refuse } from './refusal.ts';
import type { GraphModel, NodeModel, TensorData } from './types.ts';

/** Values of a graph that are known before it runs; `null` is one that is not. */
interface KnownValues {
  readonly own: Map<string, TensorData | null>;
  readonly outer: KnownValues | null;
}

/**
 * Looks at every Loop of a graph and of the graphs inside it. A trip count that is a constant must not pass `maxRounds`,
 * taken together with the loops around it; one that is computed from the inputs is not looked at.
 *
 * @throws OnrampError `endless_loop` if nothing can end a loop; `unbounded_loop` if nothing but its condition can, or
 *   if its trip count is too large
 */
export function checkLoops(graph: GraphModel, maxRounds: number): void {
  checkGraph(graph, null, { rounds: 1, maxRounds });
}

interface Bounds {
  /** How often the loops around a graph run it. */
  readonly rounds: number;
  readonly maxRounds: number;
}

function checkGraph(graph: GraphModel, outer: KnownValues | null, bounds: Bounds): void {
  const known: KnownValues = { own: new Map(), outer };
  for (const { name } of graph.inputs) known.own.set(name, null);
  for (const [name, tensor] of graph.initializers) known.own.set(name, tensor);
  for (const node of graph.nodes) {
    const rounds = isLoop(node) ? checkLoop(node, known, bounds) : bounds.rounds;
    for (const attribute of Object.values(node.attributes)) {
      if (attribute.kind === 'graph') checkGraph(attribute.value, known, { ...bounds, rounds });
    }
    const result = resultOf(node, known);
    for (const output of node.outputs) known.own.set(output, result);
  }
}

const isLoop = ({ opType, domain }: NodeModel): boolean => opType === 'Loop' && domain === '';

/** How often the body of a loop runs at most, the loops around it included, as far as that is known. */
function checkLoop(node: NodeModel, known: KnownValues, { rounds, maxRounds }: Bounds): number {
  const owner = `node Loop${node.name === '' ? '' : ` "${node.name}"`}`;
  const [count = '', condition = ''] = node.inputs;
  if (count === '') {
    if (isAlwaysTrue(condition, known) && keepsCondition(node)) {
      throw refuse('endless_loop', `${owner} never ends: it has no trip count and its condition stays true`);
    }
    throw refuse(
      'unbounded_loop',
      `${owner} has no trip count, so only its condition could end it; give it a trip count of at most ${maxRounds}`,
    );
  }
  const trips = firstNumber(find(count, known));
  if (trips === null) return rounds;
  const total = rounds * Math.max(1, trips);
  if (total <= maxRounds) return total;
  throw refuse(
    'unbounded_loop',
    `${owner} may run ${total} times, with the loops around it; at most ${maxRounds} are taken: lower its trip count`,
  );
}

/** True if the body hands its condition on as it is, or as a constant that is true. */
function keepsCondition({ attributes }: NodeModel): boolean {
  const body = attributes.body;
  if (body?.kind !== 'graph') return false;
  const { inputs, outputs, nodes, initializers } = body.value;
  const known: KnownValues = { own: new Map(initializers), outer: null };
  const truth: TensorData = { type: 'bool', dims: [], data: Uint8Array.of(1) };
  if (inputs[1]) known.own.set(inputs[1].name, truth);
  for (const node of nodes) {
    const result = resultOf(node, known);
    for (const output of node.outputs) known.own.set(output, result);
  }
  return outputs[0] !== undefined && isAlwaysTrue(outputs[0].name, known);
}

const isAlwaysTrue = (name: string, known: KnownValues): boolean =>
  name === '' || firstNumber(find(name, known)) === 1;

/** The value a node gives out, if it is a constant or another name of one. */
function resultOf({ opType, domain, inputs, attributes }: NodeModel, known: KnownValues): TensorData | null {
  if (domain !== '') return null;
  if (opType === 'Identity') return find(inputs[0] ?? '', known);
  if (opType !== 'Constant') return null;
  const { value, value_int: single } = attributes;
  if (value?.kind === 'tensor') return value.value;
  if (single?.kind === 'int') {
    return { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(single.value)) };
  }
  return null;
}

function find(name: string, known: KnownValues): TensorData | null {
  for (let scope: KnownValues | null = known; scope !== null; scope = scope.outer) {
    const found = scope.own.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

function firstNumber(tensor: TensorData | null): number | null {
  const first = tensor?.data[0];
  return first === undefined || typeof first === 'string' ? null : Number(first);
}
