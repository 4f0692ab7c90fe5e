/** Just enough of WebAssembly's binary format to write loops over shared memory (core specification, chapter 5). */

declare global {
  /** The part in use here of the interface that Node.js shares with browsers; its types come with neither. */
  namespace WebAssembly {
    class Memory {
      constructor(limits: { initial: number; maximum: number; shared: true });
      readonly buffer: SharedArrayBuffer;
      grow(pages: number): number;
    }
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
    }
    class Instance {
      constructor(module: Module, imports: { env: { memory: Memory } });
      readonly exports: unknown;
    }
  }
}

/** Instructions, already encoded. */
export type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

/** Unsigned LEB128. */
function unsigned(value: number): Code {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...unsigned(value >>> 7)];
}

/** Signed LEB128: like the unsigned, but the last byte's bit 6 is the sign. */
function signed(value: number): Code {
  const low = value & 127;
  const rest = value >> 7;
  return rest === (low & 64 ? -1 : 0) ? [low] : [low | 128, ...signed(rest)];
}

/** Alignment hint (a power of two) and constant offset of a memory access. */
const access = (alignment: number, offset: number): Code => [...unsigned(alignment), ...unsigned(offset)];

/** Instructions by their names in the specification. Operands come before, as in the stack machine. */
export const wasm = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32Load: (offset = 0): Code => [0x28, ...access(2, offset)],
  i32Load8u: (offset = 0): Code => [0x2d, ...access(0, offset)],
  i32Store: (offset = 0): Code => [0x36, ...access(2, offset)],
  i32LessUnsigned: [0x49] as Code,
  i32Add: [0x6a] as Code,
  i32Sub: [0x6b] as Code,
  i32And: [0x71] as Code,
  i32ShiftLeft: [0x74] as Code,
  i32ShiftRightUnsigned: [0x76] as Code,
  v128Load: (offset = 0): Code => [0xfd, 0x00, ...access(4, offset)],
  v128Store: (offset = 0): Code => [0xfd, 0x0b, ...access(4, offset)],
  f64x2Add: [0xfd, 0xf0, 0x01] as Code,
  /** Repeats the body for as long as the condition holds before it. */
  whileTrue: (condition: Code, body: Code): Code => [
    ...[0x03, 0x40, ...condition, 0x04, 0x40],
    ...[...body, 0x0c, 0x01, 0x0b, 0x0b],
  ],
} as const;

/** A function whose parameters, locals and result (if any) are i32, with v128 locals after them. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly results: 0 | 1;
  readonly locals: number;
  readonly vectors: number;
  readonly body: Code;
}

/** Bytes of a page. */
export const WASM_PAGE = 65_536;
/** Pages that 32-bit addresses reach, but for the last: so the address after any array is one too. */
export const WASM_PAGES = 65_535;

/** A module that exports the functions and imports its shared memory as `env.memory`. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, results }) => [
    ...[0x60, ...vector(Array.from({ length: parameters }, () => [I32]))],
    ...vector(Array.from({ length: results }, () => [I32])),
  ]);
  const memory = [...text('env'), ...text('memory'), 0x02, 0x03, ...unsigned(1), ...unsigned(WASM_PAGES)];
  const exported = functions.map(({ name }, index) => [...text(name), 0x00, ...unsigned(index)]);
  const bodies = functions.map(({ locals, vectors, body }) => {
    const declared = vector([
      [...unsigned(locals), I32],
      [...unsigned(vectors), V128],
    ]);
    return sized([...declared, ...body, 0x0b]);
  });
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, types),
    ...section(2, [memory]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(7, exported),
    ...section(10, bodies),
  ]);
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (code: Code): Code => [...unsigned(code.length), ...code];
const text = (name: string): Code => sized([...Buffer.from(name)]);
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
