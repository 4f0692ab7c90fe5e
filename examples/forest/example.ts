/** A random forest of 100 trees that are five splits deep. */
import { figuresLike } from '../tools/figures.ts';
import type { Example } from '../tools/types.ts';

const name = 'forest';

export const forest: Example = {
  name,
  about: 'malignant or benign, from measurements of cell nuclei, by 100 trees of depth 5',
  run: async (onramp) => {
    const { version } = await onramp.push('examples/data/breast_cancer.csv', {
      model: `example-${name}`,
      spec: `examples/${name}/spec.json`,
    });
    return figuresLike(name, version.metrics, { accuracy: 0.015, auc: 0.01 });
  },
};
