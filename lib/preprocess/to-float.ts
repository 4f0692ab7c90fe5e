/** The one conversion all encodings end with. */
import { attr, type GraphBuilder, type Value } from '../onnx/index.ts';

/** ONNX's number of float32. */
const FLOAT32 = 1;

/** The same values as float32; true is 1. */
export function emitFloat(builder: GraphBuilder, value: Value): Value {
  return builder.op('Cast', [value], { to: attr.int(FLOAT32) });
}
