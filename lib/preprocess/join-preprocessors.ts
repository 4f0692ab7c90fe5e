/** Several encodings of one table side by side, for models that have learners of different needs. */
import type { FeatureSchema } from '../contracts/records.ts';
import { internal, type Matrix } from '../core/index.ts';
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';
import type { FeatureBlock, FeatureColumn, Preprocessor, RawInputs } from './types.ts';

/** An encoding with the name that its columns are told from others by. */
export interface NamedPreprocessor {
  readonly name: string;
  /** Of some of the columns, numbered among themselves. */
  readonly preprocessor: Encoder;
}

/** A preprocessor of which is only known what it does. */
export type Encoder = Omit<Preprocessor, 'state'>;

/**
 * The encodings one after the other; a row is learnt from if all of them keep it.
 *
 * @param features every column that one of them takes, each with its place in the tensors of the whole model
 */
export function joinPreprocessors(
  features: readonly FeatureColumn[],
  joined: readonly NamedPreprocessor[],
): Encoder {
  const all = joined.map(({ preprocessor }) => preprocessor);
  const schemas = features.map((feature) => schemaOf(feature, all));
  const placeOf = new Map(features.map(({ name }, place) => [name, place]));
  return {
    features: schemas,
    outputNames: joined.flatMap(({ name, preprocessor }) =>
      preprocessor.outputNames.map((output) => `${name}/${output}`),
    ),
    sourceOf: all.flatMap((one) => one.sourceOf.map((feature) => placeOf.get(one.features[feature]!.name)!)),
    layout: joinLayouts(all),
    keepRows: (table, rows) => all.reduce((kept, one) => one.keepRows(table, kept), rows),
    emit: (builder, inputs) => {
      const encoded = all.map((one) => one.emit(builder, inputsOf(builder, inputs, { one, schemas })));
      return encoded.length === 1 ? encoded[0]! : builder.op('Concat', encoded, { axis: attr.int(1) });
    },
    transform: async (table, rows) => {
      const matrices: Matrix[] = [];
      for (const one of all) matrices.push(await one.transform(table, rows));
      return matrices.length === 1 ? matrices[0]! : beside(matrices);
    },
    release: async () => {
      for (const one of all) await one.release();
    },
  };
}

function schemaOf({ name, index }: FeatureColumn, all: readonly Encoder[]): FeatureSchema {
  for (const { features } of all) {
    const schema = features.find((feature) => feature.name === name);
    if (schema) return { ...schema, index };
  }
  throw internal(`No encoding takes the column "${name}".`);
}

function joinLayouts(all: readonly Encoder[]): readonly FeatureBlock[] {
  let start = 0;
  return all.flatMap(({ layout, outputNames }) => {
    const from = start;
    start += outputNames.length;
    return layout.map((block) => ({ ...block, start: from + block.start }));
  });
}

/** The raw inputs of the whole model as one encoding takes them. */
function inputsOf(
  builder: GraphBuilder,
  inputs: RawInputs,
  { one, schemas }: { readonly one: Encoder; readonly schemas: readonly FeatureSchema[] },
): RawInputs {
  const places = (input: FeatureSchema['input']): readonly number[] =>
    one.features
      .filter((feature) => feature.input === input)
      .sort((left, right) => left.index - right.index)
      .map(({ name }) => schemas.find((schema) => schema.name === name)!.index);
  const pick = (input: 'numeric' | 'text'): Value | undefined => {
    const [value, wanted] = [inputs[input], places(input)];
    if (value === undefined || wanted.length === 0) return undefined;
    const isWhole =
      wanted.length === schemas.filter((schema) => schema.input === input).length &&
      wanted.every((place, at) => place === at);
    return isWhole ? value : builder.op('Gather', [value, builder.integers(wanted)], { axis: attr.int(1) });
  };
  const [numeric, text] = [pick('numeric'), pick('text')];
  return {
    ...(numeric !== undefined && { numeric }),
    ...(text !== undefined && { text }),
    images: places('image').map((place) => inputs.images![place]!),
  };
}

function beside(parts: readonly Matrix[]): Matrix {
  const { rows } = parts[0]!;
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const data = new Float32Array(rows * columns);
  let start = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row += 1) {
      data.set(part.data.subarray(row * part.columns, (row + 1) * part.columns), row * columns + start);
    }
    start += part.columns;
  }
  return { rows, columns, data };
}
