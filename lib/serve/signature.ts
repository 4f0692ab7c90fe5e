/** What the rows of a request are held to: a model's schema, made ready for many requests. */
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import { compileWriter, type PlainRange, plainRange, type ValueWriter } from './write-values.ts';

/** Columns of the model's tensors. */
export interface TensorWidths {
  readonly numeric: number;
  readonly text: number;
  /** Names of the columns of pictures, each of which is a tensor of its own. */
  readonly pictures: readonly string[];
}

/** A schema made ready. Features, writers and ranges are in the same order. */
export interface Signature {
  readonly features: readonly FeatureSchema[];
  readonly writers: readonly ValueWriter[];
  /** `null` for texts. */
  readonly plainRanges: readonly (PlainRange | null)[];
  readonly widths: TensorWidths;
  /** Columns of the data that a row may carry, though the model does not look at them. */
  readonly ignored: readonly string[];
  /** Every name that a row may carry. */
  readonly known: ReadonlySet<string>;
}

/** Makes a schema ready. */
export function compileSignature({ features, ignored, missing = [] }: ModelSchema): Signature {
  const columns = { numeric: 0, text: 0, image: 0 };
  for (const { input } of features) columns[input] += 1;
  const pictures = features
    .filter(({ input }) => input === 'image')
    .sort((left, right) => left.index - right.index);
  const widths = {
    numeric: columns.numeric,
    text: columns.text,
    pictures: pictures.map(({ name }) => name),
  };
  return {
    features,
    writers: features.map((feature) => compileWriter(feature, columns[feature.input], missing)),
    plainRanges: features.map((feature) =>
      feature.type === 'numeric' ? plainRange(feature, missing) : null,
    ),
    widths,
    ignored,
    known: new Set([...features.map(({ name }) => name), ...ignored]),
  };
}
