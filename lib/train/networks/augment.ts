/** Pictures that are moved, turned, enlarged and mirrored at random while a network learns from them. */
import type { ForwardContext, Tensor } from '../../autodiff/index.ts';
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';
import { attr, type GraphBuilder, type Value } from '../../onnx/index.ts';

export type Augmentation = NonNullable<LearnerParameters<'convolution'>['augmentation']>;

/**
 * Looks at each picture through an affine map of its own; beyond the edge its last pixels go on. Nothing flows back
 * through it, as nothing before it is learnt.
 *
 * @param pictures [rows, channels, height, width]
 */
export function augment(
  { tape, random }: ForwardContext,
  pictures: Tensor,
  { shift = 0, rotate = 0, zoom = 0, flip = false }: Augmentation,
): Tensor {
  const [rows, , height, width] = pictures.shape as readonly number[] as [number, number, number, number];
  const b = tape.builder;
  const column = (index: number): Value =>
    b.op('Slice', [drawn, b.integers([index]), b.integers([index + 1]), b.integers([1])]);
  const drawn = random([rows, 5]).value;
  /** Uniform between -bound and bound, [rows, 1]. */
  const within = (index: number, bound: number): Value =>
    b.op('Mul', [b.op('Sub', [column(index), b.floats([0.5], [])]), b.floats([2 * bound], [])]);
  const angle = within(0, (rotate * Math.PI) / 180);
  const scale = b.op('Div', [b.floats([1], []), b.op('Add', [within(1, zoom), b.floats([1], [])])]);
  const side = flip ? mirror(b, column(2)) : b.floats([1], []);
  const along = b.op('Mul', [b.op('Cos', [angle]), scale]);
  const across = b.op('Mul', [b.op('Sin', [angle]), scale]);
  const times = (value: Value, factor: number): Value => b.op('Mul', [value, b.floats([factor], [])]);
  // Coordinates go from -1 to 1 on both axes, so that a turn has to know how wide and high a picture is.
  const entries = [
    b.op('Mul', [along, side]),
    times(across, -height / width),
    within(3, 2 * shift),
    b.op('Mul', [times(across, width / height), side]),
    along,
    within(4, 2 * shift),
  ];
  const maps = b.op('Reshape', [b.op('Concat', entries, { axis: attr.int(1) }), b.integers([rows, 2, 3])]);
  const places = b.op('AffineGrid', [maps, b.integers(pictures.shape as readonly number[])]);
  const seen = b.op('GridSample', [pictures.value, places], {
    mode: attr.string('linear'),
    padding_mode: attr.string('border'),
  });
  return tape.adopt(seen, 'float32', pictures.shape);
}

/** -1 for numbers below a half, else 1. */
const mirror = (b: GraphBuilder, drawn: Value): Value =>
  b.op('Where', [b.op('Less', [drawn, b.floats([0.5], [])]), b.floats([-1], []), b.floats([1], [])]);
