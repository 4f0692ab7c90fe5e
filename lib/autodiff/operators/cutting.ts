/** Operators that cut tensors and pad them. */
import { internal } from '../../core/index.ts';
import type { Gradient, Operator } from '../operator.ts';
import { frontAxis, sizesOf } from '../shapes.ts';
import type { Tape, TapeNode, Tensor } from '../types.ts';

/** What a Slice takes of one axis. */
interface Cut {
  readonly axis: number;
  /** The first index taken, and how far it is to the next. */
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

function cutsOf(node: TapeNode): readonly Cut[] {
  const { shape } = node.input(0);
  const starts = node.numbers(1)!;
  const ends = node.numbers(2)!;
  const axes = node.numbers(3) ?? [...starts.keys()];
  const steps = node.numbers(4) ?? starts.map(() => 1);
  return axes.map((named, index) => {
    const axis = frontAxis(named, shape.length, 'Slice');
    const [size] = sizesOf([shape[axis]!], 'Slice') as [number];
    const step = steps[index]!;
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const place = (value: number): number => Math.min(Math.max(value < 0 ? value + size : value, low), high);
    const start = place(starts[index]!);
    const end = place(ends[index]!);
    return { axis, start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
  });
}

/** Zeros before and after the numbers, or fewer numbers where a width is negative. */
export function pad(tape: Tape, tensor: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  if ([...before, ...after].every((width) => width === 0)) return tensor;
  return tape.op('Pad', [tensor, tape.integers([...before, ...after])]);
}

/** Puts each adjoint back to where its number was cut from. */
function slicedGradient(gradient: Gradient): Tensor {
  const { tape, m, d, x } = gradient;
  let back = d;
  for (const { axis, start, step, count } of cutsOf(gradient)) {
    const sizes = sizesOf(back.shape, 'Slice');
    const size = Number(x.shape[axis]);
    const distance = Math.abs(step);
    // Backwards steps take the same indices from the other end.
    const first = step > 0 ? start : start + (count - 1) * step;
    if (step < 0) {
      const [starts, ends, steps] = [[-1], [-1 - count], [-1]].map((values) => tape.integers(values));
      back = tape.op('Slice', [back, starts!, ends!, tape.integers([axis]), steps!]);
    }
    if (distance > 1) {
      const gaps = m.reshape(back, sizes.toSpliced(axis + 1, 0, 1));
      const after = gaps.shape.map((_, other) => (other === axis + 1 ? distance - 1 : 0));
      const spread = pad(
        tape,
        gaps,
        gaps.shape.map(() => 0),
        after,
      );
      back = m.reshape(spread, sizes.with(axis, count * distance));
    }
    const widths = (width: number): number[] => sizes.map((_, other) => (other === axis ? width : 0));
    back = pad(tape, back, widths(first), widths(size - first - count * distance));
  }
  return back;
}

/** Widths before and after each axis. */
function widthsOf(node: TapeNode): { readonly before: readonly number[]; readonly after: readonly number[] } {
  const widths = node.numbers(1)!;
  const rank = node.input(0).shape.length;
  if (node.numbers(3) !== null || widths.length !== 2 * rank) {
    throw internal(`Pad takes widths for all ${rank} axes here, before and after, and no list of axes`);
  }
  return { before: widths.slice(0, rank), after: widths.slice(rank) };
}

/** Operators that keep a part of the numbers, or add some. */
export const cutting: Readonly<Record<string, Operator>> = {
  Slice: {
    infer: (node) => {
      const shape = [...node.input(0).shape];
      for (const { axis, count } of cutsOf(node)) shape[axis] = count;
      return [{ type: node.input(0).type, shape }];
    },
    backward: [slicedGradient],
  },
  Pad: {
    infer: (node) => {
      const { before, after } = widthsOf(node);
      const shape = node
        .input(0)
        .shape.map((size, axis) =>
          before[axis] === 0 && after[axis] === 0 ? size : Number(size) + before[axis]! + after[axis]!,
        );
      return [{ type: node.input(0).type, shape }];
    },
    backward: [
      (gradient) => {
        if (gradient.text('mode', 'constant') !== 'constant') {
          throw internal('Pad has a gradient only in the mode "constant"', { code: 'no_gradient' });
        }
        const { before, after } = widthsOf(gradient);
        const minus = (widths: readonly number[]): number[] => widths.map((width) => -width);
        return pad(gradient.tape, gradient.d, minus(before), minus(after));
      },
    ],
  },
};
