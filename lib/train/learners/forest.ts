/** Random forest: many deep trees on resampled rows, averaged; hard to get wrong. */
import type { Learner } from '../types.ts';
import { averagedTrees } from './growth.ts';

/**
 * Breiman's random forest: 100 trees with at least three rows a leaf, more for many rows. A split looks at the square root of the columns
 * for classes and at a third of them for numbers, as Breiman advises (Breiman 2001, section 11).
 */
export const forestLearner: Learner = averagedTrees('forest', { bootstrap: true, thresholds: 'best' });
