/** How the pictures that callers send become the tensor of a container, as the declaration of its model says it. */

/** The tensor of a trained model in which the pictures of a column travel, uint8 [N, height, width, channels]. */
export const pictureTensor = (column: string): string => `image:${column}`;

export const imageFits = ['cover', 'contain', 'fill'] as const;
export const imageKernels = ['bilinear', 'bicubic', 'lanczos'] as const;
export const imageLayouts = ['NCHW', 'NHWC'] as const;
export const imageDatatypes = ['FP32', 'UINT8'] as const;
export const imageBodies = ['json', 'binary'] as const;

/** The settings of `{"image": {...}}`; only the tensor and its size have no default. */
export interface ImageInput {
  /** Name of the container's input. */
  readonly tensor: string;
  readonly width: number;
  readonly height: number;
  /** `cover` (default) cuts off what is too long, `contain` fills up with the background, `fill` distorts. */
  readonly fit?: (typeof imageFits)[number];
  /** Default: `bilinear`. */
  readonly kernel?: (typeof imageKernels)[number];
  /** 3 (default) for red, green and blue, 1 for grey. */
  readonly channels?: 1 | 3;
  /** Default: `NCHW`. */
  readonly layout?: (typeof imageLayouts)[number];
  /** Default: `FP32`. */
  readonly datatype?: (typeof imageDatatypes)[number];
  /** A value is `(pixel * scale - mean) / std`, for pixels from 0 to 255. Default: 1/255, or 1 for `UINT8`. */
  readonly scale?: number;
  /** One number for each channel; default: 0. */
  readonly mean?: readonly number[];
  /** One number for each channel; default: 1. */
  readonly std?: readonly number[];
  /** Red, green and blue behind what is transparent and beside what is too short. Default: black. */
  readonly background?: readonly number[];
  /** Whether colour profiles in files are `ignore`d (default), as Pillow does, or `apply`'d. */
  readonly profile?: 'ignore' | 'apply';
  /** How the tensor is sent: as JSON (default), or after its JSON in Triton's form. */
  readonly body?: (typeof imageBodies)[number];
}

const largestSide = 4096;

/** What is wrong with these settings, in words that name the field; `null` if nothing is. */
export function imageInputProblem(given: unknown): string | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return '"image" must be an object';
  const settings = given as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(checks, name));
  if (unknown !== undefined) return `"image.${unknown}" is not known`;
  for (const [name, [isRight, wanted]] of Object.entries(checks)) {
    const value = settings[name];
    if (value === undefined ? required.has(name) : !isRight(value, settings)) {
      return `"image.${name}" must be ${wanted}`;
    }
  }
  if (
    settings.datatype === 'UINT8' &&
    ['scale', 'mean', 'std'].some((name) => settings[name] !== undefined)
  ) {
    return '"image.scale", "mean" and "std" are for "datatype": "FP32"';
  }
  return null;
}

type Check = readonly [
  isRight: (value: unknown, settings: Readonly<Record<string, unknown>>) => boolean,
  wanted: string,
];

const oneOf = (choices: readonly unknown[]): Check => [
  (value) => choices.includes(value),
  choices.map((choice) => JSON.stringify(choice)).join(' or '),
];

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isSide = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= largestSide;

function isForChannels(value: unknown, { channels = 3 }: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(value) && value.length === channels && value.every(isNumber);
}

const side: Check = [isSide, `a whole number from 1 to ${largestSide}`];
const required: ReadonlySet<string> = new Set(['tensor', 'width', 'height']);

const checks: Readonly<Record<keyof ImageInput, Check>> = {
  tensor: [(value) => typeof value === 'string' && value !== '', 'the name of the input tensor'],
  width: side,
  height: side,
  fit: oneOf(imageFits),
  kernel: oneOf(imageKernels),
  channels: oneOf([1, 3]),
  layout: oneOf(imageLayouts),
  datatype: oneOf(imageDatatypes),
  scale: [(value) => isNumber(value) && value !== 0, 'a number other than 0'],
  mean: [isForChannels, 'a list with a number for each channel'],
  std: [
    (value, settings) => isForChannels(value, settings) && !(value as readonly number[]).includes(0),
    'a list with a number other than 0 for each channel',
  ],
  background: [
    (value) => Array.isArray(value) && value.length === 3 && value.every(isByte),
    'a list of three whole numbers from 0 to 255',
  ],
  profile: oneOf(['ignore', 'apply']),
  body: oneOf(imageBodies),
};

function isByte(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
}
