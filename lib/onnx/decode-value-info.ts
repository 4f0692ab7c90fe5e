/** Reads the names, types and shapes of a graph's inputs and outputs. */
import { refuse } from './refusal.ts';
import { DIMENSION, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './schema.ts';
import { elementTypeOf } from './tensor.ts';
import type { Dimension, ValueInfo } from './types.ts';
import { readOnce, type WireReader } from './wire-reader.ts';

/**
 * Reads a ValueInfoProto: the name, element type and shape of an input or output.
 *
 * @param isInner true in a graph inside another one, where the type may be left out (ONNX IR, "Graphs")
 */
export function readValueInfo(reader: WireReader, isInner: boolean): ValueInfo {
  let name = '';
  let type: TensorType | null = null;
  while (reader.next()) {
    if (reader.field === VALUE_INFO.name) name = reader.string();
    else if (reader.field === VALUE_INFO.type)
      type = readOnce('type', type, () => readType(reader.message()));
    else reader.skip();
  }
  const owner = `value "${name}"`;
  if (isInner && !type?.elementType) {
    return { name, type: 'float32', shape: [], unknownRank: true, untyped: true };
  }
  if (type === null) throw refuse('unsupported_type', `${owner} has no type`);
  const elementType = elementTypeOf(type.elementType, owner);
  if (type.shape === null) return { name, type: elementType, shape: [], unknownRank: true };
  return { name, type: elementType, shape: type.shape };
}

interface TensorType {
  readonly elementType: number;
  readonly shape: Dimension[] | null;
}

const otherTypes: Readonly<Record<number, string>> = {
  [TYPE.sequence]: 'a sequence',
  [TYPE.map]: 'a map',
  [TYPE.opaque]: 'an opaque type',
  [TYPE.sparse]: 'a sparse tensor',
  [TYPE.optional]: 'an optional type',
};

function readType(reader: WireReader): TensorType {
  let tensor: TensorType | null = null;
  while (reader.next()) {
    const other = otherTypes[reader.field];
    if (other !== undefined) {
      throw refuse(
        'unsupported_type',
        `an input or output is ${other}; only dense tensors are taken (with skl2onnx, pass options={"zipmap": False})`,
      );
    }
    if (reader.field === TYPE.tensor)
      tensor = readOnce('type', tensor, () => readTensorType(reader.message()));
    else reader.skip();
  }
  return tensor ?? { elementType: 0, shape: null };
}

function readTensorType(reader: WireReader): TensorType {
  let elementType = 0;
  let shape: Dimension[] | null = null;
  while (reader.next()) {
    if (reader.field === TENSOR_TYPE.elementType) elementType = reader.smallInt();
    else if (reader.field === TENSOR_TYPE.shape)
      shape = readOnce('shape', shape, () => readShape(reader.message()));
    else reader.skip();
  }
  return { elementType, shape };
}

function readShape(reader: WireReader): Dimension[] {
  const shape: Dimension[] = [];
  while (reader.next()) {
    if (reader.field === SHAPE.dimension) shape.push(readDimension(reader.message()));
    else reader.skip();
  }
  return shape;
}

function readDimension(reader: WireReader): Dimension {
  let dimension: Dimension = '';
  while (reader.next()) {
    if (reader.field === DIMENSION.value) {
      dimension = reader.smallInt();
      if (dimension < 0) {
        throw refuse('negative_dimension', `a shape has the negative dimension ${dimension}`);
      }
    } else if (reader.field === DIMENSION.parameter) dimension = reader.string();
    else reader.skip();
  }
  return dimension;
}
