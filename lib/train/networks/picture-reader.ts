/** Convolutional layers over a block of pixels, from a list as people write it. */
import {
  averagePool,
  batchNormalization,
  convolution,
  dropout,
  type ForwardContext,
  flatten,
  globalAveragePool,
  type Layer,
  maxPool,
  pooledConvolution,
  residual,
  sequence,
  type Tensor,
} from '../../autodiff/index.ts';
import type { LearnerParameters } from '../../contracts/learner-parameters.ts';
import { invalidInput } from '../../core/index.ts';
import { attr } from '../../onnx/index.ts';
import type { FeatureBlock } from '../../preprocess/index.ts';
import { type Augmentation, augment } from './augment.ts';
import type { Reader } from './blocks.ts';
import { activationOf, type DenseSettings } from './dense-layers.ts';

/** One entry of the list of layers. */
export type SpatialLayer = NonNullable<LearnerParameters<'convolution'>['layers']>[number];

/** How pictures are read. */
export interface PictureSettings {
  readonly layers: readonly SpatialLayer[];
  readonly activation?: DenseSettings['activation'];
  readonly normalization?: 'none' | 'batch' | undefined;
  readonly augmentation?: Augmentation | undefined;
}

/** What passes between layers. */
interface Place {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** True once each channel is one number. */
  readonly isFlat: boolean;
}

/** What one entry of the list becomes. */
interface Step {
  readonly layers: readonly Layer[];
  readonly after: Place;
}

/**
 * Reads pictures by the layers given.
 *
 * @throws invalid_request `layers_do_not_fit` where a window is larger than what is left of a picture
 */
export function pictureReader({ shape }: FeatureBlock, settings: PictureSettings): Reader {
  const [height, width, channels] = shape as readonly [number, number, number];
  let place: Place = { channels, height, width, isFlat: false };
  const layers: Layer[] = [];
  const after = activationOf(settings.activation).layer;
  for (const [index, spec] of settings.layers.entries()) {
    const step = stepOf(spec, place, { ...settings, after });
    refuseMisfit(index, spec, { before: place, after: step.after });
    // The largest of the activations is the activation of the largest, and there are fewer of those.
    const swaps = spec.kind === 'max_pool' && layers.at(-1) === after && settings.activation !== 'gelu';
    layers.splice(swaps ? -1 : layers.length, 0, ...step.layers);
    place = step.after;
  }
  const start = pooledStart(settings, channels);
  // The first two layers are joined.
  if (start) layers.splice(0, 2, start);
  const body = sequence(place.isFlat ? layers : [...layers, flatten()]);
  const seen = partSeen(settings, { height, width });
  return {
    layer: {
      ...body,
      apply: (context, input) => {
        const pictures = asPictures(context, input, { height, width, channels });
        const { augmentation = {} } = settings;
        const isChanged = context.training && Object.values(augmentation).some(Boolean);
        const changed = isChanged ? augment(context, pictures, augmentation) : pictures;
        return body.apply(context, crop(context, changed, seen));
      },
    },
    outputs: place.channels * (place.isFlat ? 1 : place.height * place.width),
  };
}

/** [rows, height * width * channels] as [rows, channels, height, width]. */
function asPictures(
  { tape }: ForwardContext,
  input: Tensor,
  { height, width, channels }: Omit<Place, 'isFlat'>,
): Tensor {
  const reshape = (...sizes: readonly number[]): Tensor =>
    tape.op('Reshape', [input, tape.integers([0, ...sizes])]);
  if (channels === 1) return reshape(1, height, width);
  return tape.op('Transpose', [reshape(height, width, channels)], { perm: attr.ints([0, 3, 1, 2]) });
}

type Size = Pick<Place, 'height' | 'width'>;

/** The window of a layer, where it looks at nothing but numbers of the picture, each apart from the others. */
function windowAlone(
  spec: SpatialLayer,
  normalization: PictureSettings['normalization'],
): { readonly size: number; readonly stride: number } | null {
  switch (spec.kind) {
    case 'convolution':
      // A norm takes its statistics from all places, those included that nothing looks at later.
      if (spec.padding !== 'valid' || normalization === 'batch') return null;
      return { size: spec.kernel ?? 3, stride: spec.stride ?? 1 };
    case 'max_pool':
    case 'average_pool':
      return { size: spec.size ?? 2, stride: spec.stride ?? spec.size ?? 2 };
    case 'dropout':
      return { size: 1, stride: 1 };
    default:
      return null;
  }
}

/**
 * How much of a picture, from its upper left corner, the layers look at: windows that do not come out even leave out
 * the end, and what earlier layers made for it. Only the first layers count, as long as they do not pad.
 */
function partSeen({ layers, normalization }: PictureSettings, { height, width }: Size): Size {
  const windows = layers.map((spec) => windowAlone(spec, normalization));
  const stop = windows.indexOf(null);
  const alone = windows.slice(0, stop < 0 ? windows.length : stop).filter((window) => window !== null);
  const seen = (length: number): number => {
    const left = alone.reduce((rest, { size, stride }) => Math.floor((rest - size) / stride) + 1, length);
    return alone.reduceRight((needed, { size, stride }) => (needed - 1) * stride + size, left);
  };
  return { height: seen(height), width: seen(width) };
}

