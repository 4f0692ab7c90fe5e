/** What the rows of a request are held to: a model's schema, made ready for many requests. */
import type { FeatureSchema, ModelSchema } from '../contracts/records.ts';
import { compileWriter, type PlainRange, plainRange, type ValueWriter } from './write-values.ts';

/** Columns of the model's two tensors. */
export interface TensorWidths {
  readonly numeric: number;
  readonly text: number;
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
  const widths = { numeric: 0, text: 0 };
  for (const { input } of features) widths[input] += 1;
  return {
    features,
    writers: features.map((feature) => compileWriter(feature, widths[feature.input], missing)),
    plainRanges: features.map((feature) =>
      feature.type === 'numeric' ? plainRange(feature, missing) : null,
    ),
    widths,
    ignored,
    known: new Set([...features.map(({ name }) => name), ...ignored]),
  };
}
