/** Clean, standardise, logistic regression; accuracy, recall and F1. */
import { figuresLike } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'logistic-regression';

export const logisticRegression: Example = {
  name,
  about:
    'which bird strikes damage the aircraft: missing speeds filled, numbers standardised, classes balanced',
  run: async (onramp) => {
    const { version } = await onramp.push('examples/data/birdstrikes.csv', {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    return figuresLike(name, version.metrics, { accuracy: 0.01, recall: 0.03, f1: 0.015 });
  },
};
