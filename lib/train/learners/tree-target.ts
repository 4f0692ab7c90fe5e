/** The target in the form the tree learners take. */
import type { TreeTarget } from '../trees/index.ts';
import type { Target } from '../types.ts';

/** Class codes or values, unchanged. */
export function treeTarget(target: Target): TreeTarget {
  return target.task === 'regression'
    ? target
    : { task: 'classification', classes: target.classes.length, labels: target.codes };
}
