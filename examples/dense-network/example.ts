/** Dense layers of 64, 64 and 1 units, with binary cross-entropy. */
import { figuresLike } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'dense-network';

export const denseNetwork: Example = {
  name,
  about: 'malignant or benign, by dense layers of 64, 64 and 1 units with binary cross-entropy',
  run: async (onramp) => {
    const { version } = await onramp.push('examples/data/breast_cancer.csv', {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    return figuresLike(name, version.metrics, { accuracy: 0.015, auc: 0.01 });
  },
};
