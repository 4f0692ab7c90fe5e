/**
 * The hottest loops of boosting as WebAssembly: one vector instruction adds gradient and packed row at once,
 * and memory is reached without bounds checks. All parameters are byte addresses in the shared memory.
 */
import { BINS } from './bins.ts';
import { type Code, encodeModule, type WasmFunction, wasm } from './wasm.ts';

/** The loops of `kernelsFor`; `rows` to before `end` are int32 row numbers. */
export interface Kernels {
  /** Copies the pairs of the rows to `to`, one after the other: later passes then read them in order. */
  gather(to: number, pairs: number, rows: number, end: number): void;
  /**
   * Adds pairs to the histograms of the four columns that share a word.
   *
   * @param histogram pairs by bin, the four columns one after the other
   * @param words bins of the four columns by row, the first column in the low byte
   * @param pairs gathered pairs
   */
  addFour(histogram: number, words: number, pairs: number, rows: number, end: number): void;
  /** `addFour` for a word of which only the two low bytes are in use. */
  addTwo(histogram: number, words: number, pairs: number, rows: number, end: number): void;
  /**
   * Copies rows to either side without a branch, which could not be predicted; returns where the left end.
   *
   * @param bytes bin of row `r` at `4r`
   * @param rightOf 4 for the bins that go right, 0 for the others: the step of the pointer to the right side
   */
  separate(left: number, right: number, bytes: number, rightOf: number, rows: number, end: number): number;
}

const { get, set, tee, i32Const, i32Add, i32Sub, i32And, i32ShiftLeft } = wasm;
/** Bytes of a pair, as a power of two. */
const PAIR_SHIFT = 4;

const advance = (local: number, bytes: number): Code => [
  ...[get(local), i32Const(bytes), i32Add, set(local)].flat(),
];

/** The address of item `row` (a local) of an array (a local) whose items have `2 ** shift` bytes. */
const item = (array: number, row: Code, shift: number): Code =>
  [get(array), row, i32Const(shift), i32ShiftLeft, i32Add].flat();

const forEachRow = (rows: number, end: number, body: readonly Code[]): Code =>
  wasm.whileTrue([get(rows), get(end), wasm.i32LessUnsigned].flat(), [...body.flat(), ...advance(rows, 4)]);

function gather(): WasmFunction {
  const [to, pairs, rows, end] = [0, 1, 2, 3];
  const body = forEachRow(rows, end, [
    get(to),
    item(pairs, [...get(rows), ...wasm.i32Load()], PAIR_SHIFT),
    wasm.v128Load(),
    wasm.v128Store(),
    advance(to, 2 ** PAIR_SHIFT),
  ]);
  return { name: 'gather', parameters: 4, results: 0, locals: 0, vectors: 0, body };
}

function addPairs(name: 'addFour' | 'addTwo', columns: number): WasmFunction {
  const [histogram, words, pairs, rows, end, word, place, pair] = [0, 1, 2, 3, 4, 5, 6, 7];
  const adds = Array.from({ length: columns }, (_, lane) => {
    const offset = (lane * BINS) << PAIR_SHIFT;
    // The bin of lane k is in bits 8k to 8k + 7; times 16 it is the pair's address.
    const shift = 8 * lane - PAIR_SHIFT;
    const shifted =
      shift < 0
        ? [...i32Const(-shift), ...i32ShiftLeft]
        : [...i32Const(shift), ...wasm.i32ShiftRightUnsigned];
    return [
      ...[get(histogram), get(word), shifted, i32Const((BINS - 1) << PAIR_SHIFT), i32And, i32Add],
      ...[tee(place), get(place), wasm.v128Load(offset), get(pair), wasm.f64x2Add, wasm.v128Store(offset)],
    ].flat();
  });
  const body = forEachRow(rows, end, [
    item(words, [...get(rows), ...wasm.i32Load()], 2),
    [wasm.i32Load(), set(word), get(pairs), wasm.v128Load(), set(pair)].flat(),
    ...adds,
    advance(pairs, 2 ** PAIR_SHIFT),
  ]);
  return { name, parameters: 5, results: 0, locals: 2, vectors: 1, body };
}

function separate(): WasmFunction {
  const [left, right, bytes, rightOf, rows, end, row, step] = [0, 1, 2, 3, 4, 5, 6, 7];
  const body = forEachRow(rows, end, [
    [get(left), get(rows), wasm.i32Load(), tee(row), wasm.i32Store()].flat(),
    [get(right), get(row), wasm.i32Store()].flat(),
    [get(rightOf), item(bytes, get(row), 2), wasm.i32Load8u(), i32Add, wasm.i32Load8u(), set(step)].flat(),
    [get(right), get(step), i32Add, set(right)].flat(),
    [get(left), i32Const(4), i32Add, get(step), i32Sub, set(left)].flat(),
  ]);
  return {
    name: 'separate',
    parameters: 6,
    results: 1,
    locals: 2,
    vectors: 0,
    body: [...body, ...get(left)],
  };
}

let compiled: WebAssembly.Module | undefined;

/** The loops over one shared memory; each thread compiles them once. */
export function kernelsFor(memory: WebAssembly.Memory): Kernels {
  compiled ??= new WebAssembly.Module(
    encodeModule([gather(), addPairs('addFour', 4), addPairs('addTwo', 2), separate()]),
  );
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernels;
}
