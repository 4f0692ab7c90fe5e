/** Writes naive Bayes as nodes of an ONNX graph. */
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';
import type { EmittedModel } from '../types.ts';
import type { CategoryPart, ColumnRange, GaussianPart, NaiveBayes, TermPart } from './types.ts';

const float = attr.int(1);
const double = attr.int(11);
const integer = attr.int(7);

/**
 * Probabilities float32 [N, classes] by Bayes' rule; logarithms are added up in float64.
 *
 * @param features float32 [N, columns]; NaN and the category -1 say nothing
 */
export function emitBayes(builder: GraphBuilder, features: Value, model: NaiveBayes): EmittedModel {
  const { classes, logPriors, parts } = model;
  let sum = doubles(builder, logPriors, [1, classes]);
  for (const part of parts) {
    const columns = slice(builder, features, part);
    const logs =
      part.kind === 'gaussian'
        ? gaussian(builder, columns, part, classes)
        : part.kind === 'categories'
          ? categories(builder, columns, part, classes)
          : terms(builder, columns, part, classes);
    sum = builder.op('Add', [sum, logs]);
  }
  const answer = builder.op('Cast', [builder.op('Softmax', [sum], { axis: attr.int(1) })], { to: float });
  return { answer, score: answer, style: 'other', units: 'probability' };
}

function slice(builder: GraphBuilder, features: Value, { start, size }: ColumnRange): Value {
  const bounds = [[start], [start + size], [1]].map((values) => builder.integers(values));
  return builder.op('Slice', [features, ...bounds]);
}

/**
 * The normal log-densities, added up: three products of matrices, for x^2, x and 1, each 0 where x is missing. x is taken
 * from the mean of the classes first, so that large numbers do not cancel.
 */
function gaussian(builder: GraphBuilder, columns: Value, part: GaussianPart, classes: number): Value {
  const { size, means, variances } = part;
  const centre = Float64Array.from({ length: size }, (_, column) => {
    const own = means.subarray(column * classes, (column + 1) * classes);
    return own.reduce((sum, mean) => sum + mean, 0) / classes;
  });
  const apart = means.map((mean, at) => mean - centre[Math.floor(at / classes)]!);
  const dims = [size, classes];
  const squareFactors = doubles(
    builder,
    variances.map((variance) => -1 / (2 * variance)),
    dims,
  );
  const factors = doubles(
    builder,
    apart.map((mean, at) => mean / variances[at]!),
    dims,
  );
  const constants = doubles(
    builder,
    apart.map(
      (mean, at) => -(mean * mean) / (2 * variances[at]!) - Math.log(2 * Math.PI * variances[at]!) / 2,
    ),
    dims,
  );
  const wide = builder.op('Cast', [columns], { to: double });
  const missing = builder.op('IsNaN', [wide]);
  const zero = doubles(builder, Float64Array.of(0), []);
  const deviations = builder.op('Where', [
    missing,
    zero,
    builder.op('Sub', [wide, doubles(builder, centre, [size])]),
  ]);
  const present = builder.op('Where', [missing, zero, doubles(builder, Float64Array.of(1), [])]);
  const squares = builder.op('MatMul', [builder.op('Mul', [deviations, deviations]), squareFactors]);
  const linear = builder.op('MatMul', [deviations, factors]);
  return builder.op('Add', [
    builder.op('Add', [squares, linear]),
    builder.op('MatMul', [present, constants]),
  ]);
}

/** Looks the logarithm of each category up; the table's first row, of zeros, is for unknown ones. */
function categories(builder: GraphBuilder, columns: Value, part: CategoryPart, classes: number): Value {
  const { size, codes, logShares } = part;
  const table = new Float64Array(logShares.length + classes);
  table.set(logShares, classes);
  let next = 1;
  const starts = codes.map((count) => {
    next += count;
    return next - count;
  });
  const known = builder.op('And', [
    builder.op('GreaterOrEqual', [columns, builder.floats([0], [])]),
    builder.op('Less', [columns, builder.floats(codes, [size])]),
  ]);
  const code = builder.op('Where', [known, columns, builder.floats([0], [])]);
  const place = builder.op('Add', [builder.op('Cast', [code], { to: integer }), builder.integers(starts)]);
  const line = builder.op('Where', [known, place, builder.integers([0], [])]);
  const logs = builder.op('Gather', [doubles(builder, table, [table.length / classes, classes]), line]);
  return builder.op('ReduceSum', [logs, builder.integers([1])], { keepdims: attr.int(0) });
}

function terms(builder: GraphBuilder, columns: Value, { size, logShares }: TermPart, classes: number): Value {
  const wide = builder.op('Cast', [columns], { to: double });
  return builder.op('MatMul', [wide, doubles(builder, logShares, [size, classes])]);
}

const doubles = (builder: GraphBuilder, data: Float64Array, dims: readonly number[]): Value =>
  builder.constant({ type: 'float64', dims, data });
