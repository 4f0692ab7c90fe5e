/** Convolutions over one or two axes of space, and their transposes; the gradient of either is the other. */
import { internal } from '../../core/index.ts';
import { attr } from '../../onnx/index.ts';
import type { Gradient, Operator } from '../operator.ts';
import { showShape, sizesOf } from '../shapes.ts';
import type { TapeNode, Tensor } from '../types.ts';
import { pad } from './cutting.ts';
import {
  spaceOf,
  spanOf,
  unreached,
  type Window,
  windowAttributes,
  windowCounts,
  windowOf,
} from './window.ts';

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
 * How the loss changes with the kernels of a convolution from `wide` to `narrow`: their correlation. It is itself a
 * convolution in which channels play the examples and examples the channels, and in which stride and dilation change
 * places (Dumoulin and Visin 2016).
 *
 * @returns shape [channels of narrow, channels of wide in a group, ...kernel]
 */
function kernelGradient(gradient: Gradient, window: Window, wide: Tensor, narrow: Tensor): Tensor {
  const { tape, m } = gradient;
  const group = groupOf(gradient);
  const [examples, channels, ...space] = sizesOf(wide.shape, gradient.opType) as [
    number,
    number,
    ...number[],
  ];
  const inGroup = channels / group;
  const axes = [...space.keys()];
  const swapped = [1, 0, ...axes.map((axis) => axis + 2)];
  // Examples of one group of channels lie together, so that the groups of the new convolution find them.
  const regrouped =
    group === 1
      ? m.transpose(wide, swapped)
      : m.reshape(
          m.transpose(m.reshape(wide, [examples, group, inGroup, ...space]), [
            2,
            1,
            0,
            ...axes.map((axis) => axis + 3),
          ]),
          [inGroup, group * examples, ...space],
        );
  const correlation = tape.op('Conv', [regrouped, m.transpose(narrow, swapped)], {
    ...windowAttributes({ ...window, strides: window.dilations, dilations: window.strides }),
    group: attr.int(group),
  });
  // What no window reaches can make room for shifts that no kernel has.
  const kernels = m.transpose(correlation, swapped);
  const surplus = kernels.shape.map((size, axis) => (axis < 2 ? 0 : window.kernel[axis - 2]! - Number(size)));
  return pad(
    tape,
    kernels,
    kernels.shape.map(() => 0),
    surplus,
  );
}

/** A bias is added to every number of its channel. */
const biasGradient = ({ m, d }: Gradient): Tensor => m.sum(d, [0, ...[...d.shape.keys()].slice(2)], false);

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
