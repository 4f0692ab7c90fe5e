/** The network of Keras's example for handwritten digits, which learns from pictures that are moved and turned. */
import { digitsFolder } from '../tools/digits.ts';
import { metricValue } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'digits';

export const digits: Example = {
  name,
  about:
    'ten thousand digits of MNIST, by two convolutions with pools, moved and turned as they are learnt from',
  isLong: true,
  run: async (onramp) => {
    const { version } = await onramp.push(digitsFolder(), {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    const { rows, metrics } = version.held_out;
    return [
      {
        name: 'accuracy, digits held out',
        value: metricValue(metrics, 'accuracy'),
        atLeast: 0.985,
      },
      { name: 'digits held out', value: rows, atLeast: 1900 },
    ];
  },
};
