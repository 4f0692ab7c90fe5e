/** Writes a small graph with a tape and runs it, for tests of operators. */
import { arithmetic, createTape, type Tape, type Tensor } from '../../lib/autodiff/index.ts';
import {
  createGraphBuilder,
  createSession,
  type ElementType,
  encodeModel,
  type TensorData,
} from '../../lib/onnx/index.ts';

/** A tensor from numbers, whatever its type. */
export function tensorOf(type: ElementType, dims: readonly number[], values: readonly unknown[]): TensorData {
  if (type === 'int64') return { type, dims, data: BigInt64Array.from(values as number[], BigInt) };
  if (type === 'bool') return { type, dims, data: Uint8Array.from(values as boolean[], Number) };
  if (type === 'float64') return { type, dims, data: Float64Array.from(values as number[]) };
  return { type, dims, data: Float32Array.from(values as number[]) };
}

/** What a graph gives out by name, as plain numbers. */
export type Answers = Readonly<
  Record<string, { readonly dims: readonly number[]; readonly values: number[] }>
>;

/** Inputs by name with their numbers, and what the tape makes of them. */
export interface Graph {
  readonly inputs: Readonly<Record<string, TensorData>>;
  readonly write: (tape: Tape, inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>;
}

/** A function that answers for feeds; feeds left out are the inputs' own numbers. Close it after use. */
export interface Compiled {
  run(feeds?: Readonly<Record<string, TensorData>>): Promise<Answers>;
  close(): Promise<void>;
}

/** Compiles the graph once. */
export async function compileGraph({ inputs, write }: Graph): Promise<Compiled> {
  const builder = createGraphBuilder('test');
  const tape = createTape(builder);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, dims }]) => [
      name,
      tape.adopt(builder.input(name, type, dims), type, dims),
    ]),
  );
  const declared = write(tape, tensors);
  for (const [name, { value, type, shape }] of Object.entries(declared))
    builder.output(name, value, type, shape);
  const session = await createSession(encodeModel(builder.model()));
  return {
    run: async (feeds = {}) => {
      const results = await session.run({ ...inputs, ...feeds });
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => {
          const { shape } = declared[name]!;
          if (String(shape) !== String(dims))
            throw new Error(`${name} has shape [${dims}], the tape says [${shape}]`);
          return [name, { dims, values: Array.from(data as ArrayLike<unknown>, Number) }];
        }),
      );
    },
    close: () => session.release(),
  };
}

/** Runs a graph once. */
export async function runGraph(graph: Graph): Promise<Answers> {
  const compiled = await compileGraph(graph);
  try {
    return await compiled.run();
  } finally {
    await compiled.close();
  }
}

/** The sum of results times fixed numbers: one number through which every result has its own adjoint. */
export function weightedSum(
  tape: Tape,
  results: readonly Tensor[],
  weights: readonly (readonly number[])[],
): Tensor {
  const m = arithmetic(tape);
  return results
    .map((result, index) => {
      const factors = tape.constant(
        tensorOf(result.type, result.shape as readonly number[], weights[index]!),
      );
      return m.sum(m.mul(result, factors), undefined, false);
    })
    .reduce((total, part) => m.add(total, part));
}

/** The largest difference from the numbers wanted, as a part of the largest of them, or of 1 if all are smaller. */
export function relativeError(got: readonly number[], wanted: readonly number[]): number {
  if (got.length !== wanted.length) throw new Error(`${got.length} numbers instead of ${wanted.length}`);
  const scale = Math.max(...wanted.map(Math.abs), 1);
  const errors = wanted.map((value, index) => {
    const error = Math.abs(got[index]! - value) / scale;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  });
  return Math.max(0, ...errors);
}
