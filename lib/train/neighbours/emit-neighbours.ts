/** Writes the search for the nearest rows as nodes of an ONNX graph. */
import type { Matrix } from '../../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';

/** Rows that answer. */
export interface StoredRows {
  readonly rows: Matrix;
  /** What each of them says: row-major [rows, outputs]. */
  readonly votes: Float32Array;
  readonly outputs: number;
}

/** How they answer. */
export interface NeighbourSettings {
  readonly k: number;
  readonly weights: 'uniform' | 'distance';
}

/** Values of a block of questions in memory at most: their distances to all rows, and their neighbours. */
const blockValues = 4_000_000;
const mostBlockRows = 1024;
const float = attr.int(1);
const double = attr.int(11);

/**
 * The sum of the nearest rows' votes, each times its weight, float32 [N, outputs].
 *
 * |x - s|^2 is |s|^2 - 2 x.s and what is the same for all s; it is computed in float64, as the difference of large
 * numbers tells near rows apart. Questions are taken block by block (`Scan`), so that memory does not grow with them.
 * For weights the distances to the chosen rows are computed anew, by differences: that of an equal row is exactly 0.
 *
 * @param features float32 [N, columns]
 */
export function emitNeighbours(
  builder: GraphBuilder,
  features: Value,
  stored: StoredRows,
  settings: NeighbourSettings,
): Value {
  const { columns } = stored.rows;
  const blockRows = Math.floor(blockValues / (stored.rows.rows + settings.k * columns));
  const { blocks, rows } = cutBlocks(builder, features, {
    columns,
    size: Math.max(1, Math.min(mostBlockRows, blockRows)),
  });
  const body = builder.subgraph('neighbours_of_block');
  const block = body.input('block', 'float32', ['B', columns]);
  const votes = voteOf(body, block, shareRows(builder, stored), settings);
  body.output('votes', votes, 'float32', ['B', stored.outputs]);
  const all = builder.op('Scan', [blocks], {
    body: attr.graph(body.graph()),
    num_scan_inputs: attr.int(1),
  });
  const flat = builder.op('Reshape', [all, builder.integers([-1, stored.outputs])]);
  return builder.op('Slice', [flat, builder.integers([0]), rows, builder.integers([0])]);
}

/** Questions as [blocks, rows, columns], the last block filled up, and the number of questions as int64 [1]. */
function cutBlocks(
  builder: GraphBuilder,
  features: Value,
  { columns, size }: { readonly columns: number; readonly size: number },
): { readonly blocks: Value; readonly rows: Value } {
  const one = builder.integers([1]);
  const upwards = (value: Value, by: Value): Value => {
    const rounded = builder.op('Sub', [builder.op('Add', [value, by]), one]);
    return builder.op('Max', [builder.op('Div', [rounded, by]), one]);
  };
  const rows = builder.op('Shape', [features], { start: attr.int(0), end: attr.int(1) });
  const count = upwards(rows, builder.integers([size]));
  const blockRows = upwards(rows, count);
  const missing = builder.op('Sub', [builder.op('Mul', [count, blockRows]), rows]);
  const pads = builder.op('Concat', [builder.integers([0, 0]), missing, builder.integers([0])], {
    axis: attr.int(0),
  });
  const padded = builder.op('Pad', [features, pads]);
  const shape = builder.op('Concat', [count, blockRows, builder.integers([columns])], { axis: attr.int(0) });
  return { blocks: builder.op('Reshape', [padded, shape]), rows };
}

/** What all blocks need, made once outside of them. */
interface SharedRows {
  readonly rows: Value;
  /** float64 [columns, rows], about the centre. */
  readonly transposed: Value;
  /** float64 [rows]: squares of the rows about the centre. */
  readonly squares: Value;
  /** float64 [columns]. */
  readonly centre: Value;
  readonly votes: Value;
}

function shareRows(builder: GraphBuilder, { rows: stored, votes, outputs }: StoredRows): SharedRows {
  const rows = builder.floats(stored.data, [stored.rows, stored.columns], 'stored_rows');
  const wide = builder.op('Cast', [rows], { to: double });
  const centre = builder.op('ReduceMean', [wide, builder.integers([0])], { keepdims: attr.int(0) });
  const centred = builder.op('Sub', [wide, centre]);
  return {
    rows,
    transposed: builder.op('Transpose', [centred], { perm: attr.ints([1, 0]) }),
    squares: builder.op('ReduceSumSquare', [centred, builder.integers([1])], { keepdims: attr.int(0) }),
    centre,
    votes: builder.floats(votes, [stored.rows, outputs], 'stored_votes'),
  };
}

function voteOf(
  body: GraphBuilder,
  block: Value,
  shared: SharedRows,
  { k, weights }: NeighbourSettings,
): Value {
  const centred = body.op('Sub', [body.op('Cast', [block], { to: double }), shared.centre]);
  const products = body.op('MatMul', [centred, shared.transposed]);
  const two = body.constant({ type: 'float64', dims: [], data: Float64Array.of(2) });
  const distances = body.op('Sub', [shared.squares, body.op('Mul', [products, two])]);
  const [, nearest] = body.ops('TopK', 2, [distances, body.integers([k])], {
    axis: attr.int(1),
    largest: attr.int(0),
    sorted: attr.int(0),
  }) as [Value, Value];
  const votes = body.op('Gather', [shared.votes, nearest], { axis: attr.int(0) });
  if (weights === 'uniform') {
    return body.op('ReduceSum', [votes, body.integers([1])], { keepdims: attr.int(0) });
  }
  const row = body.op('Unsqueeze', [
    closeness(body, block, { rows: shared.rows, nearest }),
    body.integers([1]),
  ]);
  return body.op('Squeeze', [body.op('MatMul', [row, votes]), body.integers([1])]);
}

/** Inverse distances [B, k] that add up to 1 in each row; where a row is among the stored ones, those alone count. */
function closeness(
  body: GraphBuilder,
  block: Value,
  { rows, nearest }: { readonly rows: Value; readonly nearest: Value },
): Value {
  const neighbours = body.op('Gather', [rows, nearest], { axis: attr.int(0) });
  const apart = body.op('Sub', [body.op('Unsqueeze', [block, body.integers([1])]), neighbours]);
  const squares = body.op('ReduceSumSquare', [apart, body.integers([2])], { keepdims: attr.int(0) });
  const distances = body.op('Sqrt', [squares]);
  const zero = body.floats([0], []);
  const equal = body.op('Cast', [body.op('Equal', [distances, zero])], { to: float });
  const anyEqual = body.op('ReduceMax', [equal, body.integers([1])], { keepdims: attr.int(1) });
  const inverse = body.op('Reciprocal', [body.op('Max', [distances, body.floats([1e-30], [])])]);
  const chosen = body.op('Where', [body.op('Greater', [anyEqual, zero]), equal, inverse]);
  const total = body.op('ReduceSum', [chosen, body.integers([1])], { keepdims: attr.int(1) });
  return body.op('Div', [chosen, total]);
}
