/** Fitted preprocessing at work: emitted into a graph, and run as that very graph. */
import { pictureTensor } from '../contracts/image-input.ts';
import type { FeatureSchema } from '../contracts/records.ts';
import { internal, type Matrix } from '../core/index.ts';
import type { Table } from '../dataset/index.ts';
import {
  attr,
  createGraphBuilder,
  createSession,
  encodeModel,
  type GraphBuilder,
  type ModelSession,
  type Value,
} from '../onnx/index.ts';
import { emitCategories } from './categories.ts';
import { emitDates } from './dates.ts';
import { keepCompleteRows } from './keep-rows.ts';
import { emitNumeric } from './numeric.ts';
import { packColumns, valuesInRow } from './pack-columns.ts';
import { emitPixels } from './pixels.ts';
import { emitTerms } from './terms.ts';
import { emitTokens } from './tokens.ts';
import type {
  FeatureBlock,
  OutputColumn,
  PixelPlan,
  Preprocessor,
  PreprocessorState,
  RawInputs,
} from './types.ts';

/** Values in one call of the runtime: large enough to be quick, small enough for memory (16 MB of float32). */
const batchValues = 4_194_304;

/** A preprocessor from what was fitted, for example from a stored state. */
export function createPreprocessor(state: PreprocessorState): Preprocessor {
  const outputs = outputColumns(state);
  let session: Promise<ModelSession> | undefined;
  return {
    features: state.features,
    outputNames: outputs.map(({ name }) => name),
    sourceOf: outputs.map(({ feature }) => feature),
    layout: layoutOf(state),
    state,
    keepRows: (table, rows) => keepCompleteRows(table, state.features, rows, state.dropRows),
    emit: (builder, inputs) => emitPreprocessing(builder, inputs, state),
    transform: async (table, rows) => {
      session ??= openSession(state, outputs.length);
      return transformRows(await session, state, { table, rows, columns: outputs.length });
    },
    release: async () => {
      const opened = session;
      session = undefined;
      await (await opened)?.release();
    },
  };
}

/** The encoded columns in the order in which the blocks are emitted. */
function outputColumns({
  numeric,
  dates,
  categories,
  terms = [],
  pixels = [],
  tokens = [],
}: PreprocessorState): readonly OutputColumn[] {
  const plans = [numeric, dates, categories, ...terms, ...pixels, ...tokens];
  return plans.flatMap((plan) => plan?.outputs ?? []);
}

/** The same columns by what they hold. */
function layoutOf(state: PreprocessorState): readonly FeatureBlock[] {
  const { numeric, dates, categories, terms = [], pixels = [], tokens = [] } = state;
  const plain = (kind: FeatureBlock['kind'], size: number): Block => ({ kind, size, shape: [size] });
  const blocks = [
    plain('numbers', (numeric?.outputs.length ?? 0) + (dates?.outputs.length ?? 0)),
    plain(categories?.oneHot === null ? 'categories' : 'numbers', categories?.outputs.length ?? 0),
    ...terms.map(({ outputs }) => plain('terms', outputs.length)),
    ...pixels.map(
      ({ outputs, height, width, channels }): Block => ({
        kind: 'pixels',
        size: outputs.length,
        shape: [height, width, channels],
      }),
    ),
    ...tokens.map(({ outputs, vocabulary }) => ({ ...plain('tokens', outputs.length), vocabulary })),
  ];
  let start = 0;
  return blocks.flatMap((block) => {
    start += block.size;
    return block.size > 0 ? [{ ...block, start: start - block.size }] : [];
  });
}

type Block = Omit<FeatureBlock, 'start'>;

function emitPreprocessing(builder: GraphBuilder, inputs: RawInputs, state: PreprocessorState): Value {
  const { numeric, dates, categories, terms = [], pixels = [], tokens = [] } = state;
  const blocks = [
    ...(numeric ? emitNumeric(builder, demand(inputs, 'numeric'), numeric) : []),
    ...(dates ? emitDates(builder, demand(inputs, 'text'), dates) : []),
    ...(categories ? emitCategories(builder, demand(inputs, 'text'), categories) : []),
    ...terms.map((plan) => emitTerms(builder, demand(inputs, 'text'), plan)),
    ...pixels.map((plan) => emitPixels(builder, demandPictures(inputs, plan), plan)),
    ...tokens.map((plan) => emitTokens(builder, demand(inputs, 'text'), plan)),
  ];
  return blocks.length === 1 ? blocks[0]! : builder.op('Concat', blocks, { axis: attr.int(1) });
}

function demand(inputs: RawInputs, name: 'numeric' | 'text'): Value {
  const value = inputs[name];
  if (value !== undefined) return value;
  throw internal(`The preprocessing takes a "${name}" tensor, but the graph gives it none.`);
}

function demandPictures({ images = [] }: RawInputs, { name, index }: PixelPlan): Value {
  const value = images[index];
  if (value !== undefined) return value;
  throw internal(`The preprocessing takes the pictures of "${name}", but the graph gives it none.`);
}

/**
 * Declares the raw inputs of columns in a graph: those of `RawInputs` that have a column.
 *
 * @param features the columns with their places; those with pictures say how these are
 */
export function declareInputs(builder: GraphBuilder, features: readonly FeatureSchema[]): RawInputs {
  const count = (input: 'numeric' | 'text'): number =>
    features.filter((feature) => feature.input === input).length;
  const [numbers, texts] = [count('numeric'), count('text')];
  const pictures = features
    .filter(({ input }) => input === 'image')
    .sort((left, right) => left.index - right.index);
  return {
    ...(numbers > 0 && { numeric: builder.input('numeric', 'float32', ['N', numbers]) }),
    ...(texts > 0 && { text: builder.input('text', 'string', ['N', texts]) }),
    images: pictures.map(({ name, image }) =>
      builder.input(pictureTensor(name), 'uint8', ['N', image!.height, image!.width, image!.channels]),
    ),
  };
}

async function openSession(state: PreprocessorState, columns: number): Promise<ModelSession> {
  const builder = createGraphBuilder('preprocess');
  const inputs = declareInputs(builder, state.features);
  builder.output('features', emitPreprocessing(builder, inputs, state), 'float32', ['N', columns]);
  return createSession(encodeModel(builder.model()));
}

async function transformRows(
  session: ModelSession,
  { features }: PreprocessorState,
  { table, rows, columns }: { readonly table: Table; readonly rows: Uint32Array; readonly columns: number },
): Promise<Matrix> {
  const data = new Float32Array(rows.length * columns);
  const batchRows = Math.max(1, Math.floor(batchValues / Math.max(columns, valuesInRow(table, features))));
  for (let start = 0; start < rows.length; start += batchRows) {
    const batch = rows.subarray(start, start + batchRows);
    const { features: encoded } = await session.run(packColumns(table, features, batch));
    data.set(encoded!.data as Float32Array, start * columns);
  }
  return { rows: rows.length, columns, data };
}
