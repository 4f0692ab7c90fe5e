/** Shapes whose first axis may be a name: sizes, broadcasting, and what -1 stands for. */
import { internal } from '../core/index.ts';
import type { Dimension } from '../onnx/index.ts';

/** A shape as people read it, for example `[rows, 3]`. */
export const showShape = (shape: readonly Dimension[]): string => `[${shape.join(', ')}]`;

export const sameShape = (a: readonly Dimension[], b: readonly Dimension[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/**
 * A shape as numbers.
 *
 * @throws OnrampError `internal` when a size is only a name: training graphs know all sizes
 */
export function sizesOf(shape: readonly Dimension[], owner: string): readonly number[] {
  const named = shape.find((size) => typeof size === 'string');
  if (named !== undefined) {
    throw internal(`${owner} needs every size as a number, but ${showShape(shape)} has the name "${named}"`);
  }
  return shape as readonly number[];
}

/** An axis counted from the front; a negative one counts from the end. */
export function frontAxis(axis: number, rank: number, owner: string): number {
  const front = axis < 0 ? axis + rank : axis;
  if (front < 0 || front >= rank) throw internal(`${owner} has no axis ${axis} in ${rank} dimensions`);
  return front;
}

/**
 * The shape of an elementwise result by the rules of NumPy: aligned at the last axis, sizes of 1 stretch.
 *
 * @throws OnrampError `internal` when two sizes differ and neither is 1
 */
export function broadcast(shapes: readonly (readonly Dimension[])[], owner: string): readonly Dimension[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let size: Dimension = 1;
    for (const shape of shapes) {
      const other = shape[axis - rank + shape.length] ?? 1;
      if (size !== 1 && other !== 1 && other !== size) {
        throw internal(`${owner} cannot broadcast ${shapes.map(showShape).join(' with ')}`);
      }
      if (other !== 1) size = other;
    }
    return size;
  });
}

/** How many elements: a number times the names, each name once for each axis that bears it. */
interface ElementTally {
  factor: number;
  readonly names: string[];
}

function tally(shape: readonly Dimension[]): ElementTally {
  const total: ElementTally = { factor: 1, names: [] };
  for (const size of shape) {
    // A product that an earlier -1 stood for is written `rows*24`.
    for (const part of typeof size === 'string' ? size.split('*') : [size]) {
      if (typeof part === 'string' && Number.isNaN(Number(part))) total.names.push(part);
      else total.factor *= Number(part);
    }
  }
  return total;
}

/**
 * The size that -1 stands for when `from` is viewed as `known` and one more axis; a product with a name in it is
 * written `rows*24`.
 *
 * @throws OnrampError `internal` when the elements do not come out even
 */
export function remainingSize(
  from: readonly Dimension[],
  known: readonly Dimension[],
  owner: string,
): Dimension {
  const all = tally(from);
  const part = tally(known);
  for (const name of part.names) {
    const index = all.names.indexOf(name);
    if (index < 0) throw internal(`${owner} cannot make ${showShape(known)} of ${showShape(from)}`);
    all.names.splice(index, 1);
  }
  const factor = all.factor / part.factor;
  if (!Number.isInteger(factor)) {
    throw internal(`${owner} cannot make ${showShape(known)} of ${showShape(from)}`);
  }
  if (all.names.length === 0) return factor;
  return factor === 1 ? all.names.join('*') : [...all.names, factor].join('*');
}
