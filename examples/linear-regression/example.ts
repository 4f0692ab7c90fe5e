/** The same linear regression by normal equations and by gradient descent. */
import { figuresLike } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'linear-regression';
const data = 'examples/data/weather.csv';

export const linearRegression: Example = {
  name,
  about: "a day's highest temperature from its lowest, wind and rain; two ways to one answer",
  run: async (onramp) => {
    const solvers = ['normal-equations', 'gradient-descent'] as const;
    const answers: number[][] = [];
    let pushed: Awaited<ReturnType<typeof onramp.push>> | undefined;
    for (const solver of solvers) {
      const model = `example-${solver}`;
      pushed = await onramp.push(data, { model, spec: `examples/${name}/${solver}.json` });
      answers.push((await onramp.predict(model, data)).map(({ value }) => value));
    }
    const [exact = [], stepwise = []] = answers;
    const apart = exact.map((value, row) => Math.abs(value - (stepwise[row] ?? Number.NaN)));
    return [
      ...figuresLike(name, pushed!.version.metrics, { r2: 0.01 }),
      { name: 'largest difference of two answers, degrees', value: Math.max(...apart), atMost: 1e-4 },
    ];
  },
};
