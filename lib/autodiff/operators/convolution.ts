/** Convolutions over one or two axes of space, and their transposes; the gradient of either is the other. */
import { internal } from '../../core/index.ts';
import { attr } from '../../onnx/index.ts';
import type { Gradient, Operator } from '../operator.ts';
import { showShape, sizesOf } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';
import { pad } from './cutting.ts';
import {
  placesOf,
  spaceOf,
  spanOf,
  unreached,
  type Window,
  windowAttributes,
  windowCounts,
  windowOf,
} from './window.ts';

/** Fewer channels than this are one product with all places of a kernel; measured. */
const FEW_CHANNELS = 16;

const groupOf = (node: TapeNode): number => node.int('group', 1);

const kernelOf = (node: TapeNode): readonly number[] => spaceOf(node, 1);

const convolutionWindow = (node: TapeNode): Window => windowOf(node, kernelOf(node), spaceOf(node));

const transposedWindow = (node: TapeNode): Window => {
  if (node.text('auto_pad', 'NOTSET') !== 'NOTSET' || node.ints('output_shape', null) !== null) {
    throw internal('ConvTranspose takes pads and output_padding here, not auto_pad or output_shape');
  }
  return windowOf(node, kernelOf(node), spaceOf(node));
};

function refuseChannels(node: TapeNode): never {
  const shapes = `${showShape(node.input(0).shape)} with kernels ${showShape(node.input(1).shape)}`;
  throw internal(`${node.opType} of ${shapes} in ${groupOf(node)} groups: the channels do not fit`);
}

const inferConvolution: Operator['infer'] = (node) => {
  const { type, shape } = node.input(0);
  const [kernels, channels] = sizesOf(node.input(1).shape, node.opType) as [number, number];
  const group = groupOf(node);
  if (shape[1] !== channels * group || kernels % group !== 0) refuseChannels(node);
  const counts = windowCounts(convolutionWindow(node), spaceOf(node), node.opType);
  return [{ type, shape: [shape[0]!, kernels, ...counts] }];
};

const inferTransposed: Operator['infer'] = (node) => {
  const { type, shape } = node.input(0);
  const [channels, kernels] = sizesOf(node.input(1).shape, node.opType) as [number, number];
  if (shape[1] !== channels || channels % groupOf(node) !== 0) refuseChannels(node);
  const { kernel, strides, dilations, before, after } = transposedWindow(node);
  const extra = node.ints('output_padding', null) ?? kernel.map(() => 0);
  const sizes = spaceOf(node).map(
    (size, axis) =>
      (size - 1) * strides[axis]! +
      extra[axis]! +
      spanOf(kernel[axis]!, dilations[axis]!) -
      before[axis]! -
      after[axis]!,
  );
  return [{ type, shape: [shape[0]!, kernels * groupOf(node), ...sizes] }];
};

/**
 * How the loss changes with the kernels of a convolution from `wide` to `narrow`: each place in a kernel gets the
 * product of what it saw with what came of it, over all windows of all examples. As a convolution whose kernels are as
 * large as the pictures the same costs twice the time.
 *
 * @returns shape [channels of narrow, channels of wide in a group, ...kernel]
 */
function kernelGradient(gradient: Gradient, window: Window, wide: Tensor, narrow: Tensor): Tensor {
  const { tape, m } = gradient;
  const group = groupOf(gradient);
  const [channels, inGroup] = [Number(narrow.shape[1]), Number(wide.shape[1]) / group];
  const results = m.reshape(channelsFirst(m, narrow), [group, channels / group, -1]);
  const seen = seenByPlace(gradient, window, channelsFirst(m, wide), narrow).map((numbers) =>
    m.reshape(numbers, [group, inGroup, -1]),
  );
  // Products with few channels are slow, so there all places share one.
  const factors = inGroup < FEW_CHANNELS ? [tape.op('Concat', seen, { axis: attr.int(1) })] : seen;
  const products = factors.map((factor) =>
    tape.op('FusedMatMul', [results, factor], { transB: attr.int(1) }),
  );
  const joined = products.length === 1 ? products[0]! : tape.op('Concat', products, { axis: attr.int(2) });
  const last = window.kernel.length + 1;
  return m.transpose(m.reshape(joined, [channels, ...window.kernel, inGroup]), [
    0,
    last,
    ...window.kernel.map((_, axis) => axis + 1),
  ]);
}

/** For each place in the kernel the numbers that it meets, window after window. */
function seenByPlace(gradient: Gradient, window: Window, wide: Tensor, narrow: Tensor): readonly Tensor[] {
  const { tape } = gradient;
  const { kernel, strides, dilations, before, after } = window;
  const padded = pad(tape, wide, [0, 0, ...before], [0, 0, ...after]);
  const counts = sizesOf(narrow.shape.slice(2), gradient.opType);
  const axes = tape.integers(kernel.map((_, axis) => axis + 2));
  const steps = strides.every((stride) => stride === 1) ? [] : [tape.integers(strides)];
  return placesOf(kernel).map((place) => {
    const starts = place.map((index, axis) => index * dilations[axis]!);
    const ends = starts.map((start, axis) => start + (counts[axis]! - 1) * strides[axis]! + 1);
    return tape.op('Slice', [padded, tape.integers(starts), tape.integers(ends), axes, ...steps]);
  });
}

/** A bias is added to every number of its channel. The sum of rows is fast, and the kernels' gradient turns `d` the same way. */
const biasGradient = ({ m, d }: Gradient): Tensor =>
  m.sum(m.reshape(channelsFirst(m, d), [Number(d.shape[1]), -1]), [1], false);

/** [examples, channels, ...] as [channels, examples, ...]. */
const channelsFirst = (m: Gradient['m'], tensor: Tensor): Tensor =>
  m.transpose(tensor, [1, 0, ...[...tensor.shape.keys()].slice(2)]);

/** Convolution and transposed convolution. */
export const convolution: Readonly<Record<string, Operator>> = {
  Conv: {
    infer: inferConvolution,
    backward: [
      (gradient) => {
        const window = convolutionWindow(gradient);
        return gradient.tape.op('ConvTranspose', [gradient.d, gradient.input(1)], {
          ...windowAttributes(window),
          group: attr.int(groupOf(gradient)),
          output_padding: attr.ints(unreached(window, spaceOf(gradient))),
        });
      },
      (gradient) => kernelGradient(gradient, convolutionWindow(gradient), gradient.x, gradient.d),
      biasGradient,
    ],
  },
  ConvTranspose: {
    infer: inferTransposed,
    backward: [
      (gradient) =>
        gradient.tape.op('Conv', [gradient.d, gradient.input(1)], {
          ...windowAttributes(transposedWindow(gradient)),
          group: attr.int(groupOf(gradient)),
        }),
      (gradient) => kernelGradient(gradient, transposedWindow(gradient), gradient.d, gradient.x),
      biasGradient,
    ],
  },
};
