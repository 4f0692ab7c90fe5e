/** An autoregression of hourly temperature against the day before. */
import { referenceOf } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'hourly-temperature';

export const hourlyTemperature: Example = {
  name,
  about: 'the temperature at three airports of New York, 24 hours ahead, by an autoregression',
  run: async (onramp) => {
    const { version } = await onramp.push('examples/data/new-york-temperature.csv', {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    const { value, baseline } = version.held_out.metrics.mae ?? {};
    const [ours, naive] = [value ?? Number.NaN, baseline ?? Number.NaN];
    const reference = referenceOf(name, 'mae');
    const referenceNaive = referenceOf(name, 'mae of the season before');
    return [
      { name: 'mean absolute error, last tenth', value: ours, reference, atMost: reference + 0.1 },
      { name: 'of the same hour of the day before', value: naive, reference: referenceNaive },
      {
        ...{ name: 'better by, %', value: 100 * (1 - ours / naive) },
        ...{ reference: 100 * (1 - reference / referenceNaive), atLeast: 25 },
      },
    ];
  },
};
