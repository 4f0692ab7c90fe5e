/** Fitted preprocessing at work: emitted into a graph, and run as that very graph. */
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
import { packColumns } from './pack-columns.ts';
import type { FeatureBlock, OutputColumn, Preprocessor, PreprocessorState, RawInputs } from './types.ts';

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
function outputColumns({ numeric, dates, categories }: PreprocessorState): readonly OutputColumn[] {
  return [...(numeric?.outputs ?? []), ...(dates?.outputs ?? []), ...(categories?.outputs ?? [])];
}

/** The same columns by what they hold. */
function layoutOf({ numeric, dates, categories }: PreprocessorState): readonly FeatureBlock[] {
  const numbers = (numeric?.outputs.length ?? 0) + (dates?.outputs.length ?? 0);
  const codes = categories?.outputs.length ?? 0;
  const kind = categories?.oneHot === null ? 'categories' : 'numbers';
  const blocks: readonly FeatureBlock[] = [
    { kind: 'numbers', start: 0, size: numbers, shape: [numbers] },
    { kind, start: numbers, size: codes, shape: [codes] },
  ];
  return blocks.filter(({ size }) => size > 0);
}

function emitPreprocessing(builder: GraphBuilder, inputs: RawInputs, state: PreprocessorState): Value {
  const { numeric, dates, categories } = state;
  const blocks = [
    ...(numeric ? emitNumeric(builder, demand(inputs, 'numeric'), numeric) : []),
    ...(dates ? emitDates(builder, demand(inputs, 'text'), dates) : []),
    ...(categories ? emitCategories(builder, demand(inputs, 'text'), categories) : []),
  ];
  return blocks.length === 1 ? blocks[0]! : builder.op('Concat', blocks, { axis: attr.int(1) });
}

function demand(inputs: RawInputs, name: keyof RawInputs): Value {
  const value = inputs[name];
  if (value !== undefined) return value;
  throw internal(`The preprocessing takes a "${name}" tensor, but the graph gives it none.`);
}

async function openSession(state: PreprocessorState, columns: number): Promise<ModelSession> {
  const builder = createGraphBuilder('preprocess');
  const count = (input: keyof RawInputs): number =>
    state.features.filter((feature) => feature.input === input).length;
  const inputs: RawInputs = {
    ...(count('numeric') > 0 && { numeric: builder.input('numeric', 'float32', ['N', count('numeric')]) }),
    ...(count('text') > 0 && { text: builder.input('text', 'string', ['N', count('text')]) }),
  };
  builder.output('features', emitPreprocessing(builder, inputs, state), 'float32', ['N', columns]);
  return createSession(encodeModel(builder.model()));
}

async function transformRows(
  session: ModelSession,
  { features }: PreprocessorState,
  { table, rows, columns }: { readonly table: Table; readonly rows: Uint32Array; readonly columns: number },
): Promise<Matrix> {
  const data = new Float32Array(rows.length * columns);
  const batchRows = Math.max(1, Math.floor(batchValues / Math.max(columns, features.length)));
  for (let start = 0; start < rows.length; start += batchRows) {
    const batch = rows.subarray(start, start + batchRows);
    const { features: encoded } = await session.run(packColumns(table, features, batch));
    data.set(encoded!.data as Float32Array, start * columns);
  }
  return { rows: rows.length, columns, data };
}
