/** Values of a tensor in JSON, nested or flat, in row-major order. */
import { wrongCount } from './refusals.ts';

/** Values in row-major order, and how the one at an index is called in a message. */
export interface FlatValues {
  readonly values: readonly unknown[];
  readonly placeOf: (index: number) => string;
}

/** More dimensions than anybody's tensor has; a bound on how deep a request may nest. */
export const maxDimensions = 32;

/**
 * The sizes of nested arrays, read along their first elements; a value that is no array has none.
 *
 * @throws invalid_request `wrong_shape` for arrays nested too deeply
 */
export function shapeOf(value: unknown, place: string): number[] {
  const shape: number[] = [];
  for (let level = value; Array.isArray(level); level = level[0]) {
    shape.push(level.length);
    if (shape.length > maxDimensions) {
      throw wrongCount(place, `is nested more than ${maxDimensions} levels deep.`);
    }
  }
  return shape;
}

/**
 * The values of a tensor: given flat, or nested as its shape says. A scalar may stand alone.
 *
 * @throws invalid_request `wrong_shape` naming the place whose number of values does not fit
 */
export function flatten(value: unknown, shape: readonly number[], place: string): FlatValues {
  let count = 1;
  for (const size of shape) count *= size;
  if (!Array.isArray(value)) {
    if (shape.length > 0) throw wrongCount(place, `must be an array of the shape ${show(shape)}.`);
    return { values: [value], placeOf: () => place };
  }
  if (shape.length > 1 && Array.isArray(value[0])) {
    const values: unknown[] = [];
    appendLevel(value, { shape, place, values, path: [] });
    return { values, placeOf: (index) => place + subscripts(index, shape) };
  }
  if (value.length !== count) {
    throw wrongCount(place, `has ${value.length} values where the shape ${show(shape)} takes ${count}.`);
  }
  return { values: value, placeOf: (index) => `${place}[${index}]` };
}

interface Nest {
  readonly shape: readonly number[];
  readonly place: string;
  readonly values: unknown[];
  /** Where the walk is: the index at every level above. */
  readonly path: number[];
}

function appendLevel(level: unknown, nest: Nest): void {
  const { shape, place, values, path } = nest;
  const size = shape[path.length]!;
  if (!Array.isArray(level) || level.length !== size) {
    const found = Array.isArray(level) ? `has ${level.length} values` : 'is no array';
    const here = place + path.map((index) => `[${index}]`).join('');
    throw wrongCount(here, `${found} where the shape ${show(shape)} takes ${size}.`);
  }
  if (path.length === shape.length - 1) {
    for (let index = 0; index < size; index += 1) values.push(level[index]);
    return;
  }
  for (let index = 0; index < size; index += 1) {
    path.push(index);
    appendLevel(level[index], nest);
    path.pop();
  }
}

/** `[1][2]` for the sixth value of the shape [2, 3]. */
function subscripts(index: number, shape: readonly number[]): string {
  let rest = index;
  let text = '';
  for (let depth = shape.length - 1; depth >= 0; depth -= 1) {
    text = `[${rest % shape[depth]!}]${text}`;
    rest = Math.floor(rest / shape[depth]!);
  }
  return text;
}

const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