/** The upper left part of pictures. */
function crop({ tape }: ForwardContext, pictures: Tensor, { height, width }: Size): Tensor {
  if (pictures.shape[2] === height && pictures.shape[3] === width) return pictures;
  return tape.op('Slice', [
    pictures,
    tape.integers([0, 0]),
    tape.integers([height, width]),
    tape.integers([2, 3]),
  ]);
}

type Style = PictureSettings & { readonly after: Layer };

function stepOf(spec: SpatialLayer, place: Place, style: Style): Step {
  switch (spec.kind) {
    case 'convolution':
      return convolutionStep(spec, place, style);
    case 'residual':
      return residualStep(spec, place, style);
    case 'dropout':
      return { layers: [dropout(spec.rate)], after: place };
    case 'global_average_pool':
      return { layers: [globalAveragePool()], after: { ...place, isFlat: true } };
    default:
      return poolStep(spec, place);
  }
}

type Convolution = Extract<SpatialLayer, { kind: 'convolution' }>;

function convolutionStep(
  spec: Convolution,
  { channels, height, width }: Place,
  { activation, normalization, after }: Style,
): Step {
  const { filters, kernel = 3, stride = 1, padding = 'same' } = spec;
  const isNormed = normalization === 'batch';
  const layer = convolution(channels, filters, [kernel, kernel], {
    strides: [stride, stride],
    // What the norm takes away need not be added.
    bias: !isNormed,
    ...convolutionOptions(spec, channels, activation),
  });
  const left = (size: number): number =>
    padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
  return {
    layers: [layer, ...(isNormed ? [batchNormalization(filters)] : []), after],
    after: { channels: filters, height: left(height), width: left(width), isFlat: false },
  };
}

const convolutionOptions = (
  { kernel = 3, padding = 'same' }: Convolution,
  channels: number,
  activation: PictureSettings['activation'],
) => ({
  ...(padding === 'same' && { padding }),
  ...activationOf(activation).startFrom(channels * kernel ** 2),
});

/** The first two layers as one, if they are a convolution and a pool of tiles. With larger tiles it is no gain; measured. */
function pooledStart(
  { layers: [first, second], activation, normalization }: PictureSettings,
  channels: number,
): Layer | null {
  if (first?.kind !== 'convolution' || second?.kind !== 'max_pool') return null;
  const { filters, kernel = 3, stride = 1 } = first;
  const { size = 2, stride: distance = size } = second;
  const isTiled = stride === 1 && size === 2 && distance === 2;
  if (!isTiled || normalization === 'batch' || activation === 'gelu') return null;
  const options = convolutionOptions(first, channels, activation);
  return pooledConvolution(channels, filters, [kernel, kernel], { tile: [size, size], ...options });
}

/** He et al. 2016, with the norms of the network left out if it has none. */
function residualStep(
  { filters, stride = 1 }: Extract<SpatialLayer, { kind: 'residual' }>,
  place: Place,
  style: Style,
): Step {
  const at = (kernel: number, from: Place, strideOf: number): Step =>
    convolutionStep({ kind: 'convolution', filters, kernel, stride: strideOf }, from, style);
  const first = at(3, place, stride);
  const second = at(3, first.after, 1);
  const withoutActivation = ({ layers }: Step): readonly Layer[] => layers.slice(0, -1);
  const body = sequence([...first.layers, ...withoutActivation(second)]);
  const isSame = stride === 1 && place.channels === filters;
  const shortcut = isSame ? undefined : sequence(withoutActivation(at(1, place, stride)));
  return { layers: [residual(body, shortcut), style.after], after: second.after };
}

function poolStep(
  { kind, size = 2, stride = size }: Extract<SpatialLayer, { kind: 'max_pool' | 'average_pool' }>,
  place: Place,
): Step {
  const pool = kind === 'max_pool' ? maxPool : averagePool;
  const left = (length: number): number => Math.floor((length - size) / stride) + 1;
  return {
    layers: [pool([size, size], { strides: [stride, stride] })],
    after: { ...place, height: left(place.height), width: left(place.width) },
  };
}

function refuseMisfit(
  index: number,
  { kind }: SpatialLayer,
  { before, after }: { readonly before: Place; readonly after: Place },
): void {
  const refuse = (what: string) =>
    invalidInput(`Layer ${index + 1}, "${kind}", ${what}.`, {
      code: 'layers_do_not_fit',
      param: 'parameters.layers',
    });
  if (before.isFlat)
    throw refuse('comes after "global_average_pool", which leaves no picture: put it before');
  if (after.height >= 1 && after.width >= 1) return;
  throw refuse(
    `has windows larger than the ${before.width} x ${before.height} that are left of the pictures: use smaller windows, fewer pools, larger pictures or the preset "residual"`,
  );
}
