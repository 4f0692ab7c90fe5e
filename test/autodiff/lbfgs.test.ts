import { describe, expect, it } from 'vitest';
import { minimize, type Objective } from '../../lib/autodiff/lbfgs.ts';

const options = { tolerance: 1e-8, maxIterations: 500, inverseCurvature: 1, valueError: 1e-14 };

/** Sum of curvature[i] (x[i] - 1)^2 / 2. */
const quadratic =
  (curvatures: readonly number[]): Objective =>
  async (point, gradient) => {
    let value = 0;
    for (const [index, curvature] of curvatures.entries()) {
      const error = point[index]! - 1;
      gradient[index] = curvature * error;
      value += (curvature * error * error) / 2;
    }
    return value;
  };

/** The banana valley; its minimum is 0 at (1, 1). */
const rosenbrock: Objective = async (point, gradient) => {
  const [x, y] = [point[0]!, point[1]!];
  gradient[0] = -2 * (1 - x) - 400 * x * (y - x * x);
  gradient[1] = 200 * (y - x * x);
  return (1 - x) ** 2 + 100 * (y - x * x) ** 2;
};

describe('L-BFGS', () => {
  it.each([
    ['a round bowl', quadratic([1, 1, 1])],
    ['a bowl ten thousand times steeper on one side', quadratic([1e4, 1, 30])],
    ['a curved valley', rosenbrock],
  ])('finds the bottom of %s', async (_title, objective) => {
    const minimum = await minimize(
      objective,
      Float64Array.of(-1.2, 1, 3).subarray(0, objective === rosenbrock ? 2 : 3),
      options,
    );

    expect(minimum.converged).toBe(true);
    for (const component of minimum.point) expect(component).toBeCloseTo(1, 6);
  });

  it('needs far fewer iterations than there are directions of different curvature', async () => {
    const curvatures = Array.from({ length: 200 }, (_, index) => 1 + index / 50);

    const minimum = await minimize(quadratic(curvatures), new Float64Array(200), options);

    expect(minimum.converged).toBe(true);
    expect(minimum.iterations).toBeLessThan(40);
  });

  it('survives steps into overflow', async () => {
    const steep: Objective = async (point, gradient) => {
      gradient[0] = Math.exp(point[0]!) - 1;
      return Math.exp(point[0]!) - point[0]!;
    };

    const minimum = await minimize(steep, Float64Array.of(-5), { ...options, inverseCurvature: 1e6 });

    expect(minimum.point[0]!).toBeCloseTo(0, 6);
  });

  it('stays where it is when it starts at the bottom', async () => {
    const minimum = await minimize(quadratic([1]), Float64Array.of(1), options);

    expect(minimum).toMatchObject({ iterations: 0, converged: true, value: 0 });
  });

  it('ends when rounding hides any further descent', async () => {
    // Values and gradients as float32 would give them: no gradient below the tolerance is ever seen.
    const coarse: Objective = async (point, gradient) => {
      const error = Math.fround(point[0]! + 1e6) - 1e6;
      gradient[0] = error === 0 ? 1e-3 : error;
      return error * error;
    };

    const minimum = await minimize(coarse, Float64Array.of(3), { ...options, valueError: 1e-7 });

    expect(minimum.iterations).toBeLessThan(500);
    expect(Math.abs(minimum.point[0]!)).toBeLessThan(0.1);
  });
});
