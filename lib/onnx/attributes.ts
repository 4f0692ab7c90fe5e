/** Short constructors of node attributes, so that INT and FLOAT are never guessed from a number. */
import type { AttributeValue, GraphModel, TensorData } from './types.ts';

/** One constructor per attribute kind, for example `{ axis: attr.int(1), alpha: attr.float(0.5) }`. */
export const attr = {
  /** INT; 64 bits. */
  int: (value: number | bigint): AttributeValue => ({ kind: 'int', value }),
  /** FLOAT; stored as float32. */
  float: (value: number): AttributeValue => ({ kind: 'float', value }),
  /** STRING; stored as UTF-8. */
  string: (value: string): AttributeValue => ({ kind: 'string', value }),
  /** INTS; 64 bits each. */
  ints: (value: ArrayLike<number> | readonly bigint[]): AttributeValue => ({ kind: 'ints', value }),
  /** FLOATS; stored as float32. */
  floats: (value: ArrayLike<number>): AttributeValue => ({ kind: 'floats', value }),
  /** STRINGS; stored as UTF-8. */
  strings: (value: readonly string[]): AttributeValue => ({ kind: 'strings', value }),
  /** TENSOR. */
  tensor: (value: TensorData): AttributeValue => ({ kind: 'tensor', value }),
  /** GRAPH: the body of a Loop, If or Scan. */
  graph: (value: GraphModel): AttributeValue => ({ kind: 'graph', value }),
} as const;
