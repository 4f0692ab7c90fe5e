/** The training rows that explanations compare with: chosen evenly, stored as raw columns, read back as tensors. */
import type { FeatureSchema } from '../contracts/records.ts';
import type { Random } from '../core/index.ts';
import { floatTensor, stringTensor, type TensorData } from '../onnx/index.ts';
import type { Feeds } from './model-explainer.ts';

/** The stored form; one array a row, with a value for each feature, `null` where it is missing. */
export interface BackgroundRows {
  readonly features: readonly string[];
  readonly instances: readonly (readonly (number | string | null)[])[];
}

type Place = Pick<FeatureSchema, 'name' | 'input' | 'index'>;

/**
 * Some rows in which every class (or range of a number) has about its share.
 *
 * Rows are shuffled, ordered by their target, and taken at even distances (systematic sampling).
 *
 * @param rows row numbers to choose from
 * @param targets class number or value of every row, by row number
 * @param count rows at most
 */
export function sampleEvenly(
  rows: Uint32Array,
  targets: ArrayLike<number>,
  { count, random }: { readonly count: number; readonly random: Random },
): Uint32Array {
  const ordered = random.shuffle(rows.slice()).sort((left, right) => targets[left]! - targets[right]!);
  const taken = Math.min(count, ordered.length);
  return Uint32Array.from(
    { length: taken },
    (_, index) => ordered[Math.floor(((index + 0.5) * ordered.length) / taken)]!,
  );
}

/** The tensors of stored rows. */
export function backgroundFeeds(schema: readonly Place[], { features, instances }: BackgroundRows): Feeds {
  const tensorOf = (input: Place['input']): readonly number[] =>
    schema
      .filter((feature) => feature.input === input)
      .sort((left, right) => left.index - right.index)
      .map(({ name }) => features.indexOf(name));
  const numbers = tensorOf('numeric');
  const texts = tensorOf('text');
  const feeds: Record<string, TensorData> = {};
  if (numbers.length > 0) {
    const values = instances.flatMap((row) =>
      numbers.map((place) => (row[place] as number | null) ?? Number.NaN),
    );
    feeds.numeric = floatTensor(values, [instances.length, numbers.length]);
  }
  if (texts.length > 0) {
    const values = instances.flatMap((row) => texts.map((place) => (row[place] as string | null) ?? ''));
    feeds.text = stringTensor(values, [instances.length, texts.length]);
  }
  return feeds;
}
