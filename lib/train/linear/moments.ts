/** Joins the cross-products of parts of the rows, and tells from them alone how large a model's errors are. */
import type { CrossProducts } from './cross-products.ts';

/**
 * Cross-products over two parts together, each about its own mean before (Chan, Golub and LeVeque 1983).
 *
 * The means of constant columns are the same in both parts, so their products stay exactly 0.
 */
export function mergeProducts(left: CrossProducts, right: CrossProducts): CrossProducts {
  const weight = left.weight + right.weight;
  const share = right.weight / weight;
  const factor = left.weight * share;
  const apart = left.featureMeans.map((mean, column) => right.featureMeans[column]! - mean);
  const targetApart = right.targetMean - left.targetMean;
  const size = apart.length;
  const features = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const at = row * size + column;
      features[at] = left.features[at]! + right.features[at]! + factor * apart[row]! * apart[column]!;
    }
  }
  return {
    weight,
    features,
    target: apart.map((by, at) => left.target[at]! + right.target[at]! + factor * by * targetApart),
    targetSquares: left.targetSquares + right.targetSquares + factor * targetApart * targetApart,
    featureMeans: apart.map((by, column) => left.featureMeans[column]! + share * by),
    targetMean: left.targetMean + share * targetApart,
  };
}

/** The intercept that belongs to coefficients: the line goes through the means. */
export function interceptOf(
  coefficients: Float64Array,
  { featureMeans, targetMean }: Pick<CrossProducts, 'featureMeans' | 'targetMean'>,
): number {
  return coefficients.reduce(
    (sum, coefficient, column) => sum - coefficient * featureMeans[column]!,
    targetMean,
  );
}

/** A vector times the symmetric matrix of the features' products. */
export function timesProducts({ features }: CrossProducts, vector: Float64Array): Float64Array {
  const size = vector.length;
  const result = new Float64Array(size);
  for (let row = 0; row < size; row += 1) {
    const value = vector[row]!;
    if (value === 0) continue;
    for (let column = 0; column < size; column += 1)
      result[column]! += value * features[row * size + column]!;
  }
  return result;
}

/** Mean squared error of a linear model on the rows behind the cross-products. */
export function meanSquaredError(
  products: CrossProducts,
  coefficients: Float64Array,
  intercept: number,
): number {
  const { target, targetSquares, weight } = products;
  const product = timesProducts(products, coefficients);
  let around = targetSquares;
  for (let column = 0; column < target.length; column += 1) {
    around += coefficients[column]! * (product[column]! - 2 * target[column]!);
  }
  const offset = interceptOf(coefficients, products) - intercept;
  return Math.max(0, around) / weight + offset * offset;
}
