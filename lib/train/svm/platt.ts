/** Turns decision values into probabilities by Platt's sigmoid. */

/** Probability of the positive class = 1 / (1 + exp(slope * decision + offset)); the slope is mostly negative. */
export interface Sigmoid {
  readonly slope: number;
  readonly offset: number;
}

const maxIterations = 100;
const smallestStep = 1e-10;
/** Added to the Hessian's diagonal, so that it can be inverted. */
const ridge = 1e-12;
const gradientTolerance = 1e-8;
const sufficientDecrease = 1e-4;

/**
 * Newton's method with backtracking on the cross-entropy of smoothed targets (Lin, Lin and Weng 2007, "A note on Platt's
 * probabilistic outputs").
 *
 * @param decisions of rows the machine has not learnt from
 * @param positive 1 for rows of the positive class
 * @param weights one a row; all ones when left out
 */
export function fitSigmoid(decisions: Float64Array, positive: Uint8Array, weights?: Float64Array): Sigmoid {
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  let [ones, zeros] = [0, 0];
  for (let row = 0; row < positive.length; row += 1) {
    if (positive[row] === 1) ones += weightOf(row);
    else zeros += weightOf(row);
  }
  // Targets of 0 and 1 would make sure answers of few rows.
  const targets = Float64Array.from(positive, (one) =>
    one === 1 ? (ones + 1) / (ones + 2) : 1 / (zeros + 2),
  );
  const data = { decisions, targets, weightOf };
  let sigmoid: Sigmoid = { slope: 0, offset: Math.log((zeros + 1) / (ones + 1)) };
  let value = loss(data, sigmoid);
  for (let iteration = 0; iteration < maxIterations; iteration += 1) {
    const [first, second, curvature] = derivatives(data, sigmoid);
    if (Math.abs(first) < gradientTolerance && Math.abs(second) < gradientTolerance) break;
    const { slopes, mixed, offsets } = curvature;
    const determinant = slopes * offsets - mixed * mixed;
    const slopeStep = -(offsets * first - mixed * second) / determinant;
    const offsetStep = -(slopes * second - mixed * first) / determinant;
    const descent = first * slopeStep + second * offsetStep;
    let length = 1;
    let next: { readonly sigmoid: Sigmoid; readonly value: number } | undefined;
    for (; length >= smallestStep && !next; length /= 2) {
      const trial = {
        slope: sigmoid.slope + length * slopeStep,
        offset: sigmoid.offset + length * offsetStep,
      };
      const reached = loss(data, trial);
      if (reached < value + sufficientDecrease * length * descent) next = { sigmoid: trial, value: reached };
    }
    if (!next) break;
    ({ sigmoid, value } = next);
  }
  return sigmoid;
}

interface Data {
  readonly decisions: Float64Array;
  readonly targets: Float64Array;
  readonly weightOf: (row: number) => number;
}

/** Cross-entropy, written so that no exponential overflows. */
function loss({ decisions, targets, weightOf }: Data, { slope, offset }: Sigmoid): number {
  let sum = 0;
  for (let row = 0; row < decisions.length; row += 1) {
    const argument = decisions[row]! * slope + offset;
    const missing = argument >= 0 ? targets[row]! : targets[row]! - 1;
    sum += weightOf(row) * (missing * argument + Math.log1p(Math.exp(-Math.abs(argument))));
  }
  return sum;
}

interface Curvature {
  readonly slopes: number;
  readonly mixed: number;
  readonly offsets: number;
}

/** The loss's derivatives by slope and by offset, and the second ones. */
function derivatives(
  { decisions, targets, weightOf }: Data,
  { slope, offset }: Sigmoid,
): [slope: number, offset: number, curvature: Curvature] {
  let [bySlope, byOffset, slopes, mixed, offsets] = [0, 0, ridge, 0, ridge];
  for (let row = 0; row < decisions.length; row += 1) {
    const decision = decisions[row]!;
    const probability = 1 / (1 + Math.exp(decision * slope + offset));
    const error = weightOf(row) * (targets[row]! - probability);
    const spread = weightOf(row) * probability * (1 - probability);
    bySlope += decision * error;
    byOffset += error;
    slopes += decision * decision * spread;
    mixed += decision * spread;
    offsets += spread;
  }
  return [bySlope, byOffset, { slopes, mixed, offsets }];
}
