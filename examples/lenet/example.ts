/** LeNet-5, by stochastic gradient descent with momentum. */
import { digitsFolder } from '../tools/digits.ts';
import { metricValue, referenceOf } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'lenet';

export const lenet: Example = {
  name,
  about: 'ten thousand digits of MNIST, by LeNet-5 and gradient steps with momentum 0.9',
  isLong: true,
  run: async (onramp) => {
    const { version } = await onramp.push(digitsFolder(), {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    const { rows, metrics } = version.held_out;
    const reference = referenceOf(name, 'accuracy');
    return [
      {
        name: 'accuracy, digits held out',
        value: metricValue(metrics, 'accuracy'),
        reference,
        atLeast: reference - 0.01,
      },
      { name: 'digits held out', value: rows, atLeast: 1900 },
    ];
  },
};
