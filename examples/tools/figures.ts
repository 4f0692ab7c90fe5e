/** Figures of what was pushed, with the references and how far below them is still their equal. */
import references from '../references.json' with { type: 'json' };
import type { Metrics } from './onramp.ts';
import type { Figure } from './types.ts';

/** An example that has references. */
export type Referenced = keyof typeof references;

/** What made the references of an example. */
export const referenceSource = (example: string): string | undefined =>
  (references as Readonly<Record<string, { readonly by: string }>>)[example]?.by;

/** What another implementation reaches. */
export function referenceOf(example: Referenced, name: string): number {
  const figure = (references[example] as Readonly<Record<string, string | number>>)[name];
  if (typeof figure === 'number') return figure;
  throw new Error(`references.json has no "${name}" of "${example}".`);
}

/** The value of a metric; NaN where it is undefined. */
export const metricValue = (metrics: Metrics, name: string): number => metrics[name]?.value ?? Number.NaN;

/**
 * Metrics that are better when they are higher, beside their references.
 *
 * @param slack how far below the reference is still its equal: other folds are drawn, and other first weights
 */
export const figuresLike = (
  example: Referenced,
  metrics: Metrics,
  slacks: Readonly<Record<string, number>>,
): readonly Figure[] =>
  Object.entries(slacks).map(([name, slack]) => {
    const reference = referenceOf(example, name);
    return { name, value: metricValue(metrics, name), reference, atLeast: reference - slack };
  });
